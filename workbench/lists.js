// A pasted or uploaded list of messages: plain text, CSV, or the JSONL of the labelling guide.
// Gives [{text, labels}]; labels is null where none were given.
import { ANY_OF, ONE_OF } from './meanings.js'

const TEXT_COLUMNS = ['text', 'message', 'say']
// The guide's two, and the bot's own word for the second. The bot's “check” is no label.
const URGENCIES = { immediate: 'immediate', not_immediate: 'not_immediate', none: 'not_immediate' }
const LABELS = [...ONE_OF, ...ANY_OF, 'urgency', 'lgbt']

export class ListError extends Error {}

export function readList(source) {
  const lines = source.replace(/^\ufeff/, '').split(/\r\n|\r|\n/).filter((line) => line.trim())
  if (!lines.length) return []
  if (lines[0].trimStart().startsWith('{')) return lines.map(readObject)
  const heads = readCsv(lines[0])[0].map((head) => head.trim().toLowerCase())
  const column = TEXT_COLUMNS.map((name) => heads.indexOf(name)).find((place) => place >= 0)
  if (column === undefined) return lines.map((line) => ({ text: line.trim(), labels: null }))
  return readCsv(source.replace(/^\ufeff/, '')).slice(1).filter((cells) => (cells[column] || '').trim())
    .map((cells) => ({ text: cells[column].trim(), labels: labelsOf(Object.fromEntries(heads.map((head, place) => [head, cells[place]]))) }))
}

function readObject(line, place) {
  let row
  try {
    row = JSON.parse(line)
  } catch {
    throw new ListError(`Line ${place + 1} is not JSON.`)
  }
  if (typeof row?.text !== 'string') throw new ListError(`Line ${place + 1} has no “text”.`)
  return { text: row.text, labels: labelsOf(row) }
}

function labelsOf(row) {
  const given = LABELS.filter((label) => row[label] !== undefined && row[label] !== '' && (label !== 'urgency' || URGENCIES[row.urgency]))
  if (!given.some((label) => label === 'urgency' || label === 'scope')) return null
  return Object.fromEntries(given.map((label) => [label, valueOf(label, row[label])]))
}

function valueOf(label, value) {
  if (ANY_OF.includes(label)) return Array.isArray(value) ? value : String(value).split(/[;,|]/).map((one) => one.trim()).filter(Boolean)
  if (label === 'lgbt') return value === true || /^(true|yes|1)$/i.test(value)
  return label === 'urgency' ? URGENCIES[value] : String(value).trim()
}

// RFC 4180: quotes may hold commas, quotes written twice, and line breaks.
export function readCsv(source) {
  const rows = [[]]
  for (const [, quoted, plain, end] of source.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\r|\n|$)/g)) {
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === '') break
    if (end !== ',') rows.push([])
  }
  return rows.filter((row) => row.some(Boolean))
}

// ---- held against the labels -------------------------------------------------------------------------------------

// What an answer has otherwise than the labels, in words. Danger counts as found when the bot asks about it too.
export function wrongLabels(turn, labels) {
  if (!labels) return []
  const wrong = []
  if (labels.urgency) {
    const found = turn.urgency !== 'none'
    if (labels.urgency === 'immediate' && !found) wrong.push('danger missed')
    if (labels.urgency !== 'immediate' && found) wrong.push(turn.urgency === 'immediate' ? 'danger seen where there is none' : 'asks about danger where there is none')
  }
  for (const label of [...ONE_OF, 'lgbt']) {
    if (labels[label] !== undefined && turn.situation[label] !== labels[label]) wrong.push(`${label} should be ${labels[label]}`)
  }
  for (const label of ANY_OF) {
    if (!labels[label]) continue
    const got = turn.situation[label] || []
    const lacks = labels[label].filter((value) => !got.includes(value))
    const extra = got.filter((value) => !labels[label].includes(value))
    if (lacks.length) wrong.push(`${label} lacks ${lacks.join(', ')}`)
    if (extra.length) wrong.push(`${label} should not have ${extra.join(', ')}`)
  }
  return wrong
}

// How bad an answer is: a missed danger outweighs every other label, danger seen where there is none comes next.
export function badness(wrong) {
  const weights = { 'danger missed': 1000, 'danger seen where there is none': 30, 'asks about danger where there is none': 10 }
  return wrong.reduce((sum, one) => sum + (weights[one] || 1), 0)
}
