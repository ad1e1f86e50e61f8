// The chat: one conversation with the bot, each turn with what was made of it.
import { NoAnswer, ask, el, find, randomId } from './basics.js'
import { asIso, chosenTime } from './clock.js'
import { insideOf, openWords } from './pane.js'
import { readTurn, takeThresholds } from './turns.js'
import { openWrong } from './wrong.js'

const REPLY_TIMEOUT_MS = 10000
const wide = matchMedia('(min-width: 60rem)')
const log = find('#log')
const box = find('#box')
const inside = find('#inside')
let sender = ''
let visit = 0 // goes up with "Start again": late answers to what was before are dropped
let turns = [] // of this conversation, in their order
let busy = false

const say = (text) => { find('#said').textContent = text }

function showInside(turn, bubble) {
  for (const other of log.querySelectorAll('.me')) other.setAttribute('aria-pressed', String(other === bubble))
  inside.replaceChildren(...insideOf(turn, wrong))
  inside.scrollTop = 0
}

// The dialogue up to a turn becomes the test.
const wrong = (turn) => openWrong(turns.slice(0, turns.indexOf(turn) + 1))

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
    const reply = await ask('/chat/webhook', { sender: mine, message: payload, metadata: { now: asIso(time) } }, REPLY_TIMEOUT_MS)
    if (now !== visit) return forgetAtBot(mine) // it came back to life with this answer
    if (typed && box.value.trim() === payload) box.value = ''
    showTurn({ ...readTurn(shown, time, reply), pressed: !typed }, payload)
    say('')
  } catch (error) {
    if (now === visit) say(error instanceof NoAnswer ? error.message : 'The answer could not be shown.')
    if (!(error instanceof NoAnswer)) throw error
  } finally {
    if (now === visit) busy = false
  }
}

function showTurn(turn, payload) {
  turns.push(turn)
  takeThresholds(turn)
  log.querySelector('.empty')?.remove()
  for (const choice of log.querySelectorAll('.choices button')) choice.disabled = true
  const bubble = el('button', { type: 'button', class: 'me', 'aria-pressed': 'false' }, el('span', { class: 'vh' }, `You, message ${turns.length}: `), turn.text)
  if (payload !== turn.text) bubble.append(el('span', { class: 'soft' }, ` (sends “${payload}”)`))
  bubble.onclick = () => reopen(turn, bubble)
  const hadFocus = log.contains(document.activeElement) || document.activeElement === document.body
  log.append(el('div', { class: 'turn' }, bubble, ...turn.reply.map(botMessage)))
  showInside(turn, bubble)
  if (hadFocus && turns.length > 1) bubble.focus({ preventScroll: true })
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
  turns = []
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
forget()
