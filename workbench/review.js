// The maintainer's review: what volunteers found, each message with what is known about it, to be accepted or not.
// Whatever was written there goes into the page as text only.
import { NoAnswer, ask, button, count, el, find, percent, words } from './basics.js'
import { ANY_OF, FLAGS, ONE_OF, values } from './meanings.js'
import { choices, inWords, pickedIn } from './picking.js'

const TIMEOUT_MS = 30000 // where files have changed the bot compares thousands of messages anew
const list = find('#review-list')
const say = (text) => { find('#review-said').textContent = text }

let topics = []
let asked = 0 // goes up with each listing; late answers are dropped
let made = 0 // cards made, for their ids
const waiting = new Set() // the cards that nothing was decided on

// ---- the list ----------------------------------------------------------------------------------------------------

export async function listWaiting() {
  const mine = ++asked
  say('Looking …')
  try {
    const listed = await ask('/workbench/review', undefined, TIMEOUT_MS)
    if (mine !== asked) return
    topics = listed.topics
    waiting.clear()
    list.replaceChildren(...listed.findings.map(findingShown))
    say(toldWaiting())
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    if (mine === asked) say(error.message)
  }
}

const toldWaiting = () => (waiting.size ? `${count(waiting.size, 'message')} to decide on.` : 'Nothing more to decide on.')

function findingShown({ file, comment, messages }) {
  const cards = messages.map((looked) => new Card(file, looked).node)
  return el('section', { class: 'finding' }, el('h3', {}, file), ...comment.split('\n').map((line) => el('p', { class: 'soft' }, line)), ...cards)
}

// ---- one message -------------------------------------------------------------------------------------------------

class Card {
  constructor(file, looked) {
    this.file = file
    this.original = looked.message // as it stands in the file, which is how the bot finds it again
    this.topic = '' // chosen by hand
    this.id = `card${++made}`
    this.node = el('article', { class: 'waiting', tabindex: '-1', 'aria-labelledby': `${this.id}-text` })
    this.said = el('p', { role: 'alert' })
    waiting.add(this)
    this.show(looked)
  }

  show(looked) {
    this.looked = looked
    this.said.textContent = ''
    const { message, near, problems } = looked
    const told = ({ text, intent, labels }) => `${text} ${intent} ${inWords(labels)}`
    const corrected = told(message) !== told(this.original)
    const topic = el('select', { autocomplete: 'off' }, ...topics.map((name) => el('option', {}, name)))
    topic.value = this.topic || looked.topic
    topic.onchange = () => { this.topic = topic.value }
    const accept = button('Accept', () => this.decide('accept', { corrected: message, topic: topic.value }, `Accepted into ${topic.value}.`), { class: 'main' })
    accept.disabled = problems.length > 0
    this.node.classList.toggle('stopped', problems.length > 0)
    this.fill(
      this.heading(message.text),
      el('p', {}, `${words(message.intent)} · ${inWords(message.labels)}`, corrected ? el('span', { class: 'tag' }, 'corrected, not yet accepted') : null),
      problems.length ? el('ul', { class: 'problems' }, ...problems.map((problem) => el('li', {}, problem))) : null,
      el('p', { class: 'soft' }, near.length ? 'Nearest training messages:' : 'No training message is like it.'),
      near.length ? el('ol', { class: 'near' }, ...near.map(nearShown)) : null,
      el('div', { class: 'row fields' }, el('label', {}, 'Topic file', topic)),
      el('div', { class: 'row' }, accept, button('Correct', () => this.correct()), button('Drop', () => this.decide('drop', {}, 'Dropped.')), button('Later', () => this.leave('Left for later.'))),
      this.said)
  }

  heading(text) {
    return el('h4', { id: `${this.id}-text` }, text)
  }

  fill(...children) {
    this.node.replaceChildren(...children.filter((child) => child !== null))
  }

  async decide(what, more, told) {
    const open = [...this.node.querySelectorAll('button:enabled')]
    for (const one of open) one.disabled = true
    try {
      await ask(`/workbench/review/${what}`, { file: this.file, message: this.original, ...more }, TIMEOUT_MS)
      this.leave(told)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      for (const one of open) one.disabled = false
      this.said.textContent = error.message
      this.node.focus()
    }
  }

  // Takes the card away and goes on to the next one.
  leave(told) {
    const cards = [...list.querySelectorAll('.waiting')]
    const next = cards[cards.indexOf(this.node) + 1] || cards.find((card) => card !== this.node)
    const finding = this.node.parentElement
    this.node.remove()
    if (!finding.querySelector('.waiting')) finding.remove()
    waiting.delete(this)
    say(`${told} ${toldWaiting()}`)
    const place = next || find('#review-title')
    place.focus()
  }

  correct() {
    const { text, intent, labels } = this.looked.message
    const field = el('textarea', { id: `${this.id}-words`, rows: '2', autocomplete: 'off' })
    field.value = text
    const purpose = el('select', { id: `${this.id}-intent`, autocomplete: 'off' }, ...values('intent').map(([value, meaning]) => el('option', { value }, `${words(value)}: ${meaning}`)))
    purpose.value = intent
    const stands = (label) => [].concat(labels[label] ?? 'unknown')
    const dangers = values('urgency').filter(([value]) => value !== 'check') // the bot's own word, no label
    const groups = [
      choices(this.id, 'urgency', 'radio', [labels.urgency === 'immediate' ? 'immediate' : 'none'], null, dangers),
      ...ONE_OF.map((label) => choices(this.id, label, 'radio', stands(label), null)),
      ...ANY_OF.map((label) => choices(this.id, label, 'checkbox', stands(label), null)),
      choices(this.id, 'flags', 'checkbox', Object.keys(FLAGS).filter((flag) => labels[flag]), null),
    ]
    const back = () => {
      this.show(this.looked)
      this.node.focus()
    }
    const form = el('form', {},
      el('label', { for: field.id }, 'Text'), field, el('label', { for: purpose.id }, 'What it is for'), purpose, el('div', { class: 'groups' }, ...groups),
      el('div', { class: 'row' }, el('button', { type: 'submit', class: 'main' }, 'Look at it again'), button('Back', back)))
    form.onsubmit = async (event) => {
      event.preventDefault()
      try {
        this.show(await ask('/workbench/review/look', { message: { text: field.value, intent: purpose.value, labels: this.picked() } }, TIMEOUT_MS))
        this.node.focus()
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        this.said.textContent = error.message
      }
    }
    this.said.textContent = ''
    this.fill(this.heading(text), form, this.said)
    field.focus()
  }

  picked() {
    const labels = { urgency: pickedIn(this.id, 'urgency')[0] === 'immediate' ? 'immediate' : 'not_immediate' }
    for (const label of ONE_OF) labels[label] = pickedIn(this.id, label)[0]
    for (const label of ANY_OF) labels[label] = pickedIn(this.id, label)
    for (const flag of Object.keys(FLAGS)) labels[flag] = pickedIn(this.id, 'flags').includes(flag)
    return labels
  }
}

function nearShown({ text, intent, labels, likeness, contradicts, topic }) {
  return el('li', {}, `${percent(likeness)} alike, in ${topic}: `, el('q', {}, text), el('span', { class: 'soft' }, ` ${words(intent)} · ${inWords(labels)}`),
    contradicts.length ? el('strong', {}, `Contradicts: ${contradicts.join('; ')}`) : null)
}
