// The volunteers' page: a chat beside a glass pane, a clock, and many messages at once.
// It keeps everything in this window's memory and nowhere else. Whatever was typed goes into the page as text only.
const REPLY_TIMEOUT_MS = 10000
const PARSE_TIMEOUT_MS = 120000
const MOST_MESSAGES = 200
const MOST_CHARACTERS = 4001 // of a message; the bot reads 4,000 and says so when there are more
const MOST_AT_ONCE = 20 // messages in one request, so that progress shows
const MOST_BYTES = 24000 // of a request; the server refuses more than 32 KB
const NEAR = Math.log(2) // odds within a factor of two of a threshold count as near

const find = (selector) => document.querySelector(selector)

const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag)
  for (const name in attributes) node.setAttribute(name, attributes[name])
  node.append(...children.filter((child) => child !== null && child !== undefined))
  return node
}

const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
const words = (value) => (value === null || value === undefined || value === '' ? 'not understood' : String(value).replaceAll('_', ' '))
const percent = (chance) => `${Number((100 * chance).toFixed(chance < 0.1 ? 1 : 0))} %`
const wide = matchMedia('(min-width: 60rem)')

// ---- what the labels mean (messages/GUIDE.md, shortened) ---------------------------------------------------------

const ONE_OF = ['scope', 'who', 'gender', 'area']
const ANY_OF = ['abuse', 'needs']
const FLAGS = { lgbt: 'LGBT+', danger_over: 'danger is over', danger_in_context: 'danger after what was told' }
const TITLES = { scope: 'Scope', who: 'Who writes', gender: 'Gender of the person harmed', area: 'Area', abuse: 'Abuse', needs: 'Needs' }
const URGENCIES = {
  immediate: ['‼', 'Danger now', '999 stands first.'],
  check: ['?', 'Perhaps danger', '999 stands first and the bot asks whether there is danger now.'],
  none: ['–', 'No danger seen', ''],
}
const MEANINGS = {
  'Scope': {
    disclosure: 'something abusive, frightening or dangerous is described',
    ask_help: 'help or a number is asked for, no abuse described',
    info: 'a general question',
    smalltalk: 'greeting, thanks, yes, no',
    out_of_scope: 'nothing to do with abuse or safety',
    self_harm: 'the writer wants to die or has hurt themselves',
  },
  'Who writes': {
    self: 'the person harmed',
    other: 'somebody who writes for an adult friend, relative, neighbour',
    child: 'plainly under 16',
    perpetrator: 'is or fears being the one who harms',
    professional: 'teacher, GP, social worker',
    none: 'no person concerned',
  },
  'Abuse': {
    physical: 'hitting, strangling, restraining, weapons, threats of it',
    sexual: 'rape, pressure for sex, sharing intimate images',
    emotional: 'threats, insults, humiliation, gaslighting',
    financial: 'taking or controlling money, debts in their name',
    controlling: 'isolating, monitoring, rules, stalking, tracking',
    honour_based: 'violence or threats over shame or honour',
    fgm: 'female genital mutilation',
    forced_marriage: 'forced or pressed into marriage',
  },
  'Needs': {
    housing: 'somewhere to stay, refuge, staying safe at home',
    police_report: 'to report to the police, not an emergency',
    legal: 'court, injunction, custody, solicitor',
    children: 'worried for own children',
    counselling: 'to talk to someone, a group',
    perpetrator_help: 'help to stop own behaviour',
    numbers: 'a number, or who to call',
    leave_safely: 'how to leave',
    privacy: 'is this private, hide history',
  },
  'Danger': {
    immediate: 'present or imminent risk of serious harm to somebody',
    check: 'it could be; the bot asks',
    danger_over: 'the text says that a danger is over',
    danger_in_context: 'danger only after something told before, such as “he’s back”',
  },
}

// ---- the clock ---------------------------------------------------------------------------------------------------

const LONDON = 'Europe/London'
const inLondon = new Intl.DateTimeFormat('en-GB', {
  timeZone: LONDON, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric'
})
const spoken = new Intl.DateTimeFormat('en-GB', {
  timeZone: LONDON, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short'
})
const clock = find('#clock')
const moment = find('#moment')

// What a clock in London shows at a moment, as if it were UTC.
function wallTime(moment) {
  const part = Object.fromEntries(inLondon.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second)
}

// The moment at which a clock in London shows this.
function fromWallTime(wall) {
  const ahead = (time) => wallTime(time) - Math.floor(time / 1000) * 1000
  const guess = wall - ahead(wall)
  return new Date(wall - ahead(guess))
}

function nextWeekday(weekday, hour, minute) {
  const now = Date.now()
  const today = new Date(wallTime(now))
  for (let ahead = (weekday - today.getUTCDay() + 7) % 7; ; ahead += 7) {
    const found = fromWallTime(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + ahead, hour, minute))
    if (found > now) return found
  }
}

function nextChristmas() {
  const year = new Date(wallTime(Date.now())).getUTCFullYear()
  const found = fromWallTime(Date.UTC(year, 11, 25, 12))
  return found > Date.now() ? found : fromWallTime(Date.UTC(year + 1, 11, 25, 12))
}

function otherTime() {
  const [, ...numbers] = moment.value.match(/^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/) || []
  if (!numbers.length || !moment.checkValidity()) return null
  const [year, month, day, hour, minute] = numbers.map(Number)
  return fromWallTime(Date.UTC(year, month - 1, day, hour, minute))
}

const TIMES = {
  now: () => new Date(),
  sunday: () => nextWeekday(0, 3, 0),
  christmas: nextChristmas,
  friday: () => nextWeekday(5, 16, 50),
  other: otherTime,
}

const clockTime = () => TIMES[clock.value]()
const asIso = (time) => time.toISOString().replace(/\.\d+Z$/, '+00:00')

function tellClock() {
  const time = clockTime()
  find('#other-time').hidden = clock.value !== 'other'
  find('#told-time').textContent = time ? spoken.format(time) : 'Choose a date and a time, 2000 to 2099.'
}

clock.onchange = () => {
  if (clock.value === 'other' && !moment.value) moment.value = new Date(wallTime(Date.now())).toISOString().slice(0, 16)
  tellClock()
}
moment.oninput = tellClock
setInterval(tellClock, 20000)

// The moment to send, or null after saying what is missing.
function chosenTime(say) {
  const time = clockTime()
  if (time) return time
  say('Choose a date and a time for the clock first.')
  moment.focus()
  return null
}

// ---- asking the bot ----------------------------------------------------------------------------------------------

class NoAnswer extends Error {}

async function post(path, body, timeout, stopper = new AbortController()) {
  const timer = setTimeout(() => stopper.abort(), timeout)
  try {
    const answer = await fetch(path, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal: stopper.signal,
      cache: 'no-store', credentials: 'same-origin', referrerPolicy: 'no-referrer', redirect: 'error'
    })
    const reply = await answer.json().catch(() => null)
    if (answer.ok && Array.isArray(reply)) return reply
    if (answer.status === 404) throw new NoAnswer('The bot does not run in workbench mode. Start it with “make workbench”.')
    if (answer.status === 429) throw new NoAnswer('Too many messages at once. Wait a moment and try again.')
    throw new NoAnswer(reply?.error || `The bot answered with an error (${answer.status}).`)
  } catch (error) {
    if (error instanceof NoAnswer) throw error
    throw new NoAnswer(stopper.signal.aborted ? 'No answer in time.' : 'The bot does not answer. Is “make workbench” still running?')
  } finally {
    clearTimeout(timer)
  }
}

// One answered message, from the chat or from the list.
function readTurn(text, time, reply) {
  const custom = reply.find((message) => message.custom)?.custom || {}
  const understood = custom.understood || {}
  const reading = understood.reading || {}
  return {
    text, time, reply, custom, understood,
    situation: understood.situation || {},
    chances: reading.confidence || {},
    danger: reading.confidence?.['danger:yes'],
    raisedBy: reading.raised_by || [],
    thresholds: reading.thresholds,
    urgency: custom.urgency || 'none',
    lines: custom.lines || [],
  }
}

// ---- the danger thresholds ---------------------------------------------------------------------------------------

// Each reading brings them along; until the first answer nothing is known.
const thresholds = { check: { value: 0.05 }, immediate: { value: 0.5 } }

function takeThresholds(turn) {
  for (const name of Object.keys(thresholds)) if (turn.thresholds?.[name] !== undefined) thresholds[name].value = turn.thresholds[name]
}

const logOdds = (chance) => {
  const inside = Math.min(Math.max(chance, 0.0005), 0.9995)
  return Math.log(inside / (1 - inside))
}

// The nearest threshold and how far away it is, in log-odds; Infinity where the message has no probability.
function nearest(turn) {
  if (turn.danger === undefined) return { distance: Infinity }
  return Object.entries(thresholds)
    .map(([name, { value }]) => ({ name, value, distance: Math.abs(logOdds(turn.danger) - logOdds(value)) }))
    .reduce((best, one) => (one.distance < best.distance ? one : best))
}

// ---- the glass pane ----------------------------------------------------------------------------------------------

const title = (text) => el('h3', {}, text)

function bar(name, chance, { counts = false, marks = [] } = {}) {
  const fill = el('span', { class: 'fill' })
  fill.style.width = `${100 * chance}%`
  const track = el('span', { class: 'track', 'aria-hidden': 'true' }, fill)
  for (const mark of marks) {
    const tick = el('span', { class: 'tick' })
    tick.style.left = `${100 * mark}%`
    track.append(tick)
  }
  const label = el('span', { class: 'name' }, counts ? '✓ ' : '', name)
  return el('li', { class: counts ? 'bar counts' : 'bar' }, label, track, el('span', { class: 'value' }, percent(chance)))
}

function dangerPart(turn) {
  const [sign, name, effect] = URGENCIES[turn.urgency] || ['', words(turn.urgency), '']
  const part = el('section', { class: `danger ${turn.urgency}` }, title('Danger'))
  part.append(el('p', { class: 'verdict' }, el('span', { 'aria-hidden': 'true' }, `${sign} `), el('strong', {}, name), ` (${turn.urgency}). ${effect}`))
  if (turn.danger === undefined) {
    part.append(el('p', { class: 'soft' }, 'The classifier did not read this message: it was a button, or the safe reply.'))
    return part
  }
  const { check, immediate } = thresholds
  part.append(
    el('ul', { class: 'bars one' }, bar('probability', turn.danger, { marks: [check.value, immediate.value] })),
    el('p', { class: 'soft' }, `The two marks: from ${percent(check.value)} on the bot asks, from ${percent(immediate.value)} on it takes it as danger now.`),
    el('p', {}, ...raisedWords(turn))
  )
  return part
}

const signWords = (sign) => ({ classifier: 'the danger classifier', intent: 'the intent' })[sign] || words(sign.replace(/^words: (.*)/, 'the word pattern “$1”'))

function raisedWords(turn) {
  if (turn.raisedBy.length) return ['Raised by: ', el('strong', {}, turn.raisedBy.map(signWords).join(', ')), '.']
  if (turn.urgency === 'none') return ['Nothing raised it.']
  const inContext = turn.chances['danger_in_context:yes'] || 0
  const also = inContext >= 0.5 ? ` “Danger after what was told” is at ${percent(inContext)}.` : ''
  return [`Nothing in this message alone; it comes from what was told before.${also}`]
}

function understoodPart(turn) {
  const part = el('section', {}, title('Understood in this message'))
  const { intent, confidence } = turn.understood
  if (turn.understood.situation === undefined) {
    part.append(el('p', {}, 'Nothing: the bot sent its safe reply, or it does not run in workbench mode.'))
    return part
  }
  part.append(el('h4', {}, 'Intent'), el('ul', { class: 'bars one' }, bar(words(intent), confidence || 0)))
  if (!Object.keys(turn.chances).length) return part
  const groups = el('div', { class: 'groups' })
  for (const label of [...ONE_OF, ...ANY_OF]) groups.append(barGroup(TITLES[label], topBars(turn, label)))
  groups.append(barGroup('Also', Object.entries(FLAGS).map(([flag, name]) =>
    bar(name, turn.chances[`${flag}:yes`] || 0, { counts: flag === 'lgbt' && Boolean(turn.situation.lgbt) }))))
  part.append(groups, el('p', { class: 'soft' }, '✓ counts in the conversation so far. Up to three likeliest of each.'))
  return part
}

const barGroup = (name, bars) => el('div', {}, el('h4', {}, name), el('ul', { class: 'bars' }, ...bars))

function topBars(turn, label) {
  const held = [].concat(turn.situation[label] ?? [])
  return Object.entries(turn.chances)
    .filter(([key]) => key.startsWith(`${label}:`))
    .map(([key, chance]) => [key.slice(label.length + 1), chance])
    .sort((one, other) => other[1] - one[1])
    .slice(0, 3)
    .map(([value, chance]) => bar(words(value), chance, { counts: held.includes(value) }))
}

function situationPart(turn) {
  const list = el('dl', { class: 'facts' })
  const tell = (name, value) => list.append(el('div', {}, el('dt', {}, name), el('dd', {}, value)))
  for (const label of ONE_OF) tell(TITLES[label], words(turn.situation[label]))
  for (const label of ANY_OF) tell(TITLES[label], (turn.situation[label] || []).map(words).join(', ') || 'none')
  tell('LGBT+', turn.situation.lgbt ? 'yes' : 'not said')
  return el('section', {}, title('Told in the conversation so far'), list)
}

function rulePart(turn) {
  const why = [].concat(turn.custom.why || [])
  const part = el('section', {}, title('Rule'), el('p', {}, el('code', {}, turn.custom.rule || 'none')))
  if (why.length) part.append(el('ul', {}, ...why.map((sentence) => el('li', {}, sentence))))
  const [papers, ground] = turn.understood.rests_on || []
  if (ground) part.append(el('p', { class: 'soft' }, papers === 'OPEN' ? `The documents are silent here; the reading is: ${ground}.` : `Rests on document ${papers}: ${ground}.`))
  return part
}

function openWords(line) {
  if (line.open === 'closed') return line.opens_next ? `✕ Closed, opens ${line.opens_next}` : '✕ Closed'
  return { always: '● Always open', open: '● Open', unknown: '○ Hours not known' }[line.open] || words(line.open)
}

function standingWords(line) {
  const date = line.checked_on ? new Date(`${line.checked_on}T12:00:00Z`) : NaN
  const day = isNaN(date) ? '' : ` on ${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })}`
  return line.standing === 'confirmed' ? `Confirmed${day}` : `Not confirmed${day && `, last looked at${day}`}`
}

function linesPart(turn) {
  const part = el('section', {}, title('Lines, in this order'))
  if (!turn.lines.length) part.append(el('p', {}, 'None: the message asks for nothing.'))
  else part.append(el('ol', { class: 'lines' }, ...turn.lines.map(lineItem)))
  return part
}

function lineItem(line, place) {
  const facts = el('p', { class: 'soft' }, [openWords(line), line.open === 'always' ? '' : line.hours, standingWords(line), line.cost].filter(Boolean).join(' · '))
  const item = el('li', { class: line.standing === 'confirmed' ? '' : 'unconfirmed' },
    el('p', {}, el('strong', {}, line.name), ' ', el('span', { class: 'number' }, line.phone || ''), place ? null : el('span', { class: 'tag' }, 'lead')), facts)
  if (line.note) item.append(el('p', { class: 'soft' }, line.note))
  return item
}

function meaningsPart() {
  const fold = el('details', {}, el('summary', {}, 'What the labels mean'))
  for (const [name, values] of Object.entries(MEANINGS)) {
    const list = el('dl', { class: 'facts' })
    for (const [value, meaning] of Object.entries(values)) list.append(el('div', {}, el('dt', {}, words(value)), el('dd', {}, meaning)))
    fold.append(el('h4', {}, name), list)
  }
  return fold
}

function insideOf(turn) {
  return [
    el('p', { class: 'quote' }, turn.text), el('p', { class: 'soft' }, spoken.format(turn.time)),
    dangerPart(turn), understoodPart(turn), situationPart(turn), rulePart(turn), linesPart(turn), meaningsPart(),
  ]
}

// ---- the chat ----------------------------------------------------------------------------------------------------

const log = find('#log')
const box = find('#box')
const inside = find('#inside')
let sender = ''
let visit = 0 // goes up with "Start again": late answers to what was before are dropped
let turns = 0
let busy = false

const say = (text) => { find('#said').textContent = text }

function showInside(turn, bubble) {
  for (const other of log.querySelectorAll('.me')) other.setAttribute('aria-pressed', String(other === bubble))
  inside.replaceChildren(...insideOf(turn))
  inside.scrollTop = 0
}

function reopen(turn, bubble) {
  showInside(turn, bubble)
  if (wide.matches) return say('The pane shows that message now.')
  find('#pane-title').focus({ preventScroll: true })
  find('#pane-title').scrollIntoView()
}

async function send(payload, shown = payload, typed = false) {
  if (busy) return say('Wait for the answer to the last message.')
  const time = chosenTime(say)
  if (!time) return
  const now = visit
  busy = true
  const mine = sender ||= randomId()
  say('Waiting for the answer …')
  try {
    const reply = await post('/chat/webhook', { sender: mine, message: payload, metadata: { now: asIso(time) } }, REPLY_TIMEOUT_MS)
    if (now !== visit) return forgetAtBot(mine) // it came back to life with this answer
    if (typed && box.value.trim() === payload) box.value = ''
    showTurn(readTurn(shown, time, reply), payload)
    say('')
  } catch (error) {
    if (now === visit) say(error instanceof NoAnswer ? error.message : 'The answer could not be shown.')
    if (!(error instanceof NoAnswer)) throw error
  } finally {
    if (now === visit) busy = false
  }
}

function showTurn(turn, payload) {
  turns += 1
  takeThresholds(turn)
  log.querySelector('.empty')?.remove()
  for (const choice of log.querySelectorAll('.choices button')) choice.disabled = true
  const bubble = el('button', { type: 'button', class: 'me', 'aria-pressed': 'false' }, el('span', { class: 'vh' }, `You, message ${turns}: `), turn.text)
  if (payload !== turn.text) bubble.append(el('span', { class: 'soft' }, ` (sends “${payload}”)`))
  bubble.onclick = () => reopen(turn, bubble)
  const hadFocus = log.contains(document.activeElement) || document.activeElement === document.body
  log.append(el('div', { class: 'turn' }, bubble, ...turn.reply.map(botMessage)))
  showInside(turn, bubble)
  if (hadFocus && turns > 1) bubble.focus({ preventScroll: true })
  bubble.scrollIntoView({ block: wide.matches ? 'start' : 'nearest' })
}

function botMessage({ text, buttons, custom }) {
  const message = el('div', { class: 'bot' }, el('span', { class: 'vh' }, 'The bot: '))
  if (text) message.append(el('p', {}, text))
  if (custom?.lines?.length) {
    message.append(el('ol', {}, ...custom.lines.map((line) => el('li', {}, `${line.name}, ${line.phone || line.web || ''} `, el('span', { class: 'soft' }, openWords(line))))))
  }
  if (buttons?.length) message.append(el('div', { class: 'choices', role: 'group', 'aria-label': text || 'Choices' }, ...buttons.map(choice)))
  return message
}

function choice({ title, payload }) {
  const button = el('button', { type: 'button' }, title)
  button.onclick = () => send(payload, title)
  return button
}

const forgetAtBot = (sender) => { navigator.sendBeacon('/chat/forget', JSON.stringify({ sender })) }

function forget() {
  if (sender) forgetAtBot(sender)
  sender = ''
  visit += 1
  turns = 0
  busy = false
  log.replaceChildren(el('p', { class: 'soft empty' }, 'No message yet.'))
  inside.replaceChildren(el('p', { class: 'soft' }, 'Send a message: this pane shows what was understood, which rule chose the lines, and why.'))
}

find('#write').onsubmit = (event) => {
  event.preventDefault()
  const message = box.value.trim()
  if (message) return send(message, message, true)
  say('Write a message first.')
  box.focus()
}
box.onkeydown = (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  find('#write').requestSubmit()
}
find('#again').onclick = () => {
  forget()
  box.value = ''
  say('Forgotten. This is a new conversation.')
  box.focus()
}
find('#back').onclick = (event) => {
  event.preventDefault() // the address belongs to the views
  box.focus()
  log.querySelector('.me[aria-pressed=true]')?.scrollIntoView({ block: 'nearest' })
}
addEventListener('pagehide', forget)

// ---- try many ----------------------------------------------------------------------------------------------------

const texts = find('#texts')
const compare = new Intl.Collator('en-GB', { sensitivity: 'base', numeric: true }).compare
const URGENCY_ORDER = ['immediate', 'check', 'none']
const listed = (values) => (values || []).map(words).join(', ')

// What a column shows, and what it is sorted by where that differs.
const COLUMNS = [
  { name: 'Message', shown: (turn) => turn.text },
  { name: 'Urgency', shown: (turn) => turn.urgency, sortedBy: (turn) => URGENCY_ORDER.indexOf(turn.urgency) },
  { name: 'Danger', shown: dangerShown, sortedBy: (turn) => turn.danger ?? -1, falls: true },
  { name: 'Scope', shown: (turn) => words(turn.situation.scope) },
  { name: 'Abuse', shown: (turn) => listed(turn.situation.abuse) },
  { name: 'Gender', shown: (turn) => words(turn.situation.gender || 'unknown') + (turn.situation.lgbt ? ', LGBT+' : '') },
  { name: 'Area', shown: (turn) => words(turn.situation.area || 'unknown') },
  { name: 'Who', shown: (turn) => words(turn.situation.who || 'none') },
  { name: 'Needs', shown: (turn) => listed(turn.situation.needs) },
  { name: 'Lead line', shown: (turn) => turn.lines[0]?.name || 'none' },
]
let results = []
let sorting = { column: null, falls: false } // no column: nearest to a threshold first
let reading = null // the controller of the list that is being read

const sayMany = (text) => { find('#many-said').textContent = text }

function dangerShown(turn) {
  if (turn.danger === undefined) return 'not read'
  const { distance, value } = nearest(turn)
  return percent(turn.danger) + (distance <= NEAR ? `, near ${percent(value)}` : '')
}

const pasted = () => texts.value.split(/\r\n|\r|\n/).map((line) => line.trim()).filter(Boolean)

function tellCount() {
  const count = pasted().length
  find('#count').textContent = count > MOST_MESSAGES ? `${count} messages, the first ${MOST_MESSAGES} will be read` : `${count} ${count === 1 ? 'message' : 'messages'}`
}

// Parts small enough for one request each.
function inParts(messages) {
  const encoder = new TextEncoder()
  const parts = []
  let room = 0
  for (const message of messages) {
    const size = encoder.encode(JSON.stringify(message)).length + 1
    if (!parts.length || parts.at(-1).length === MOST_AT_ONCE || size > room) {
      parts.push([])
      room = MOST_BYTES
    }
    parts.at(-1).push(message)
    room -= size
  }
  return parts
}

async function readMany(messages, time) {
  const stopper = new AbortController()
  reading = stopper
  results = []
  showResults()
  showReading(true)
  try {
    for (const part of inParts(messages)) {
      sayMany(`Reading, ${results.length} of ${messages.length} done …`)
      find('#progress').value = results.length / messages.length
      const replies = await post('/workbench/parse', { texts: part, now: asIso(time) }, PARSE_TIMEOUT_MS, stopper)
      const read = replies.map((answer, place) => readTurn(part[place], time, answer.reply || []))
      for (const turn of read) takeThresholds(turn)
      results.push(...read)
    }
    sayMany(`${results.length} read.`)
  } catch (error) {
    sayMany(reading === stopper ? `Stopped after ${results.length} of ${messages.length}: ${error.message}` : `Stopped after ${results.length} of ${messages.length}.`)
    if (!(error instanceof NoAnswer)) throw error
  } finally {
    reading = null
    showReading(false)
    sorting = { column: null, falls: false }
    showResults()
  }
}

function showReading(going) {
  find('#progress').hidden = find('#stop').hidden = !going
  find('#paste .main').disabled = going
  if (!going && document.activeElement === document.body) find('#paste .main').focus({ preventScroll: true })
}

function sorted() {
  const { column, falls } = sorting
  const key = column ? column.sortedBy || column.shown : (turn) => nearest(turn).distance
  const order = (one, other) => (typeof one === 'string' ? compare(one, other) : one === other ? 0 : one - other)
  const keyed = results.map((turn) => [key(turn), turn]).sort(([one], [other]) => (falls ? order(other, one) : order(one, other)))
  return keyed.map(([, turn]) => turn)
}

function showResults() {
  find('#results').hidden = !results.length
  find('#by-nearest').setAttribute('aria-pressed', String(!sorting.column))
  const { check, immediate } = thresholds
  find('#thresholds').textContent = `From ${percent(check.value)} on the bot asks about danger, from ${percent(immediate.value)} on it takes it as danger now. “Near” means that half or twice the odds would cross that line.`
  COLUMNS.forEach((column, place) => {
    const head = find('#columns').children[place]
    if (sorting.column === column) head.setAttribute('aria-sort', sorting.falls ? 'descending' : 'ascending')
    else head.removeAttribute('aria-sort')
  })
  find('#rows').replaceChildren(...sorted().map(row))
}

function row(turn) {
  const open = el('button', { type: 'button', class: 'message' }, el('span', {}, turn.text))
  open.onclick = () => openSheet(turn)
  const cells = COLUMNS.slice(1).map((column) => el('td', {}, column.shown(turn)))
  cells[0].className = `urgency ${turn.urgency}`
  return el('tr', {}, el('th', { scope: 'row' }, open), ...cells)
}

function openSheet(turn) {
  find('#sheet-inside').replaceChildren(...insideOf(turn))
  find('#sheet').showModal()
  find('#sheet').scrollTop = 0
  find('#sheet-title').focus()
}

function sortBy(column) {
  const same = sorting.column === column
  sorting = { column, falls: same ? !sorting.falls : Boolean(column.falls) }
  showResults()
}

for (const column of COLUMNS) {
  const button = el('button', { type: 'button' }, column.name, el('span', { class: 'arrow', 'aria-hidden': 'true' }))
  button.onclick = () => sortBy(column)
  find('#columns').append(el('th', { scope: 'col' }, button))
}

// A spreadsheet must not run what somebody typed.
const harmless = (text) => (/^[=+\-@\t]/.test(text) ? `'${text}` : text)
const quoted = (value) => `"${harmless(String(value ?? '')).replaceAll('"', '""')}"`

function asCsv(shown) {
  const heads = ['message', 'now', 'urgency', 'danger', 'nearest_threshold', 'raised_by', 'intent', 'scope', 'abuse', 'gender', 'lgbt', 'area', 'who', 'needs', 'rule', 'lead', 'lines']
  const rows = shown.map((turn) => [
    turn.text, asIso(turn.time), turn.urgency, turn.danger, nearest(turn).name, turn.raisedBy.join('; '), turn.understood.intent, turn.situation.scope,
    (turn.situation.abuse || []).join('; '), turn.situation.gender, turn.situation.lgbt, turn.situation.area, turn.situation.who,
    (turn.situation.needs || []).join('; '), turn.custom.rule, turn.lines[0]?.id, turn.lines.map((line) => line.id).join('; '),
  ])
  return '\ufeff' + [heads, ...rows].map((cells) => cells.map(quoted).join(',') + '\r\n').join('')
}

find('#download').onclick = () => {
  const address = URL.createObjectURL(new Blob([asCsv(sorted())], { type: 'text/csv' }))
  el('a', { href: address, download: 'signpost-messages.csv' }).click()
  setTimeout(() => URL.revokeObjectURL(address), 10000)
}
find('#by-nearest').onclick = () => {
  sorting = { column: null, falls: false }
  showResults()
}
find('#paste').onsubmit = (event) => {
  event.preventDefault()
  if (reading) return
  const messages = pasted().slice(0, MOST_MESSAGES).map((message) => Array.from(message).slice(0, MOST_CHARACTERS).join(''))
  const time = messages.length ? chosenTime(sayMany) : null
  if (time) return readMany(messages, time)
  if (messages.length) return
  sayMany('Paste some messages first.')
  texts.focus()
}
find('#stop').onclick = () => {
  const stopper = reading
  reading = null
  stopper?.abort()
}
find('#close').onclick = () => find('#sheet').close()
texts.oninput = tellCount

// ---- the two views -----------------------------------------------------------------------------------------------

function showView(focus) {
  const many = location.hash === '#many'
  find('#chat').hidden = many
  find('#many').hidden = !many
  for (const link of document.querySelectorAll('nav a')) {
    if ((link.hash === '#many') === many) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  if (focus) find(many ? '#many-title' : '#talk-title').focus({ preventScroll: true })
  scrollTo(0, 0)
}

addEventListener('hashchange', () => showView(true))
showView(false)
tellClock()
tellCount()
forget()
