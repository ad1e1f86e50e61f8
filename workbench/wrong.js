// "That's wrong": what an answer should have been, as a conversation test and, if wanted, training messages for review.
import { NoAnswer, ask, button, el, find, words } from './basics.js'
import { asIso, spoken } from './clock.js'
import { ANY_OF, FLAGS, ONE_OF, nameOf, values } from './meanings.js'
import { heldShown } from './held.js'
import { choices, inWords, pickedIn as pickedInForm } from './picking.js'

const TIMEOUT_MS = 20000
const WISHES = { any: 'no matter', first: 'comes first', must: 'comes', must_not: 'does not come' }
const MAX_TITLE = 70

const dialog = find('#wrong')
const form = find('#wrong-form')
const say = (text) => { find('#wrong-said').textContent = text }
const lines = ask('/chat/lines', undefined, TIMEOUT_MS).then((reply) => reply.lines, () => [])

let turns = [] // the dialogue up to the wrong answer
let turn = null // the wrong one
let asked = 0 // goes up with each preview; late answers are dropped

// ---- the labels --------------------------------------------------------------------------------------------------

const pickedIn = (label) => pickedInForm('pick', label)

// What the form says now: the labels of the conversation so far.
function picked() {
  const labels = { urgency: pickedIn('urgency')[0] || turn.urgency, lgbt: pickedIn('flags').includes('lgbt') }
  for (const label of ONE_OF) labels[label] = pickedIn(label)[0] ?? turn.situation[label]
  for (const label of ANY_OF) labels[label] = pickedIn(label)
  return labels
}

const shownLabels = () => ({ ...turn.situation, urgency: turn.urgency })

// The labels that the volunteer changed, in the words of a conversation test.
function corrections() {
  const before = shownLabels()
  const now = picked()
  const changed = {}
  for (const label of [...ONE_OF, 'lgbt']) if (now[label] !== before[label]) changed[label] = now[label]
  for (const label of ANY_OF) {
    const added = now[label].filter((value) => !before[label].includes(value))
    const removed = before[label].filter((value) => !now[label].includes(value))
    if (added.length) changed[`${label}_includes`] = added
    if (removed.length) changed[`${label}_excludes`] = removed
  }
  return changed
}

// The labels of the message alone, with the volunteer's changes: what a training message carries.
function messageLabels() {
  const alone = turn.understood.message
  const now = picked()
  const before = shownLabels()
  const labels = { ...alone, danger_over: pickedIn('flags').includes('danger_over'), danger_in_context: pickedIn('flags').includes('danger_in_context') }
  for (const label of [...ONE_OF, 'lgbt', 'urgency']) if (now[label] !== before[label]) labels[label] = now[label]
  for (const label of ANY_OF) {
    const added = now[label].filter((value) => !before[label].includes(value))
    labels[label] = [...alone[label].filter((value) => now[label].includes(value)), ...added]
  }
  labels.urgency = labels.urgency === 'immediate' ? 'immediate' : 'not_immediate'
  return labels
}

// ---- the lines ---------------------------------------------------------------------------------------------------

const selects = () => [...form.querySelectorAll('.wish select')]
const setByHand = (select) => select.dataset.byHand === 'yes'

function lineRow(line) {
  const id = `wish-${line.id}`
  const select = el('select', { id, 'data-line': line.id }, ...Object.entries(WISHES).map(([value, shown]) => el('option', { value }, shown)))
  select.onchange = () => {
    select.dataset.byHand = 'yes'
    if (select.value === 'first') for (const other of selects()) if (other !== select && other.value === 'first') other.value = 'must'
    tellTitle()
  }
  return el('div', { class: 'wish' }, el('label', { for: id }, line.name), select)
}

// The rules' own lines for the labels picked: what should have come, unless the volunteer says otherwise.
async function preview() {
  const mine = ++asked
  tellTraining()
  tellTitle()
  const changed = corrections()
  const same = !Object.keys(changed).length && picked().urgency === turn.urgency
  if (same) return suggest(turn.lines.map((line) => line.id), '')
  try {
    const topic = 'scope' in changed || Object.keys(changed).some((label) => label.startsWith('needs')) ? null : turn.understood.topic
    const custom = await ask('/workbench/route', { labels: picked(), topic, now: asIso(turn.time) }, TIMEOUT_MS)
    if (mine !== asked) return
    suggest(custom.lines.map((line) => line.id), `So understood, rule “${custom.rule}” shows: ${custom.lines.map((line) => line.name).join('; ') || 'no line'}. Where that differs from what came, it is filled in below.`)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    if (mine === asked) say(error.message)
  }
}

function suggest(wanted, told) {
  const shown = turn.lines.map((line) => line.id)
  find('#rules-say').textContent = told || 'These lines came. Change them here if they are wrong.'
  for (const select of selects().filter((one) => !setByHand(one))) {
    const id = select.dataset.line
    const moved = wanted[0] !== shown[0]
    select.value = id === wanted[0] && moved ? 'first' : wanted.includes(id) && !shown.includes(id) ? 'must' : shown.includes(id) && !wanted.includes(id) ? 'must_not' : 'any'
  }
  if ([...find('#wrong-others').querySelectorAll('select')].some((select) => select.value !== 'any')) find('#wrong-other-lines').open = true
  tellTitle()
}

const wishedFor = (...wishes) => selects().filter((select) => wishes.includes(select.value)).map((select) => select.dataset.line)

// ---- the title ---------------------------------------------------------------------------------------------------

const short = (text) => (text.length > 40 ? `${text.slice(0, 38).trimEnd()}…` : text)

function tellTitle() {
  const field = find('#wrong-title')
  if (field.dataset.byHand === 'yes') return
  const { urgency } = picked()
  const changed = Object.entries(corrections()).map(([label, value]) => correctionShown(label, value))
  const facts = [...(urgency === turn.urgency ? [] : [nameOf('urgency', urgency).toLowerCase()]), ...changed]
  const lines = wishedFor('first', 'must').map(words)
  field.value = `${short(turn.text)}: ${facts.join(', ') || lines.join(' and ') || 'other lines'}`.slice(0, MAX_TITLE).trim()
}

function correctionShown(label, value) {
  if (label === 'lgbt') return value ? 'LGBT+' : 'not LGBT+'
  const [, name, mode] = label.match(/^(.*?)(_includes|_excludes)?$/)
  const shown = [].concat(value).map((one) => (one === 'unknown' || one === 'none' ? `${words(name)} ${one}` : nameOf(name, one))).join(' and ')
  return mode === '_excludes' ? `not ${shown}` : shown
}

// ---- training messages -------------------------------------------------------------------------------------------

// The intent that goes with the labels, where they leave no choice or the one understood no longer fits.
function likelyIntent(labels) {
  const understood = turn.understood.intent
  if (labels.urgency === 'immediate' && labels.scope === 'disclosure') return 'report_danger'
  const usual = { disclosure: labels.who === 'perpetrator' ? 'describe_own_behaviour' : 'describe_situation', ask_help: 'ask_help', self_harm: 'express_self_harm', out_of_scope: 'out_of_scope', info: 'explain_other', smalltalk: 'greet' }
  const changed = labels.scope !== turn.understood.message.scope || labels.who !== turn.understood.message.who
  return changed || understood === 'report_danger' || understood === 'nlu_fallback' ? usual[labels.scope] : understood
}

function tellTraining() {
  const possible = Boolean(turn.understood.message)
  find('#training').hidden = !possible
  if (!possible) return
  const labels = messageLabels()
  const intent = find('#wrong-intent')
  if (intent.dataset.byHand !== 'yes') intent.value = likelyIntent(labels)
  find('#training-labels').textContent = `They are labelled: ${inWords(labels)}.`
}

// ---- opening and saving ------------------------------------------------------------------------------------------

export async function openWrong(dialogue) {
  turns = dialogue
  turn = dialogue.at(-1)
  form.reset()
  form.hidden = false
  find('#saved').replaceChildren()
  say('')
  const flags = turn.understood.message || {}
  const held = Object.keys(FLAGS).filter((flag) => (flag === 'lgbt' ? turn.situation.lgbt : flags[flag]))
  find('#wrong-said-by').replaceChildren(...turns.map((one) => el('li', {}, one.text)))
  find('#wrong-time').textContent = `The test takes place on ${spoken.format(turn.time)}.`
  find('#wrong-danger').replaceChildren(choices('pick', 'urgency', 'radio', [turn.urgency], preview))
  find('#wrong-labels').replaceChildren(
    ...ONE_OF.map((label) => choices('pick', label, 'radio', [turn.situation[label]], preview)),
    ...ANY_OF.map((label) => choices('pick', label, 'checkbox', turn.situation[label] || [], preview)), choices('pick', 'flags', 'checkbox', held, preview))
  const shown = turn.lines.map((line) => line.id)
  const rows = (await lines).map((line) => [shown.includes(line.id), lineRow(line)])
  find('#wrong-lines').replaceChildren(...rows.filter(([came]) => came).map(([, row]) => row))
  find('#wrong-others').replaceChildren(...rows.filter(([came]) => !came).map(([, row]) => row))
  for (const fold of form.querySelectorAll('details')) fold.open = false
  find('#wrong-other-lines').open = !shown.length
  find('#wrong-intent').replaceChildren(...values('intent').map(([value, meaning]) => el('option', { value }, `${words(value)}: ${meaning}`)))
  for (const field of [find('#wrong-title'), find('#wrong-intent')]) delete field.dataset.byHand
  preview()
  dialog.showModal()
  dialog.scrollTop = 0
  find('#wrong-heading').focus()
}

function expectation() {
  const [lead] = wishedFor('first')
  const must = wishedFor('first', 'must')
  const mustNot = wishedFor('must_not')
  const { urgency } = picked()
  const understood = corrections()
  return {
    ...(lead && { lead }), ...(must.length && { must }), ...(mustNot.length && { must_not: mustNot }),
    ...(urgency !== turn.urgency && { urgency }), ...(Object.keys(understood).length && { understood }),
  }
}

function finding() {
  const steps = turns.map((one) => (one.pressed ? { press: one.text } : { say: one.text }))
  Object.assign(steps.at(-1), expectation())
  const texts = find('#wrong-texts').value.split(/\r\n|\r|\n/).map((text) => text.trim()).filter(Boolean)
  const training = texts.length && turn.understood.message ? { texts, intent: find('#wrong-intent').value, labels: messageLabels() } : null
  return { title: find('#wrong-title').value.trim(), now: asIso(turn.time), turns: steps, training }
}

form.onsubmit = async (event) => {
  event.preventDefault()
  if (!Object.keys(expectation()).length) return say('Nothing differs yet: pick what it should have been, or a line.')
  const save = form.querySelector('.main')
  save.disabled = true
  say('Saving …')
  try {
    showSaved(await ask('/workbench/findings', finding(), TIMEOUT_MS))
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    say(error.message)
  } finally {
    save.disabled = false
  }
}

function showSaved({ test, review, text, held }) {
  say('')
  form.hidden = true
  const failing = held.some((one) => one.problems.length)
  find('#saved').replaceChildren(
    el('h3', { tabindex: '-1', id: 'saved-title' }, 'Saved. Thank you.'),
    el('p', {}, 'The conversation test is ', el('code', {}, test), '. ', failing ? 'It fails now, as it should: it goes green when the bot does what you expect.' : 'It passes already: the bot does what you expect.'),
    ...(review ? [el('p', {}, 'The training messages wait for a maintainer in ', el('code', {}, review), '.')] : []),
    ...held.map(heldShown),
    el('details', {}, el('summary', {}, 'The file'), el('pre', { tabindex: '0', role: 'region', 'aria-label': 'The file' }, text)),
    el('div', { class: 'row' }, button('Back to the chat', () => dialog.close(), { class: 'main' })))
  dialog.scrollTop = 0
  find('#saved-title').focus()
  dispatchEvent(new CustomEvent('found', { detail: test }))
}

find('#wrong-title').oninput = (event) => { event.target.dataset.byHand = 'yes' }
find('#wrong-intent').onchange = (event) => { event.target.dataset.byHand = 'yes' }
find('#wrong-close').onclick = () => dialog.close()
