// A held conversation test: each turn, what was expected beside what came.
import { el, words } from './basics.js'
import { openWords } from './pane.js'

const asList = (value) => (value === undefined || value === null ? [] : [].concat(value))

// One turn of a test as it went: {number, said, expected, problems, reply}.
export function heldShown(turn) {
  const failed = turn.problems.length > 0
  const heading = el('h3', {}, el('span', { 'aria-hidden': 'true' }, failed ? '✕ ' : '✓ '), `Turn ${turn.number}, ${failed ? 'not as expected' : 'as expected'}: `, el('q', {}, turn.said))
  const problems = failed ? el('ul', { class: 'problems' }, ...turn.problems.map((problem) => el('li', {}, problem))) : null
  return el('section', { class: failed ? 'held failed' : 'held' }, heading, problems, failed && turn.reply.length ? difference(turn) : null)
}

function difference({ expected, reply }) {
  const custom = reply.find((message) => message.custom)?.custom || { lines: [] }
  const shown = custom.lines.map((line) => line.id)
  const mark = (met) => el('span', {}, el('span', { 'aria-hidden': 'true' }, met ? '✓ ' : '✕ '), el('span', { class: 'vh' }, met ? 'met: ' : 'not met: '))
  const wish = (met, text) => el('li', { class: met ? '' : 'unmet' }, mark(met), text)
  const wishes = []
  if (expected.lead) wishes.push(wish(shown[0] === expected.lead, `${words(expected.lead)} comes first`))
  for (const id of asList(expected.must)) if (id !== expected.lead) wishes.push(wish(shown.includes(id), `${words(id)} comes`))
  for (const id of asList(expected.must_not)) wishes.push(wish(!shown.includes(id), `${words(id)} does not come`))
  const urgency = asList(expected.urgency)
  if (urgency.length) wishes.push(wish(urgency.includes(custom.urgency), `danger: ${urgency.join(' or ')}`))
  if (expected.rule) wishes.push(wish(custom.rule === expected.rule, `rule ${expected.rule}`))
  const unwanted = (id) => asList(expected.must_not).includes(id)
  const came = custom.lines.map((line) => el('li', { class: unwanted(line.id) ? 'unmet' : '' }, unwanted(line.id) ? '✕ ' : '', line.name, ' ', el('span', { class: 'soft' }, openWords(line))))
  return el('div', { class: 'sides' },
    el('div', {}, el('h4', {}, 'Expected'), el('ul', {}, ...(wishes.length ? wishes : [el('li', {}, 'see above')]))),
    el('div', {}, el('h4', {}, 'What came'), came.length ? el('ol', {}, ...came) : el('p', {}, 'no line'), el('p', { class: 'soft' }, `danger: ${custom.urgency}, rule ${custom.rule}`)))
}
