// The volunteers' page: a chat beside a glass pane, a clock, many messages at once, the conversation tests, and for
// maintainers the review. Nothing is kept but what "That's wrong" saves and what the review accepts or drops. Whatever was typed goes into the page as text only.
import './chat.js'
import './many.js'
import { find } from './basics.js'
import { listWaiting } from './review.js'
import { listTests } from './tests.js'

const VIEWS = { '#chat': '#talk-title', '#many': '#many-title', '#tests': '#tests-title', '#review': '#review-title' }

function showView(focus) {
  const view = location.hash in VIEWS ? location.hash : '#chat'
  for (const name in VIEWS) find(name).hidden = name !== view
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  find('.clock').hidden = view === '#tests' || view === '#review'
  if (view === '#tests') listTests()
  if (view === '#review') listWaiting()
  if (focus) find(VIEWS[view]).focus({ preventScroll: true })
  scrollTo(0, 0)
}

addEventListener('hashchange', () => showView(true))
showView(false)
