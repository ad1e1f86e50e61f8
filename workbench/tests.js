// The conversation tests: run them with the running bot, and see which turn went otherwise.
import { NoAnswer, ask, button, count, el, find } from './basics.js'
import { heldShown } from './held.js'

const TIMEOUT_MS = 30000
const SIGNS = { passed: ['✓', 'passed'], failed: ['✕', 'failed'], known: ['✕', 'not yet understood'], waiting: ['·', 'not run yet'] }

let tests = [] // {name, title, now, turns, known, state, held}
let stopped = true
let loaded = false

const say = (text) => { find('#tests-said').textContent = text }

export async function listTests() {
  try {
    const listed = await ask('/workbench/tests', undefined, TIMEOUT_MS)
    const before = new Map(tests.map((test) => [test.name, test]))
    tests = listed.map((test) => Object.assign(before.get(test.name) || { state: 'waiting', held: [] }, test))
    loaded = true
    showRunning()
    showTests()
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    say(error.message)
  }
}

async function run(test) {
  const { held } = await ask('/workbench/tests/run', { name: test.name }, TIMEOUT_MS)
  const failed = held.some((turn) => turn.problems.length)
  Object.assign(test, { held, state: !failed ? 'passed' : test.known ? 'known' : 'failed' })
}

async function runAll(chosen) {
  if (!stopped) return
  stopped = false
  showRunning()
  let done = 0
  try {
    for (const test of chosen) {
      if (stopped) break
      say(`Running, ${done} of ${chosen.length} done …`)
      find('#tests-progress').value = done / chosen.length
      await run(test)
      done += 1
    }
    const by = (state) => chosen.filter((test) => test.state === state).length
    say(`${count(done, 'test')} run: ${by('passed')} passed, ${by('failed')} failed, ${by('known')} known as not yet understood.`)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    say(`Stopped after ${done} of ${chosen.length}: ${error.message}`)
  } finally {
    stopped = true
    showRunning()
    showTests()
  }
}

function showRunning() {
  find('#tests-progress').hidden = find('#tests-stop').hidden = stopped
  find('#tests-run').disabled = !stopped || !loaded
}

const FILTERS = {
  all: () => true,
  failed: (test) => test.state === 'failed' || test.state === 'known',
  passed: (test) => test.state === 'passed',
}

function chosenTests() {
  const sought = find('#tests-sought').value.trim().toLowerCase()
  const keep = FILTERS[find('#tests-only').value]
  return tests.filter((test) => keep(test) && (!sought || `${test.name} ${test.title}`.toLowerCase().includes(sought)))
}

function showTests() {
  const shown = chosenTests()
  const rank = { failed: 0, known: 1, waiting: 2, passed: 3 }
  shown.sort((one, other) => rank[one.state] - rank[other.state])
  find('#tests-count').textContent = `${shown.length} of ${count(tests.length, 'test')}`
  find('#tests-list').replaceChildren(...shown.map(testShown))
}

function testShown(test) {
  const [sign, told] = SIGNS[test.state]
  const wrong = test.held.filter((turn) => turn.problems.length)
  const place = wrong.length ? `, turn ${wrong.map((turn) => turn.number).join(' and ')} of ${test.turns.length}` : ''
  const fold = el('details', { class: `test ${test.state}` },
    el('summary', {}, el('span', { class: 'sign', 'aria-hidden': 'true' }, sign), el('span', {}, el('strong', {}, test.title), ' ', el('span', { class: 'soft' }, `${told}${place} · ${test.name}`))))
  fold.open = test.state === 'failed' && chosenTests().length <= 5
  const again = button('Run this one', async () => {
    again.disabled = true
    await runAll([test])
  })
  fold.append(el('p', { class: 'soft' }, `At ${test.now.slice(0, 16).replace('T', ' ')}.`), ...(test.held.length ? test.held.map(heldShown) : [el('ol', {}, ...test.turns.map((turn) => el('li', {}, turn.say ?? `[${turn.press}]`)))]), again)
  return fold
}

showRunning()
find('#tests-run').onclick = () => runAll(chosenTests())
find('#tests-stop').onclick = () => { stopped = true }
find('#tests-only').onchange = find('#tests-sought').oninput = showTests
addEventListener('found', () => { if (loaded) listTests() })
