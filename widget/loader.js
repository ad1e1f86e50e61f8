// Signpost MK: the one script of the page that embeds the chat. It holds the way in, the way out and the cover.
// What is said in the chat lives in a sandboxed frame of our own origin; nothing here can read it.
(() => {
  'use strict'
  const me = document.currentScript
  // Too old a browser, or the tag stands here twice: the plain link does the work.
  if (!me || !document.adoptedStyleSheets || document.querySelector('signpost-mk')) return

  const words = /*WORDS*/{}
  const css = /*CSS*/''
  const set = me.dataset
  const chat = me.src.replace(/\/[^/]*$/, '')
  const origin = new URL(chat).origin
  const leaveFor = /^https:\/\/[^/]/i.test(set.exit) ? set.exit : words.url

  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag)
    for (const name in attributes) node.setAttribute(name, attributes[name])
    node.append(...children)
    return node
  }
  const side = set.side === 'left' ? ' left' : ''
  // The top layer lies above every z-index; where a browser has none, the style sheet's z-index must do.
  const raise = (node) => {
    node.hidden = false
    if (node.showPopover) node.showPopover()
  }
  const lower = (node) => {
    if (node.open) node.close()
    else if (node.hidePopover) node.hidePopover()
    node.hidden = true
  }

  //@include shift.js

  const say = el('p', { role: 'status', class: 'vh' })
  let quiet = 0
  const speak = (text) => {
    say.textContent = text
    clearTimeout(quiet)
    quiet = setTimeout(() => { say.textContent = '' }, 6000)
  }

  const wayOut = () => {
    const link = el('a', { class: 'exit', href: leaveFor, rel: 'nofollow noreferrer' }, words.exit)
    link.onclick = leave
    link.onauxclick = (event) => event.button === 1 && leave(event) // the middle button would open a tab
    return link
  }
  const button = (attributes, act, ...children) => {
    const node = el('button', { type: 'button', ...attributes }, ...children)
    node.onclick = act
    return node
  }

  const launcher = button({ class: 'launch', 'aria-expanded': 'false', 'aria-haspopup': 'dialog' }, open,
    el('b', {}, words.launch), el('small', {}, words.robot))
  const dockExit = wayOut()
  const dock = el('div', { class: 'dock' + side, popover: 'manual', role: 'region', 'aria-label': words.panel }, dockExit, launcher)
  const panel = el('dialog', { class: 'panel' + side, popover: 'manual', 'aria-label': words.panel, tabindex: '-1' },
    el('div', { class: 'bar' }, wayOut(), button({}, close, words.close)))
  const cover = el('main', { class: 'cover', popover: 'manual', tabindex: '-1' }, el('h1', { class: 'vh' }, words.out))
  const root = el('signpost-mk', { lang: words.lang, dir: words.dir })
  const sheet = new CSSStyleSheet()

  let frame = null
  let leaving = false
  let timer = 0
  let opener = launcher

  function open(event) {
    event.preventDefault()
    opener = event.currentTarget
    launcher.setAttribute('aria-expanded', 'true')
    launcher.style.visibility = 'hidden' // it keeps its place, so that the exit beside it keeps its own
    if (!panel.hidden) lower(panel)
    // A small window is filled, so what lies behind must not take focus.
    if (matchMedia('(max-width: 520px), (max-height: 520px)').matches && panel.showModal) {
      panel.hidden = false
      panel.showModal()
    } else raise(panel)
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
      src: chat, title: words.frame, referrerpolicy: 'no-referrer',
      sandbox: 'allow-scripts allow-same-origin allow-top-navigation-by-user-activation allow-top-navigation-to-custom-protocols'
    })
    frame.onload = () => {
      tell('signpost:hello')
      wait(1500) // the page is there: an answer is a matter of milliseconds
    }
    panel.replaceChildren(panel.firstChild, el('p', { class: 'wait' }, words.opening), frame)
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
    const head = el('h2', { tabindex: '-1' }, words.broken)
    panel.replaceChildren(panel.firstChild, el('div', { class: 'broken' }, head, el('p', {}, words.danger), el('p', {}, words.ring),
      el('a', { class: 'plain', href: chat, referrerpolicy: 'no-referrer' }, words.all)))
    if (!panel.hidden) head.focus()
  }

  function dropFrame() {
    clearTimeout(timer)
    if (frame) frame.remove()
    frame = null
    panel.classList.remove('ready')
  }

  function close() {
    lower(panel)
    launcher.style.visibility = ''
    launcher.setAttribute('aria-expanded', 'false')
    opener.focus()
  }

  // All in one task: cover, stop, empty, remove, replace.
  function leave(event) {
    if (event) event.preventDefault()
    lower(panel)
    raise(cover)
    cover.focus()
    leaving = true
    window.onbeforeunload = null
    stop()
    dropFrame()
    for (const node of [...document.body.childNodes]) if (node !== root) node.remove()
    dock.remove()
    panel.remove()
    location.replace(leaveFor)
  }

  addEventListener('message', (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return
    if (event.data === 'signpost:ready') ready()
    if (event.data === 'signpost:close') close()
    if (event.data === 'signpost:exit') leave()
  })
  // The back/forward cache keeps what lives in memory: leave nothing in it.
  addEventListener('pagehide', () => {
    dropFrame()
    if (!panel.hidden) {
      opener = launcher
      close()
    }
  })
  panel.addEventListener('cancel', (event) => {
    event.preventDefault()
    close()
  })
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.preventDefault()
      close()
    }
  })
  // Something of the host's went on top (a cookie dialog, say): go above it again.
  document.addEventListener('toggle', (event) => {
    if (event.newState !== 'open' || dock.contains(root.shadowRoot.activeElement)) return
    lower(dock)
    raise(dock)
    if (!panel.hidden && !panel.open && !panel.contains(root.shadowRoot.activeElement)) {
      lower(panel)
      raise(panel)
    }
  }, true)

  const hostHasItsOwn = () => document.querySelector('[data-module~="govuk-exit-this-page"]')

  function start() {
    sheet.replaceSync(css)
    const shadow = root.attachShadow({ mode: 'open' })
    shadow.adoptedStyleSheets = [sheet]
    panel.hidden = cover.hidden = true
    shadow.append(dock, say, panel, cover)
    document.body.prepend(root)
    dockExit.hidden = !!hostHasItsOwn()
    raise(dock)
    onThreeShifts(words, speak, leave, hostHasItsOwn)
    const link = document.getElementById(set.link || 'signpost-mk')
    if (link) link.addEventListener('click', open)
  }
  if (document.body) start()
  else addEventListener('DOMContentLoaded', start)
})()
