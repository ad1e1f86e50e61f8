// The chat page of Signpost MK: the same page stands alone at /chat and in the frame that loader.js opens.
// It keeps the conversation in this window's memory and in its document, nowhere else.
const WORDS = JSON.parse(document.getElementById('words').textContent)
const TIMEOUT_MS = 8000
const SLOW_MS = 2000
const REPLY_MAX_BYTES = 200000 // an answer with all the lines in it has 10 KB

const root = document.documentElement
const page = document.body
const find = (selector, within = document) => within.querySelector(selector)
const heading = find('h1')
const log = find('#log')
const box = find('#box')
const status = find('#status')
const numbers = find('#numbers')
const wayOut = find('.exit')

let sender = '' // 128 random bits, made with the first message
let visit = 0 // goes up when the chat is emptied: late answers to an older visit are dropped
let busy = false
let stopper = null
let host = '' // the origin of the page that embeds us, told by its loader

//@include shift.js

const el = (tag, attributes, ...children) => {
  const node = document.createElement(tag)
  for (const name in attributes) node.setAttribute(name, attributes[name])
  node.append(...children)
  return node
}

const press = (label, act, name = '') => {
  const node = el('button', { type: 'button', class: name }, label)
  node.onclick = act
  return node
}

let quiet = 0
function say(text) {
  status.textContent = text
  clearTimeout(quiet)
  quiet = setTimeout(() => { status.textContent = '' }, 8000)
}

const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

// ---- leaving -----------------------------------------------------------------------------------------------------

function forget() {
  visit += 1
  busy = false
  if (stopper) stopper.abort()
  if (sender) navigator.sendBeacon('/chat/forget', JSON.stringify({ sender }))
  sender = ''
  log.replaceChildren()
  box.value = ''
  status.textContent = ''
  for (const open of document.querySelectorAll('details[open]')) open.open = false
}

function leave(event) {
  if (event) event.preventDefault()
  page.hidden = true
  forget()
  if (host) return parent.postMessage('signpost:exit', host)
  stop()
  top.location.replace(wayOut.href)
}

wayOut.onclick = leave
wayOut.onauxclick = (event) => event.button === 1 && leave(event)
onThreeShifts(WORDS.keys, say, leave, () => false)
addEventListener('pagehide', () => {
  forget()
  page.hidden = true // a copy kept for Back is blank until it starts anew
})
addEventListener('pageshow', (event) => {
  if (event.persisted) begin()
})

addEventListener('message', (event) => {
  if (parent === window || event.source !== parent || (host && event.origin !== host)) return
  if (event.data === 'signpost:focus' && host) heading.focus()
  if (event.data !== 'signpost:hello') return
  host = event.origin
  root.classList.add('framed')
  parent.postMessage('signpost:ready', host)
})
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && host) parent.postMessage('signpost:close', host)
})

// ---- asking ------------------------------------------------------------------------------------------------------

// The reply as a list of messages, or null for anything else. `late` tells that it took too long.
async function ask(message) {
  stopper = new AbortController()
  const mine = stopper
  const timer = setTimeout(() => mine.abort(), TIMEOUT_MS)
  try {
    const answer = await fetch('/chat/webhook', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ sender, message }), signal: mine.signal,
      cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error'
    })
    if (answer.status !== 200) return { refused: answer.status < 500 }
    return { messages: checked(JSON.parse(await limited(answer.body.getReader()))) }
  } catch (error) {
    return { late: mine.signal.aborted }
  } finally {
    clearTimeout(timer)
    mine.abort()
  }
}

async function limited(reader) {
  const decoder = new TextDecoder()
  let text = ''
  for (let size = 0; ;) {
    const { done, value } = await reader.read()
    if (done) return text
    size += value.length
    if (size > REPLY_MAX_BYTES) throw new RangeError('the reply is too long')
    text += decoder.decode(value, { stream: true })
  }
}

function checked(messages) {
  const string = (value) => value === undefined || value === null || typeof value === 'string'
  const fine = Array.isArray(messages) && messages.length > 0 && messages.length < 10 &&
    messages.every((m) => m && string(m.text) && (!m.buttons || m.buttons.every((b) => typeof b.title === 'string' && typeof b.payload === 'string')))
  const told = fine && messages.filter((m) => m.custom)
  if (!told || told.length !== 1) throw new TypeError('not a reply')
  for (const line of told[0].custom.lines) if (typeof line.name !== 'string' || !string(line.phone) || !string(line.href)) throw new TypeError('not a line')
  if (!told[0].custom.lines.length && !messages.some((m) => m.text)) throw new TypeError('says nothing')
  return messages
}

async function send(message, typed) {
  if (busy) return say(WORDS.busy)
  const now = visit
  busy = true
  sender = sender || randomId()
  status.textContent = ''
  const mine = el('p', { class: 'me' }, el('span', { class: 'vh' }, WORDS.you + ' '), message)
  log.append(mine)
  find('.ask', log)?.remove()
  if (!typed) log.focus({ preventScroll: true }) // now, not when the reply comes: moving focus would cut off its reading
  mine.scrollIntoView({ block: 'nearest' })
  const slow = setTimeout(() => say(WORDS.wait), SLOW_MS)
  let answer = await ask(message)
  if (now !== visit) return clearTimeout(slow)
  const told = answer.late && sorry(mine) // 8 s are long: the numbers come now, the second try goes on behind
  if (!answer.messages && !answer.refused) answer = await ask(message)
  clearTimeout(slow)
  if (now !== visit) return
  busy = false
  status.textContent = ''
  if (!answer.messages) return told || sorry(mine)
  find('.unsent', mine)?.remove()
  if (typed && box.value.trim() === message) box.value = ''
  show(answer.messages, mine)
}

function sorry(mine) {
  if (!find('.unsent', mine)) mine.append(el('span', { class: 'unsent' }, ' ' + WORDS.unsent))
  const rest = el('details', { class: 'rest' }, el('summary', {}, WORDS.more))
  const turn = el('div', { class: 'turn sorry' }, el('p', {}, WORDS.sorry))
  for (const baked of numbers.querySelectorAll('.line')) {
    const copy = dress(baked.cloneNode(true))
    copy.open = baked.dataset.line === 'police_999'
    ;(WORDS.first.includes(baked.dataset.line) ? turn : rest).append(copy)
  }
  turn.append(rest)
  log.append(turn)
  mine.scrollIntoView()
  return true
}

// ---- showing -----------------------------------------------------------------------------------------------------

function show(messages, mine) {
  const turn = el('div', { class: 'turn' }, el('span', { class: 'vh' }, WORDS.bot))
  const asks = []
  for (const { text, buttons, custom } of messages) {
    if (buttons && buttons.length) asks.push(question(text, buttons))
    else if (text) turn.append(el('p', {}, text))
    if (custom) turn.append(...lines(custom))
  }
  turn.append(...asks)
  log.append(turn)
  mine.scrollIntoView()
}

function question(text, buttons) {
  const group = el('div', { class: 'ask', role: 'group' })
  if (text) {
    group.append(el('p', {}, text))
    group.setAttribute('aria-label', text)
  }
  const choices = el('div', { class: 'choices' })
  for (const { title, payload } of buttons) choices.append(press(title, () => send(payload)))
  if (!buttons.some(({ title }) => title === WORDS.skip)) {
    choices.append(press(WORDS.skip, () => {
      group.remove()
      log.focus({ preventScroll: true })
      say(WORDS.skipped)
    }, 'quiet'))
  }
  group.append(choices)
  return group
}

function lines({ lines, why, urgency }) {
  const cards = lines.map((line) => card(line, why))
  const isDanger = (node) => node.dataset.line === 'police_999'
  for (const node of cards) if (isDanger(node)) node.open = true
  const others = cards.filter((node) => !isDanger(node))
  // In danger 999 stands open alone; else the lead stands open too.
  if (others[0] && urgency !== 'immediate') others[0].open = true
  others.forEach((node, place) => {
    const other = find('[data-f=other]', node)
    other.hidden = others.length < 2
    other.onclick = () => {
      node.open = false
      node.classList.add('no')
      const next = others.slice(place + 1).concat(others).find((one) => !one.classList.contains('no'))
      if (next) next.open = true
      else say(WORDS.last)
      find('summary', next || node).focus()
    }
  })
  return cards
}

// 999 always comes with how to call it without a voice.
function dress(node) {
  if (node.dataset.line === 'police_999') find('.call', node).after(find('.speak').cloneNode(true))
  for (const fold of node.querySelectorAll('details')) fold.open = false
  return node
}

function card(line, why) {
  const node = find('.line', numbers).cloneNode(true)
  const put = (field, text) => {
    const part = find(`[data-f=${field}]`, node)
    part.textContent = text || ''
    part.hidden = !text
    return part
  }
  const link = (field, href, safe, text) => {
    const part = put(field, href && safe.test(href) ? text : '')
    if (part.hidden) part.removeAttribute('href')
    else part.href = href
  }
  const texts = /^sms:/.test(line.href)
  node.open = false
  node.dataset.line = line.id
  node.dataset.open = line.open
  for (const field of ['name', 'phone', 'hours', 'cost', 'note', 'source']) put(field, line[field])
  find('[data-f=hours]', node).hidden ||= line.open === 'always'
  put('open', line.open === 'closed' && line.opens_next ? WORDS.opens.replace('{when}', line.opens_next) : WORDS[line.open])
  put('why', [].concat(line.why || why || []).join(' ')).prepend(el('strong', {}, WORDS.why + ' '))
  put('calls', line.phone && (texts ? WORDS.texts : WORDS.calls))
  put('standing', WORDS[line.standing])
  put('checked', line.checked_on && WORDS.checked.replace('{date}', day(line.checked_on)))
  link('call', line.href, /^(tel|sms):\+?[\d]+$/, texts ? `${WORDS.text} ${line.href.slice(4)}` : `${WORDS.call} ${line.phone}`)
  link('web', line.web, /^https:\/\//, line.web && line.web.replace(/^https:\/\/(www\.)?|\/$/g, ''))
  return dress(node)
}

function day(iso) {
  const date = new Date(iso + 'T12:00:00Z')
  return isNaN(date) ? iso : date.toLocaleDateString(WORDS.locale, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
}

// ---- beginning ---------------------------------------------------------------------------------------------------

function begin() {
  page.hidden = false
  numbers.hidden = true
  const choices = el('div', { class: 'choices' }, ...WORDS.choices.map((words) => press(words, () => send(words))))
  find('#first').replaceChildren(el('p', {}, WORDS.choose), choices)
  find('#chat').hidden = false
}

function submit() {
  const message = box.value.trim()
  if (message) send(message, true)
  else {
    box.focus()
    say(WORDS.empty)
  }
}

find('#send').onclick = submit
box.onkeydown = (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  submit()
}
find('#clear').onclick = () => {
  forget()
  begin()
  scrollTo(0, 0)
  heading.focus()
  say(WORDS.cleared)
}
root.classList.toggle('phone', /Mobi/.test(navigator.userAgent)) // what can ring says so; tablets and desktops do not
begin()
