// Try many: a list of messages, each read as the first of a new conversation, perhaps by two models side by side.
import { NoAnswer, ask, count, download, el, find, listed, percent, words } from './basics.js'
import { asIso, chosenTime } from './clock.js'
import { ListError, badness, readList, wrongLabels } from './lists.js'
import { nameOf } from './meanings.js'
import { insideOf } from './pane.js'
import { nearest, readTurn, takeThresholds, thresholds } from './turns.js'
import { openWrong } from './wrong.js'

const PARSE_TIMEOUT_MS = 120000
const MODELS_TIMEOUT_MS = 10000
const MAX_MESSAGES = 2000
const MAX_CHARACTERS = 4001 // of a message; the bot reads 4,000 and says so when there are more
const MAX_AT_ONCE = 20 // messages in one request, so that progress shows
const MAX_BYTES = 24000 // of a request
const MAX_FILE_BYTES = 4000000
const NEAR = Math.log(2) // odds within a factor of two of a threshold count as near

const texts = find('#texts')
const second = find('#second')
const compare = new Intl.Collator('en-GB', { sensitivity: 'base', numeric: true }).compare
const URGENCY_ORDER = ['immediate', 'check', 'none']
const CHANGES = { better: 'better', worse: 'worse', changed: 'changed', same: '' }

// Of a row: {turn, other, labels, wrong, otherWrong, change, changes}. `other` is null with one model alone.
const COLUMNS = [
  { name: 'Message', shown: (row) => row.turn.text },
  { name: 'Urgency', of: (turn) => turn.urgency, sortedBy: (row) => URGENCY_ORDER.indexOf(row.turn.urgency) },
  { name: 'Danger', of: dangerShown, sortedBy: (row) => row.turn.danger ?? -1, falls: true },
  { name: 'Kind', of: (turn) => (turn.situation.scope ? nameOf('scope', turn.situation.scope) : 'not understood') },
  { name: 'Described', of: (turn) => listed(turn.situation.abuse) },
  { name: 'Gender', of: (turn) => words(turn.situation.gender || 'unknown') + (turn.situation.lgbt ? ', LGBT+' : '') },
  { name: 'Where', of: (turn) => nameOf('area', turn.situation.area || 'unknown') },
  { name: 'Who', of: (turn) => nameOf('who', turn.situation.who || 'none') },
  { name: 'Needs', of: (turn) => listed(turn.situation.needs) },
  { name: 'Lead line', of: (turn) => turn.lines[0]?.name || 'none' },
]
const RIGHT = { name: 'Against the labels', shown: (row) => (row.labels ? row.wrong.join('; ') || 'right' : ''), sortedBy: (row) => badness(row.wrong), falls: true }
const CHANGE = { name: 'Other model', shown: (row) => CHANGES[row.change], sortedBy: (row) => ['worse', 'better', 'changed', 'same'].indexOf(row.change) }

let results = []
let sorting = { column: null, falls: false } // no column: nearest to a threshold first
let reading = null // the controller of the list that is being read
let columns = COLUMNS

const sayMany = (text) => { find('#many-said').textContent = text }

function dangerShown(turn) {
  if (turn.danger === undefined) return 'not read'
  const { distance, value } = nearest(turn)
  return percent(turn.danger) + (distance <= NEAR ? `, near ${percent(value)}` : '')
}

// The list in the box, or null after saying what is wrong with it.
function pasted() {
  try {
    return readList(texts.value)
  } catch (error) {
    if (!(error instanceof ListError)) throw error
    sayMany(error.message)
    return null
  }
}

function tellCount() {
  sayMany('')
  const list = pasted() || []
  const labelled = list.filter((entry) => entry.labels).length
  const many = list.length > MAX_MESSAGES ? `, the first ${MAX_MESSAGES} will be read` : ''
  find('#count').textContent = count(list.length, 'message') + many + (labelled ? `, ${labelled} with labels` : '')
}

// Parts small enough for one request each.
function inParts(list) {
  const encoder = new TextEncoder()
  const parts = []
  let room = 0
  for (const entry of list) {
    const size = encoder.encode(JSON.stringify(entry.text)).length + 1
    if (!parts.length || parts.at(-1).length === MAX_AT_ONCE || size > room) {
      parts.push([])
      room = MAX_BYTES
    }
    parts.at(-1).push(entry)
    room -= size
  }
  return parts
}

async function readPart(part, time, model, stopper) {
  const asked = { texts: part.map((entry) => entry.text), now: asIso(time), ...(model && { model }) }
  const replies = await ask('/workbench/parse', asked, PARSE_TIMEOUT_MS, stopper)
  return replies.map((answer, place) => readTurn(part[place].text, time, answer.reply || []))
}

async function readMany(list, time) {
  const stopper = new AbortController()
  const model = second.value
  reading = stopper
  results = []
  sorting = { column: null, falls: false }
  columns = [...COLUMNS, ...(list.some((entry) => entry.labels) ? [RIGHT] : []), ...(model ? [CHANGE] : [])]
  showHeads()
  showResults()
  showReading(true)
  try {
    for (const part of inParts(list)) {
      sayMany(`Reading, ${results.length} of ${list.length} done …`)
      find('#progress').value = results.length / list.length
      const turns = await readPart(part, time, '', stopper)
      const others = model ? await readPart(part, time, model, stopper) : []
      for (const turn of turns) takeThresholds(turn)
      results.push(...turns.map((turn, place) => makeRow(turn, others[place] || null, part[place].labels)))
    }
    sayMany(`${results.length} read.`)
  } catch (error) {
    sayMany(reading === stopper ? `Stopped after ${results.length} of ${list.length}: ${error.message}` : `Stopped after ${results.length} of ${list.length}.`)
    if (!(error instanceof NoAnswer)) throw error
  } finally {
    reading = null
    showReading(false)
    showResults()
  }
}

function makeRow(turn, other, labels) {
  const row = { turn, other, labels, wrong: wrongLabels(turn, labels), otherWrong: other ? wrongLabels(other, labels) : [] }
  row.changes = other ? COLUMNS.filter((column) => column.of && column.name !== 'Danger' && column.of(turn) !== column.of(other)).map((column) => column.name) : []
  const sameLines = !other || turn.lines.map((line) => line.id).join() === other.lines.map((line) => line.id).join()
  const step = badness(row.otherWrong) - badness(row.wrong)
  row.change = labels && step ? (step < 0 ? 'better' : 'worse') : row.changes.length || !sameLines ? 'changed' : 'same'
  return row
}

function showReading(going) {
  find('#progress').hidden = find('#stop').hidden = !going
  find('#paste .main').disabled = going
  if (!going && document.activeElement === document.body) find('#paste .main').focus({ preventScroll: true })
}

// ---- the table ---------------------------------------------------------------------------------------------------

const FILTERS = {
  all: () => true,
  danger: (row) => row.turn.urgency !== 'none',
  near: (row) => nearest(row.turn).distance <= NEAR,
  wrong: (row) => row.wrong.length > 0,
  changed: (row) => row.change !== 'same',
  worse: (row) => row.change === 'worse',
}

function shownRows() {
  const { column, falls } = sorting
  const sought = find('#sought').value.trim().toLowerCase()
  const keep = FILTERS[find('#only').value]
  const key = column ? column.sortedBy || ((row) => shownIn(column, row)) : (row) => nearest(row.turn).distance
  const order = (one, other) => (typeof one === 'string' ? compare(one, other) : one === other ? 0 : one - other)
  const kept = results.filter((row) => keep(row) && (!sought || columns.some((each) => shownIn(each, row).toLowerCase().includes(sought))))
  return kept.map((row) => [key(row), row]).sort(([one], [other]) => (falls ? order(other, one) : order(one, other))).map(([, row]) => row)
}

const shownIn = (column, row) => (column.of ? column.of(row.turn) : column.shown(row))

function showHeads() {
  find('#columns').replaceChildren(...columns.map((column) => {
    const button = el('button', { type: 'button' }, column.name, el('span', { class: 'arrow', 'aria-hidden': 'true' }))
    button.onclick = () => sortBy(column)
    return el('th', { scope: 'col' }, button)
  }))
}

function showResults() {
  find('#results').hidden = !results.length
  find('#by-nearest').setAttribute('aria-pressed', String(!sorting.column))
  const { check, immediate } = thresholds
  find('#thresholds').textContent = `From ${percent(check.value)} on the bot asks about danger, from ${percent(immediate.value)} on it takes it as danger now. “Near” means that half or twice the odds would cross that line.`
  columns.forEach((column, place) => {
    const head = find('#columns').children[place]
    if (sorting.column === column) head.setAttribute('aria-sort', sorting.falls ? 'descending' : 'ascending')
    else head.removeAttribute('aria-sort')
  })
  const rows = shownRows()
  find('#summary').replaceChildren(...summary(rows))
  find('#rows').replaceChildren(...rows.map(rowShown))
}

function summary(rows) {
  const told = [`${rows.length} of ${results.length} shown.`]
  const labelled = results.filter((row) => row.labels)
  if (labelled.length) {
    const danger = labelled.filter((row) => row.labels.urgency === 'immediate')
    const missed = (wrongs) => danger.filter((row) => row[wrongs].includes('danger missed')).length
    const other = results.some((row) => row.other)
    told.push(`Danger found: ${danger.length - missed('wrong')} of ${danger.length}${other ? `, by the other model ${danger.length - missed('otherWrong')}` : ''}.`)
  }
  if (results.some((row) => row.other)) {
    const by = (change) => results.filter((row) => row.change === change).length
    const verdict = labelled.length ? `, of them ${by('better')} better and ${by('worse')} worse by the labels` : ''
    told.push(`The other model answers ${results.length - by('same')} of ${results.length} otherwise${verdict}.`)
  }
  return told.map((sentence) => el('span', {}, `${sentence} `))
}

function rowShown(row) {
  const open = el('button', { type: 'button', class: 'message' }, el('span', {}, row.turn.text))
  open.onclick = () => openSheet(row)
  const cells = columns.slice(1).map((column) => cellShown(column, row))
  cells[0].className = `urgency ${row.turn.urgency}`
  return el('tr', { class: row.change === 'worse' ? 'worse' : '' }, el('th', { scope: 'row' }, open), ...cells)
}

// A cell shows both models where they differ.
function cellShown(column, row) {
  const mine = shownIn(column, row)
  if (!column.of || !row.other || column.of(row.other) === mine) return el('td', {}, mine)
  return el('td', {}, mine || 'none', el('span', { class: 'other' }, el('span', { class: 'vh' }, ', other model: '), el('span', { 'aria-hidden': 'true' }, '→ '), column.of(row.other) || 'none'))
}

function openSheet(row) {
  const parts = [...insideOf(row.turn, wrong)]
  if (row.labels) parts.splice(1, 0, el('p', {}, row.wrong.length ? `Against its labels: ${row.wrong.join('; ')}.` : 'As its labels say.'))
  if (row.other) {
    parts.unshift(el('h3', {}, 'The model in use'))
    parts.push(el('hr'), el('h3', {}, 'The other model'), ...insideOf(row.other).slice(1))
  }
  find('#sheet-inside').replaceChildren(...parts)
  find('#sheet').showModal()
  find('#sheet').scrollTop = 0
  find('#sheet-title').focus()
}

function wrong(turn) {
  find('#sheet').close()
  openWrong([turn])
}

function sortBy(column) {
  const same = sorting.column === column
  sorting = { column, falls: same ? !sorting.falls : Boolean(column.falls) }
  showResults()
}

// ---- as a file ---------------------------------------------------------------------------------------------------

// A spreadsheet must not run what somebody typed.
const harmless = (text) => (/^[=+\-@\t]/.test(text) ? `'${text}` : text)
const quoted = (value) => `"${harmless(String(value ?? '')).replaceAll('"', '""')}"`

function asCsv(rows) {
  const heads = ['message', 'now', 'urgency', 'danger', 'nearest_threshold', 'raised_by', 'intent', 'scope', 'abuse', 'gender', 'lgbt', 'area', 'who', 'needs', 'rule', 'lead', 'lines', 'against_labels', 'other_urgency', 'other_danger', 'other_lead', 'other_against_labels', 'change']
  const cells = rows.map(({ turn, other, labels, wrong, otherWrong, change }) => [
    turn.text, asIso(turn.time), turn.urgency, turn.danger, nearest(turn).name, turn.raisedBy.join('; '), turn.understood.intent, turn.situation.scope,
    (turn.situation.abuse || []).join('; '), turn.situation.gender, turn.situation.lgbt, turn.situation.area, turn.situation.who,
    (turn.situation.needs || []).join('; '), turn.custom.rule, turn.lines[0]?.id, turn.lines.map((line) => line.id).join('; '), labels ? wrong.join('; ') || 'right' : '',
    other?.urgency, other?.danger, other?.lines[0]?.id, other && labels ? otherWrong.join('; ') || 'right' : '', other ? change : '',
  ])
  return '\ufeff' + [heads, ...cells].map((row) => row.map(quoted).join(',') + '\r\n').join('')
}

// ---- the form ----------------------------------------------------------------------------------------------------

async function listModels() {
  try {
    const models = await ask('/workbench/models', undefined, MODELS_TIMEOUT_MS)
    const others = models.filter((model) => !model.in_use)
    second.append(...others.map((model) => el('option', { value: model.name }, model.shown)))
    find('#no-models').hidden = others.length > 0
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
  }
}

find('#download').onclick = () => download('signpost-messages.csv', asCsv(shownRows()), 'text/csv')
find('#by-nearest').onclick = () => {
  sorting = { column: null, falls: false }
  showResults()
}
find('#only').onchange = find('#sought').oninput = () => showResults()
find('#paste').onsubmit = (event) => {
  event.preventDefault()
  if (reading) return
  const list = pasted()?.slice(0, MAX_MESSAGES).map((entry) => ({ ...entry, text: Array.from(entry.text).slice(0, MAX_CHARACTERS).join('') }))
  if (!list) return
  const time = list.length ? chosenTime(sayMany) : null
  if (time) return readMany(list, time)
  if (list.length) return
  sayMany('Paste some messages first.')
  texts.focus()
}
find('#file').onchange = async (event) => {
  const [file] = event.target.files
  if (!file) return
  if (file.size > MAX_FILE_BYTES) return sayMany('The file is too big: at most 4 MB.')
  texts.value = await file.text()
  tellCount()
}
find('#stop').onclick = () => {
  const stopper = reading
  reading = null
  stopper?.abort()
}
find('#close').onclick = () => find('#sheet').close()
texts.oninput = tellCount

showHeads()
tellCount()
listModels()
