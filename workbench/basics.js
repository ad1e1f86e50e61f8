// What every part of the page uses: elements, words, and asking the bot.
export const find = (selector) => document.querySelector(selector)

export const el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag)
  for (const name in attributes) node.setAttribute(name, attributes[name])
  node.append(...children.filter((child) => child !== null && child !== undefined))
  return node
}

export const button = (label, onclick, attributes = {}) => {
  const node = el('button', { type: 'button', ...attributes }, label)
  node.onclick = onclick
  return node
}

export const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
export const words = (value) => (value === null || value === undefined || value === '' ? 'not understood' : String(value).replaceAll('_', ' '))
export const listed = (values) => (values || []).map(words).join(', ')
export const percent = (chance) => `${Number((100 * chance).toFixed(chance < 0.1 ? 1 : 0))} %`
export const count = (number, thing) => `${number} ${thing}${number === 1 ? '' : 's'}`

// ---- asking the bot ----------------------------------------------------------------------------------------------

const NO_SUCH_ROUTE = 'This request cannot be answered.' // what a bot in the normal mode says to this page

export class NoAnswer extends Error {}

// Posts JSON, or gets where there is no body; gives the answer's JSON. Raises NoAnswer with words that can be shown.
export async function ask(path, body, timeout, stopper = new AbortController()) {
  const timer = setTimeout(() => stopper.abort(), timeout)
  const message = body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  try {
    const answer = await fetch(path, { ...message, signal: stopper.signal, cache: 'no-store', credentials: 'same-origin', referrerPolicy: 'no-referrer', redirect: 'error' })
    const reply = await answer.json().catch(() => null)
    if (answer.ok && reply) return reply
    if (answer.status === 404 && reply?.error === NO_SUCH_ROUTE) throw new NoAnswer('The bot does not run in workbench mode. Start it with “make workbench”.')
    throw new NoAnswer(reply?.error || `The bot answered with an error (${answer.status}).`)
  } catch (error) {
    if (error instanceof NoAnswer) throw error
    throw new NoAnswer(stopper.signal.aborted ? 'No answer in time.' : 'The bot does not answer. Is “make workbench” still running?')
  } finally {
    clearTimeout(timer)
  }
}

// Hands a text to the browser as a file; nothing is sent anywhere.
export function download(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }))
  el('a', { href: address, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(address), 10000)
}
