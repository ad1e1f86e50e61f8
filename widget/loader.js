// @ts-check
/* global WORDS, STYLE, onThreeShifts */
// Signpost MK: the one script of the page that embeds the chat. It holds the way in, the way out and the cover.
// What is said in the chat lives in a sandboxed frame of our own origin; nothing here can read it.
// signpost/serving/page.py puts it into a function of its own, after WORDS, STYLE and shift.js.
const NAME = 'signpost-mk'
const me = /** @type {HTMLScriptElement | null} */ (document.currentScript)
// Too old a browser, or the tag stands here twice: the plain link does the work.
if (me && document.adoptedStyleSheets && !customElements.get(NAME)) {
  const set = me.dataset
  const chat = me.src.replace(/\/[^/]*$/, '')
  const origin = new URL(chat).origin

  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag)
    for (const name in attributes) node.setAttribute(name, attributes[name])
    node.append(...children)
    return node
  }
  // an address that no browser can read would keep the visitor here
  const leaveFor = /^https:\/\/[^/]/i.test(set.exit) && el('a', { href: set.exit }).host ? set.exit : WORDS.url
  const side = set.side === 'left' ? ' left' : ''
  // The top layer lies above every z-index; where a browser has none, the style sheet's z-index must do.
  const raise = (node) => {
    node.hidden = false
    if (node.showPopover && !node.matches(':popover-open')) node.showPopover()
  }
  const lower = (node) => {
    if (node.open) node.close()
    else if (node.hidePopover) node.hidePopover()
    node.hidden = true
  }

  const told = el('p', { role: 'status', class: 'told' })
  let quiet = 0
  const speak = (text) => {
    told.textContent = text
    clearTimeout(quiet)
    quiet = setTimeout(() => { told.textContent = '' }, 6000)
  }

  const link = (name, href, text) => el('a', { class: name, href, rel: 'noreferrer' }, text)
  const wayOut = () => {
    const exit = link('exit', leaveFor, WORDS.exit)
    exit.append(el('span', {}, ' ' + WORDS.exit_what))
    exit.onclick = leave
    exit.onauxclick = (event) => event.button === 1 && leave(event) // the middle button would open a tab
    return exit
  }
  const button = (attributes, act, ...children) => {
    const node = el('button', { type: 'button', ...attributes }, ...children)
    node.onclick = act
    return node
  }

  const launcher = button({ class: 'launch', 'aria-expanded': 'false', 'aria-haspopup': 'dialog' }, (event) => open(event),
    el('b', {}, WORDS.launch), el('small', {}, WORDS.robot))
  const dockExit = wayOut()
  const dock = el('div', { class: 'dock' + side, popover: 'manual', role: 'region', 'aria-label': WORDS.launch }, dockExit, link('call', WORDS.tel, WORDS.call), launcher, told)
  const bar = el('div', { class: 'bar' }, wayOut(), link('call', WORDS.tel, WORDS.call), button({}, close, WORDS.close))
  const panel = el('dialog', { class: 'panel' + side, popover: 'manual', 'aria-label': WORDS.launch, tabindex: '-1' }, bar)
  const cover = el('main', { class: 'cover', popover: 'manual', tabindex: '-1' }, el('h1', {}, WORDS.out))
  const sheet = new CSSStyleSheet()

  let frame = null
  let leaving = false
  let timer = 0
  let opener = launcher

  function open(event, from = launcher) {
    event.preventDefault()
    opener = from
    launcher.setAttribute('aria-expanded', 'true')
    launcher.style.visibility = 'hidden' // it keeps its place, so that the exit beside it keeps its own
    if (!panel.hidden) lower(panel)
    // A small window is filled, so what lies behind must not take focus.
    if (matchMedia('(max-width: 33em), (max-height: 33em)').matches) {
      panel.hidden = false
      panel.showModal()
    } else raise(panel)
    bar.append(told)
    panel.focus()
    if (!frame) make()
    else if (panel.classList.contains('ready')) ready()
    addEventListener('beforeunload', quietly, true)
  }

  // No "are you sure?" of the host's. It stops what was bound after the chat was opened.
  function quietly(event) {
    if (leaving) event.stopImmediatePropagation()
  }

  function make() {
    frame = el('iframe', {
      src: chat, title: WORDS.frame, referrerpolicy: 'no-referrer',
      sandbox: 'allow-scripts allow-same-origin allow-top-navigation-by-user-activation allow-top-navigation-to-custom-protocols'
    })
    frame.onload = () => {
      tell('signpost:hello')
      wait(1500) // the page is there: an answer is a matter of milliseconds
    }
    panel.replaceChildren(bar, el('p', { class: 'wait' }, WORDS.opening), frame)
    wait(8000)
  }

  function wait(ms) {
    clearTimeout(timer)
    timer = setTimeout(broken, ms)
  }

  function tell(word) {
    frame.contentWindow.postMessage(word, origin)
  }

  function ready() {
    clearTimeout(timer)
    panel.classList.add('ready')
    if (panel.hidden) return
    frame.focus()
    tell('signpost:focus')
  }

  function broken() {
    dropFrame()
    const head = el('h2', { tabindex: '-1' }, WORDS.broken)
    panel.replaceChildren(bar, el('div', { class: 'broken' }, head, el('p', {}, WORDS.ring), link('plain', WORDS.ring_tel, WORDS.ring_call), link('plain', chat, WORDS.all)))
    if (!panel.hidden) head.focus()
  }

  function dropFrame() {
    clearTimeout(timer)
    if (frame) frame.remove()
    frame = null
    panel.classList.remove('ready')
  }

  function close() {
    if (panel.hidden) return
    lower(panel)
    dock.append(told)
    launcher.style.visibility = ''
    launcher.setAttribute('aria-expanded', 'false');
    (opener.isConnected ? opener : launcher).focus()
  }

  // Each step even if one before it throws: the host's page may have changed anything. Stopping comes first, because
  // it would stop the leaving too.
  function leave(event) {
    leaving = true
    for (const step of [
      () => event && event.preventDefault(),
      () => { window.onbeforeunload = null },
      () => stop(),
      () => location.replace(leaveFor),
      () => root.shadowRoot.replaceChildren(cover),
      () => raise(cover),
      () => cover.focus(),
      dropFrame,
      () => { for (const node of [...document.body.childNodes]) if (node !== root) node.remove() },
    ]) {
      try {
        step()
      } catch { /* the next one */ }
    }
  }

  addEventListener('message', ({ source, origin: from, data }) => {
    if (!frame || source !== frame.contentWindow || from !== origin) return
    if (data === 'signpost:ready') ready()
    if (data === 'signpost:close') close()
    if (data === 'signpost:exit') leave()
  })
  const putAway = () => {
    dropFrame()
    close()
  }
  // The back/forward cache keeps what lives in memory: leave nothing in it.
  addEventListener('pagehide', putAway)
  // Escape, by the key or as a modal dialog's own way out.
  const escape = (event) => {
    if (event.key && event.key !== 'Escape') return
    event.preventDefault()
    close()
  }
  panel.oncancel = panel.onkeydown = escape
  // Something of the host's went on top (a cookie dialog, say): go above it again.
  document.addEventListener('toggle', (event) => {
    if (event.newState !== 'open' || leaving || dock.contains(root.shadowRoot.activeElement)) return
    lower(dock)
    raise(dock)
    if (!panel.hidden && !panel.open && !panel.contains(root.shadowRoot.activeElement)) {
      lower(panel)
      raise(panel)
    }
  }, true)
  // The link may be another one after the host has changed its page.
  document.addEventListener('click', (event) => {
    const plain = event.composedPath().find(({ id }) => id === (set.link || NAME))
    if (plain) open(event, plain)
  }, true)

  const hostHasItsOwn = () => document.querySelector('[data-module~="govuk-exit-this-page"]')

  // A host that swaps its body throws us out with the rest: come back at once, closed.
  customElements.define(NAME, class extends HTMLElement {
    disconnectedCallback() {
      if (!leaving) {
        putAway()
        setTimeout(attach)
      }
    }
  })
  const root = el(NAME, { lang: WORDS.lang, dir: WORDS.dir })

  function attach() {
    if (!root.isConnected && document.body) document.body.prepend(root)
    dockExit.hidden = !!hostHasItsOwn()
    raise(dock)
  }

  function start() {
    sheet.replaceSync(STYLE)
    const shadow = root.attachShadow({ mode: 'open' })
    shadow.adoptedStyleSheets = [sheet]
    panel.hidden = cover.hidden = true
    shadow.append(dock, panel, cover)
    attach()
    onThreeShifts(WORDS, speak, leave, hostHasItsOwn)
  }
  if (document.body) start()
  else addEventListener('DOMContentLoaded', start)
}
