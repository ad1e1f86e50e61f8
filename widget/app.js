// @ts-check
/* global onThreeShifts */
// The chat page of Signpost MK: the same page stands alone at /chat and in the frame that loader.js opens.
// It keeps the conversation in this window's memory and in its document, nowhere else. Put after shift.js by
// signpost/serving/page.py.
const WORDS = JSON.parse(document.getElementById('words').textContent)
const CHAT = document.body.dataset.chat // the path below which our server answers
const TIMEOUT_MS = 8000
const RETRY_MS = 1000
const SLOW_MS = 2000
const SILENCE_MS = 30 * 60 * 1000 // the server forgets a conversation after so long, and so do we
const EDGE_MS = 15 * 60 * 1000 // lines open and close on the quarter of an hour
const AWAKE_MS = 60 * 1000 // a page that slept longer may show old states
const REPLY_MAX_BYTES = 200000 // an answer with all the lines in it has 10 KB
const REQUEST_MAX_BYTES = 30000 // the server takes 32 KB
const PART_CHARACTERS = 4000 // the server reads no more of one message
const MAX_PARTS = 8
const MAX_BEFORE = 4
const LONG_CHARACTERS = 90 // longer words of one's own are folded
const NOTE_WORDS = 14 // a longer note of a line stands in its fold
const SHOWN_LINES = 2

const root = document.documentElement
const page = document.body
const find = (selector, within = /** @type {ParentNode} */ (document)) => /** @type {any} */ (within.querySelector(selector))
const all = (selector, within = /** @type {ParentNode} */ (document)) => /** @type {any[]} */ ([...within.querySelectorAll(selector)])
const heading = find('h1')
const scroller = find('#scroll')
const now = { mine: find('#mine'), urgent: find('#urgent'), log: find('#log'), lines: find('#lines'), ask: find('#ask') }
const past = find('#past')
const first = find('#first')
const box = find('#box')
const status = find('#status')
const numbers = find('#numbers')
const wayOut = find('.exit')

let sender = '' // 128 random bits, made with the first message
let visit = 0 // goes up when the chat is emptied: late answers to an older visit are dropped
let turn = 0 // goes up with each message, so that one sent twice counts once
let before = [] // the newest of this person's earlier messages, oldest first
let said = '' // the texts of the newest answer
let busy = false
let stopper = null
let host = '' // the origin of the page that embeds us, told by its loader
let spoken = 0 // when this person last wrote
let looked = 0 // when the open states were last known

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

// ---- leaving and forgetting --------------------------------------------------------------------------------------

const OURS = { cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error' }

// Hardened browsers have no beacon, or one that refuses.
function tellToForget(id) {
  const body = JSON.stringify({ sender: id })
  try {
    if (navigator.sendBeacon(CHAT + '/forget', body)) return
  } catch { /* the other way */ }
  fetch(CHAT + '/forget', { method: 'POST', body, keepalive: true, .../** @type {RequestInit} */ (OURS) }).catch(() => 0)
}

function empty() {
  for (const name in now) now[name].replaceChildren()
  past.replaceChildren()
  first.replaceChildren()
  now.mine.hidden = true
}

function forget() {
  const id = sender
  visit += 1
  busy = false
  sender = said = ''
  before = []
  turn = spoken = 0
  for (const step of [
    () => stopper && stopper.abort(),
    () => id && tellToForget(id),
    empty,
    () => { box.value = status.textContent = '' },
    () => all('details[open]').forEach((open) => { open.open = false })
  ]) {
    try {
      step()
    } catch { /* the next one */ }
  }
}

function leave(event) {
  if (event) event.preventDefault()
  page.hidden = true
  try {
    if (host) parent.postMessage('signpost:exit', host)
    else {
      stop() // first: it would stop the leaving too
      top.location.replace(wayOut.href)
    }
  } finally {
    forget()
  }
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
  if (event.data === 'signpost:focus' && host) (now.mine.hidden ? heading : now.mine).focus()
  if (event.data !== 'signpost:hello') return
  host = event.origin
  root.classList.add('framed')
  parent.postMessage('signpost:ready', host)
})
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && host) parent.postMessage('signpost:close', host)
})

// ---- time --------------------------------------------------------------------------------------------------------

let silence = 0
function heard() {
  spoken = Date.now()
  clearTimeout(silence)
  silence = setTimeout(silent, SILENCE_MS)
}

// A page that slept may have missed its hour: this is asked again whenever it wakes.
function silent() {
  if (!spoken || Date.now() - spoken < SILENCE_MS) return
  forget()
  begin()
  first.prepend(el('p', { role: 'note' }, WORDS.forgotten))
}

let edge = 0
function untilTheHour() {
  clearTimeout(edge)
  looked = Date.now()
  edge = setTimeout(renew, EDGE_MS - looked % EDGE_MS + 2000)
}

// Only what may have changed with the hour: whether a line is open, and which of its numbers is right.
async function renew() {
  untilTheHour()
  if (!all('.line', now.lines).length) return
  const seen = visit
  try {
    const answer = await fetch(CHAT + '/lines', /** @type {RequestInit} */ (OURS))
    const { lines } = JSON.parse(await limited(answer.body.getReader()))
    if (seen !== visit) return
    for (const line of lines) {
      if (!isLine(line)) continue
      for (const node of all('.line:not(.baked)', find('#now'))) if (node.dataset.line === line.id) state(node, line)
    }
  } catch { /* the hours stand in the cards */ }
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return
  silent()
  if (looked && Date.now() - looked > AWAKE_MS) renew()
})

// ---- asking ------------------------------------------------------------------------------------------------------

function asBody(message) {
  const earlier = [...before]
  for (;;) {
    const body = JSON.stringify({ sender, message, turn, before: earlier })
    if (!earlier.length || new Blob([body]).size < REQUEST_MAX_BYTES) return body
    earlier.shift()
  }
}

// The reply as a list of messages, or null for anything else. `late` tells that it took too long.
async function ask(body) {
  stopper = new AbortController()
  const mine = stopper
  const timer = setTimeout(() => mine.abort(), TIMEOUT_MS)
  try {
    const answer = await fetch(CHAT + '/webhook', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body, signal: mine.signal, .../** @type {RequestInit} */ (OURS)
    })
    if (answer.status !== 200) return { refused: answer.status < 500 }
    return { messages: checked(JSON.parse(await limited(answer.body.getReader()))) }
  } catch {
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

const isText = (value) => value === undefined || value === null || typeof value === 'string'
const isLine = (line) => typeof line.name === 'string' && isText(line.phone) && isText(line.href)

function checked(messages) {
  const fine = Array.isArray(messages) && messages.length > 0 && messages.length < 20 &&
    messages.every((m) => m && isText(m.text) && (!m.buttons || m.buttons.every((b) => typeof b.title === 'string' && typeof b.payload === 'string')))
  const told = fine && messages.filter((m) => m.custom)
  if (!told || told.length !== 1) throw new TypeError('not a reply')
  if (!told[0].custom.lines.every(isLine)) throw new TypeError('not a line')
  if (!told[0].custom.lines.length && !messages.some((m) => m.text)) throw new TypeError('says nothing')
  return messages
}

// A message longer than the server reads goes in parts, so that nothing of it is lost.
function inParts(message) {
  const parts = message.match(/[^]{1,3999}(?:\s|$)|[^]{4000}|[^]+$/g)
  if (parts.length <= MAX_PARTS) return parts
  say(WORDS.long)
  return [...parts.slice(0, MAX_PARTS / 2), ...parts.slice(-MAX_PARTS / 2)]
}

const isDanger = (messages) => messages.some(({ custom }) => custom && custom.urgency === 'immediate')

async function send(message, typed) {
  if (busy) return say(WORDS.busy)
  if (spoken && Date.now() - spoken >= SILENCE_MS) silent()
  const seen = visit
  busy = true
  sender = sender || randomId()
  heard()
  status.textContent = ''
  fold()
  own(message)
  if (typed && matchMedia('(pointer: coarse)').matches) box.blur()
  now.mine.focus({ preventScroll: true }) // now, not when the reply comes: moving focus would cut off its reading
  scroller.scrollTop = 0
  // What needs no network is there at once.
  const local = message === WORDS.danger ? danger() : message === WORDS.just_numbers && bakedNumbers()
  const slow = setTimeout(() => say(WORDS.wait), SLOW_MS)
  let answer = {}
  let told = false
  for (const part of inParts(message)) {
    turn += 1
    const body = asBody(part)
    let one = await ask(body)
    if (seen !== visit) return clearTimeout(slow)
    if (one.late) told = sorry() // 8 s are long: the numbers come now, the second try goes on behind
    if (!one.messages && !one.refused) {
      if (!one.late) await new Promise((done) => setTimeout(done, RETRY_MS))
      if (seen !== visit) return clearTimeout(slow)
      one = await ask(body)
    }
    if (seen !== visit) return clearTimeout(slow)
    before = [...before, part].slice(-MAX_BEFORE)
    // Danger in one part is danger in all of them.
    if (!answer.messages || !isDanger(answer.messages) || (one.messages && isDanger(one.messages))) answer = one
    if (!one.messages) break
  }
  clearTimeout(slow)
  busy = false
  if (status.textContent !== WORDS.long) status.textContent = ''
  if (!answer.messages) return told || sorry()
  find('.unsent', now.mine)?.remove()
  find('.sorry', now.log)?.remove()
  if (typed && box.value.trim() === message) box.value = ''
  show(answer.messages, local)
}

function own(message) {
  const long = message.length > LONG_CHARACTERS
  const words = el('bdi', { dir: 'auto', translate: 'no' }, message)
  now.mine.replaceChildren(el('span', { class: 'vh' }, WORDS.you + ' '), words)
  now.mine.className = long ? 'long' : ''
  now.mine.hidden = false
  if (long) {
    const more = press(WORDS.whole, () => {
      now.mine.classList.add('whole')
      more.remove()
      now.mine.focus()
    }, 'quiet')
    now.mine.append(more)
  }
  root.classList.add('talk')
  first.hidden = true
}

// The turn before goes into one line. Its lines go on standing below, as far as they still fit.
function fold() {
  now.ask.replaceChildren()
  if (now.mine.hidden) return
  const text = find('bdi', now.mine).textContent
  const head = el('h2', {}, el('span', { class: 'vh' }, WORDS.you + ' '), el('bdi', { dir: 'auto', translate: 'no' }, text))
  const old = el('details', { class: 'old' }, el('summary', {}, head))
  if (text.length > 40) old.append(el('p', { class: 'said', dir: 'auto', translate: 'no' }, text))
  old.append(...now.log.children)
  for (const node of all('.line', find('#now'))) {
    const call = find('.call', node)
    if (call.hidden) continue
    const copy = el('a', { href: call.href }, find('.name', node).textContent + ' ', el('bdi', {}, find('.num', node).textContent))
    old.append(el('p', {}, copy))
  }
  past.prepend(old)
  now.urgent.replaceChildren()
}

// ---- showing -----------------------------------------------------------------------------------------------------

function baked(id) {
  const node = find(`#numbers [data-line=${id}]`).cloneNode(true)
  node.classList.add('baked')
  return dress(node)
}

// At once and without the network: 999, how to call it without a voice, and the others in a fold.
function danger() {
  now.urgent.replaceChildren(baked('police_999'))
  now.lines.replaceChildren(restOf(all('#numbers .line').map((node) => node.dataset.line).filter((id) => id !== 'police_999').map(baked)))
  return true
}

function bakedNumbers() {
  const ids = all('#numbers .line').map((node) => node.dataset.line)
  now.urgent.replaceChildren(baked(WORDS.first[0]))
  now.lines.replaceChildren(...WORDS.first.slice(1).map(baked), restOf(ids.filter((id) => !WORDS.first.includes(id)).map(baked)), calls())
  return true
}

function restOf(cards, label = WORDS.others) {
  return cards.length ? el('details', { class: 'rest' }, el('summary', {}, `${label} (${cards.length})`), ...cards) : ''
}

// Said with the first numbers of a visit.
const calls = () => past.childElementCount ? '' : el('p', { class: 'small' }, WORDS.calls)

function sorry() {
  if (!find('.unsent', now.mine)) now.mine.append(el('span', { class: 'unsent' }, WORDS.unsent))
  now.log.append(el('div', { class: 'turn sorry' }, el('p', {}, WORDS.sorry)))
  bakedNumbers()
  scroller.scrollTop = 0
  return true
}

function show(messages, local) {
  const { custom } = messages.find((m) => m.custom)
  const asked = messages.filter((m) => m.buttons && m.buttons.length)
  const texts = messages.filter((m) => m.text && !asked.includes(m)).map((m) => m.text)
  const node = el('div', { class: 'turn' })
  const news = lines(custom, texts.length > 0)
  const notes = [...(custom.notes || []), ...(custom.area_page ? [custom.area_page] : [])]
  // The same words twice are no answer; what is new in the lines is told in words to those who do not see them.
  if (texts.join('\n') !== said || !custom.lines.length) for (const text of texts) node.append(el('p', {}, text))
  else if (!asked.length) node.append(el('p', {}, WORDS.same))
  if (news.length) node.append(el('p', { class: 'vh' }, WORDS.below.replace('{n}', String(news.length))))
  for (const note of notes) node.append(...noted(note))
  said = texts.join('\n')
  now.log.append(node)
  now.ask.replaceChildren(...asked.map(({ text, buttons }) => question(text, buttons, custom.question)))
  // The question whether there is danger comes right after 999, every other one after the first line.
  const lead = find('.lead', now.lines)
  if (lead && custom.question !== 'danger' && custom.urgency === 'none') lead.after(now.ask)
  else now.lines.prepend(now.ask)
  if (!local) scroller.scrollTop = 0
  untilTheHour()
}

// A note in more than one sentence shows its first; the rest is folded. One that says the same as a fold of ours stays whole in it.
function noted(note) {
  const { text, name, web } = typeof note === 'string' ? { text: note } : note
  const [head, ...rest] = (text || name || '').split(/(?<=[.!?])\s+/)
  const link = web && SAFE_WEB.test(web) ? [el('p', {}, el('a', { class: 'way', href: web, target: '_top' }, name || bare(web)))] : []
  if (rest.length < 1) return [...(text ? [el('p', { class: 'note' }, text)] : []), ...link]
  return [el('details', { class: 'note' }, el('summary', {}, head), el('p', {}, rest.join(' '))), ...link]
}

function question(text, buttons, id) {
  const group = el('div', { class: 'ask', role: 'group' })
  if (id) group.dataset.question = id
  if (text) {
    group.append(el('p', {}, text))
    group.setAttribute('aria-label', text)
  }
  const choices = el('div', { class: 'choices' })
  for (const { title, payload } of buttons) choices.append(press(title, () => send(payload)))
  if (!buttons.some(({ title }) => title === WORDS.skip)) {
    choices.append(press(WORDS.skip, () => {
      group.remove()
      now.mine.focus({ preventScroll: true })
      say(WORDS.skipped)
    }, 'quiet'))
  }
  group.append(choices)
  return group
}

const SAFE_CALL = /^(tel|sms):\+?\d+$/
const SAFE_WEB = /^https:\/\//
const bare = (web) => web.replace(/^https:\/\/(www\.)?|\/$/g, '')

// The lines of this reply take the place of the ones before; a card that says the same stays as it is. Gives the new ones.
function lines({ lines, why, urgency, rule }, texts) {
  const old = new Map(all('.line:not(.baked)', find('#now')).map((node) => [node.dataset.line, node]))
  const news = []
  const cards = lines.map((line) => {
    const told = JSON.stringify({ ...line, why: 0 })
    const same = old.get(line.id)
    if (same && same.told === told) {
      because(same, line.why || why)
      return same
    }
    news.push(line)
    const node = card(line, line.why || why)
    node.told = told
    return node
  })
  const isUrgent = cards[0]?.dataset.line === 'police_999'
  const urgent = isUrgent ? cards.splice(0, 1) : []
  for (const node of cards) node.classList.remove('lead')
  cards[0]?.classList.add('lead')
  cards.forEach((node) => {
    const other = find('[data-f=other]', node)
    other.hidden = node.classList.contains('no') || cards.length < 2
    other.onclick = () => notRight(node, cards)
  })
  for (const node of urgent) find('[data-f=note]', node).hidden ||= texts // the reply says it
  const shown = urgency === 'immediate' ? 0 : SHOWN_LINES
  now.urgent.replaceChildren(...urgent)
  now.lines.replaceChildren(...cards.slice(0, shown), restOf(cards.slice(shown)), ...(cards.length ? [calls()] : []))
  return news
}

// Never ends in nothing: the next one, and after the last all the others.
function notRight(node, cards) {
  node.classList.add('no')
  find('[data-f=other]', node).hidden = true
  const next = cards.slice(cards.indexOf(node) + 1).concat(cards).find((one) => !one.classList.contains('no'))
  if (next) {
    const fold = next.closest('.rest')
    if (fold) fold.open = true
    return find('.call:not([hidden]), summary', next).focus()
  }
  say(WORDS.last)
  const known = new Set(cards.map((one) => one.dataset.line))
  const others = all('#numbers .line').map((one) => one.dataset.line).filter((id) => !known.has(id))
  const fold = find('.others', now.lines) || restOf(others.map(baked), WORDS.all)
  fold.classList.add('others')
  fold.open = true
  now.lines.append(fold)
  find('summary', fold).focus()
}

// 999 always comes with how to call it without a voice.
function dress(node) {
  if (node.dataset.line === 'police_999') find('.more', node).before(find('#foot .speak').cloneNode(true))
  for (const fold of all('details', node)) fold.open = false
  return node
}

function put(node, field, text) {
  const part = find(`[data-f=${field}]`, node)
  part.textContent = text || ''
  part.hidden = !text
  return part
}

function card(line, why) {
  const node = find('.line', numbers).cloneNode(true)
  const short = line.name.replace(/ \([^()]*\)$/, '')
  node.dataset.line = line.id
  put(node, 'name', short)
  put(node, 'full', short === line.name ? '' : line.name)
  for (const field of ['cost', 'source']) put(node, field, line[field])
  const long = (line.note || '').split(' ').length > NOTE_WORDS
  put(node, 'note', long ? '' : line.note)
  put(node, 'long', long ? line.note : '')
  put(node, 'standing', WORDS[line.standing])
  put(node, 'checked', line.checked_on && WORDS.checked.replace('{date}', day(line.checked_on)))
  find('.more > summary', node).setAttribute('aria-label', `${WORDS.more}: ${short}`)
  find('[data-f=other]', node).setAttribute('aria-label', `${WORDS.other}: ${short}`)
  const web = put(node, 'web', line.web && SAFE_WEB.test(line.web) ? bare(line.web) : '')
  if (web.hidden) web.removeAttribute('href')
  else web.href = line.web
  const ways = (line.ways || []).filter(({ href, label }) => typeof label === 'string' && (SAFE_WEB.test(href) || SAFE_CALL.test(href)))
  for (const { kind, label, href } of ways) find('.call', node).after(el('a', { class: 'way', href, target: '_top', 'data-kind': kind }, label))
  state(node, line)
  because(node, why)
  return dress(node)
}

function state(node, line) {
  const opened = line.open === 'open' && line.closes ? WORDS.until.replace('{when}', line.closes) : WORDS[line.open]
  node.dataset.open = line.open
  put(node, 'open', line.open === 'closed' && line.opens_next ? WORDS.opens.replace('{when}', line.opens_next) : opened)
  put(node, 'hours', line.open === 'always' ? '' : line.hours)
  const call = find('.call', node)
  call.hidden = !line.phone || !SAFE_CALL.test(line.href)
  if (call.hidden) call.removeAttribute('href')
  else call.href = line.href
  const verb = put(node, 'verb', /^sms:/.test(line.href) ? '' : WORDS.call).textContent // what is to be texted says so itself
  put(node, 'phone', line.phone)
  call.setAttribute('aria-label', `${verb} ${line.phone}, ${find('.name', node).textContent}`.trim())
}

function because(node, why) {
  put(node, 'why', [].concat(why || []).join(' ')).prepend(el('strong', {}, WORDS.why + ' '))
}

function day(iso) {
  const date = new Date(iso + 'T12:00:00Z')
  return isNaN(date.getTime()) ? iso : date.toLocaleDateString(WORDS.locale, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
}

// ---- beginning ---------------------------------------------------------------------------------------------------

function begin() {
  page.hidden = false
  numbers.hidden = true
  root.classList.remove('talk')
  const choices = el('div', { class: 'choices' }, ...WORDS.choices.map((words) => press(words, () => send(words))))
  first.replaceChildren(el('p', {}, WORDS.choose), choices)
  first.hidden = false
  for (const node of all('.js')) node.hidden = false
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
  // An input method ends its composition with Enter; Safari tells so by the key code alone.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
  event.preventDefault()
  submit()
}
box.oninput = () => spoken && heard()
// Who goes on typing after an answer means the writing box.
now.mine.onkeydown = (event) => {
  if (event.target === now.mine && event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.altKey && !event.metaKey) box.focus()
}
find('#clear').onclick = () => {
  forget()
  begin()
  scroller.scrollTop = 0
  heading.focus()
  say(WORDS.cleared)
}
begin()
