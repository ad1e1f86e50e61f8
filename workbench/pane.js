// The glass pane: what was made of one message, and why these lines were shown.
import { el, listed, percent, words } from './basics.js'
import { spoken } from './clock.js'
import { ANY_OF, FLAGS, MEANINGS, ONE_OF, nameOf, title, values } from './meanings.js'
import { thresholds } from './turns.js'

const URGENCIES = {
  immediate: ['‼', 'Danger now', '999 stands first.'],
  check: ['?', 'Perhaps danger', '999 stands first and the bot asks whether there is danger now.'],
  none: ['–', 'No danger seen', ''],
}
const SIGNS = { classifier: 'the danger classifier', intent: 'the intent classifier' }
const SHOWN_OF_EACH = 3

const heading = (text) => el('h3', {}, text)

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

// The message, with the words marked that a danger pattern found. The reader tidies a text first, so not every hit is found in it letter by letter.
function quote(turn) {
  const part = el('p', { class: 'quote' })
  let rest = turn.text
  for (const { words } of turn.dangerWords) {
    const at = rest.toLowerCase().indexOf(words.toLowerCase())
    if (at < 0 || !words) continue
    part.append(rest.slice(0, at), el('mark', {}, rest.slice(at, at + words.length)))
    rest = rest.slice(at + words.length)
  }
  part.append(rest)
  return part
}

function dangerPart(turn) {
  const [sign, name, effect] = URGENCIES[turn.urgency] || ['', words(turn.urgency), '']
  const part = el('section', { class: `danger ${turn.urgency}` }, heading('Danger'))
  part.append(el('p', { class: 'verdict' }, el('span', { 'aria-hidden': 'true' }, `${sign} `), el('strong', {}, name), ` (${turn.urgency}). ${effect}`))
  if (turn.danger === undefined) {
    part.append(el('p', { class: 'soft' }, 'The classifier did not read this message: it was a button, or the safe reply.'))
    return part
  }
  const { check, immediate } = turn.thresholds || { check: thresholds.check.value, immediate: thresholds.immediate.value }
  part.append(
    el('ul', { class: 'bars one' }, bar('probability', turn.danger, { marks: [check, immediate] })),
    el('p', { class: 'soft' }, `The two marks: from ${percent(check)} on the bot asks, from ${percent(immediate)} on it takes it as danger now.`),
    ...raisedBy(turn)
  )
  return part
}

function raisedBy(turn) {
  const signs = turn.raisedBy.filter((sign) => SIGNS[sign]).map((sign) => SIGNS[sign])
  const patterns = turn.raisedBy.filter((sign) => sign.startsWith('words: ')).map((sign) => sign.slice('words: '.length))
  const ofPassage = turn.raisedBy.includes('passage')
  if (signs.length + patterns.length || ofPassage) {
    const told = signs.length ? [el('li', {}, `${signs.join(' and ')}, from the message as a whole`)] : []
    if (ofPassage) told.push(el('li', {}, 'one passage of the message, read on its own'))
    const found = patterns.map((pattern) => {
      const hits = turn.dangerWords.filter((hit) => hit.pattern === pattern).map((hit) => `“${hit.words}”`)
      return el('li', {}, 'the words ', el('strong', {}, hits.join(', ') || '(not kept)'), ` (pattern “${words(pattern)}”)`)
    })
    return [el('p', {}, 'Raised by:'), el('ul', {}, ...told, ...found)]
  }
  if (turn.urgency === 'none') return [el('p', {}, 'Nothing raised it.')]
  const inContext = turn.chances['danger_in_context:yes'] || 0
  const also = inContext >= 0.5 ? ` “Danger after what was told” is at ${percent(inContext)}.` : ''
  return [el('p', {}, `Nothing in this message alone; it comes from what was told before.${also}`)]
}

function understoodPart(turn) {
  const part = el('section', {}, heading('Understood in this message'))
  const { intent, confidence } = turn.understood
  if (turn.understood.situation === undefined) {
    part.append(el('p', {}, 'Nothing: the bot sent its safe reply.'))
    return part
  }
  part.append(el('h4', {}, 'Intent'), el('ul', { class: 'bars one' }, bar(words(intent), confidence || 0)))
  const meaning = MEANINGS.intent?.values[intent]
  if (meaning) part.append(el('p', { class: 'soft' }, `Somebody who ${meaning}.`))
  if (!Object.keys(turn.chances).length) return part
  const groups = el('div', { class: 'groups' })
  for (const label of [...ONE_OF, ...ANY_OF]) groups.append(barGroup(title(label), topBars(turn, label)))
  groups.append(barGroup('Also', Object.entries(FLAGS).map(([flag, name]) =>
    bar(name, turn.chances[`${flag}:yes`] || 0, { counts: flag === 'lgbt' && Boolean(turn.situation.lgbt) }))))
  part.append(groups, el('p', { class: 'soft' }, `✓ counts in the conversation so far. Up to ${SHOWN_OF_EACH} likeliest of each.`))
  return part
}

const barGroup = (name, bars) => el('div', {}, el('h4', {}, name), el('ul', { class: 'bars' }, ...bars))

function topBars(turn, label) {
  const held = [].concat(turn.situation[label] ?? [])
  return Object.entries(turn.chances)
    .filter(([key]) => key.startsWith(`${label}:`))
    .map(([key, chance]) => [key.slice(label.length + 1), chance])
    .sort((one, other) => other[1] - one[1])
    .slice(0, SHOWN_OF_EACH)
    .map(([value, chance]) => bar(nameOf(label, value), chance, { counts: held.includes(value) }))
}

function situationPart(turn) {
  const list = el('dl', { class: 'facts' })
  const tell = (name, value) => list.append(el('div', {}, el('dt', {}, name), el('dd', {}, value)))
  for (const label of ONE_OF) tell(title(label), turn.situation[label] ? nameOf(label, turn.situation[label]) : 'not understood')
  for (const label of ANY_OF) tell(title(label), listed(turn.situation[label]) || 'none')
  tell('LGBT+', turn.situation.lgbt ? 'yes' : 'not said')
  return el('section', {}, heading('Told in the conversation so far'), list)
}

function rulePart(turn) {
  const why = [].concat(turn.custom.why || [])
  const part = el('section', {}, heading('Rule'), el('p', {}, el('code', {}, turn.custom.rule || 'none')))
  if (why.length) part.append(el('ul', {}, ...why.map((sentence) => el('li', {}, sentence))))
  const [papers, ground] = turn.understood.rests_on || []
  const sentences = turn.understood.sentences || []
  if (papers === 'OPEN') part.append(el('p', { class: 'soft' }, `Both documents are silent here. Our reading: ${ground}.`))
  else if (ground) part.append(el('p', { class: 'soft' }, `Rests on ${papers.includes(',') ? 'documents' : 'document'} ${papers.replace(', ', ' and ')}: ${ground}.`))
  if (sentences.length) {
    part.append(el('ul', { class: 'sentences' }, ...sentences.map(({ document, paragraph, words }) => el('li', {}, el('q', {}, words), el('span', { class: 'soft' }, ` document ${document}, paragraph ${paragraph}`)))))
  }
  return part
}

export function openWords(line) {
  if (line.open === 'closed') return line.opens_next ? `✕ Closed, opens ${line.opens_next}` : '✕ Closed'
  return { always: '● Always open', open: '● Open', unknown: '○ Hours not known' }[line.open] || words(line.open)
}

function standingWords(line) {
  const date = line.checked_on ? new Date(`${line.checked_on}T12:00:00Z`) : NaN
  const day = isNaN(date) ? '' : ` on ${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })}`
  return line.standing === 'confirmed' ? `Confirmed${day}` : `Not confirmed${day && `, last looked at${day}`}`
}

function linesPart(turn) {
  const part = el('section', {}, heading('Lines, in this order'))
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
  for (const label of ['urgency', ...ONE_OF, ...ANY_OF, 'flags']) {
    const list = el('dl', { class: 'facts' })
    for (const [value, meaning] of values(label)) list.append(el('div', {}, el('dt', {}, FLAGS[value] || nameOf(label, value)), el('dd', {}, meaning)))
    fold.append(el('h4', {}, title(label)), list)
  }
  return fold
}

// All parts for one turn. `wrong`, where given, opens the form for a wrong answer.
export function insideOf(turn, wrong = null) {
  const top = el('div', { class: 'row spread top' }, el('div', {}, quote(turn), el('p', { class: 'soft' }, spoken.format(turn.time))))
  if (wrong) {
    const button = el('button', { type: 'button', class: 'wrong' }, 'That’s wrong')
    button.onclick = () => wrong(turn)
    top.append(button)
  }
  return [top, dangerPart(turn), understoodPart(turn), situationPart(turn), rulePart(turn), linesPart(turn), meaningsPart()]
}
