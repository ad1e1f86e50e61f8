// @ts-check
// Three presses of Shift alone within 5 s, left or right. Put before loader.js and app.js by signpost/serving/page.py.
// A Shift that was held for a capital letter, a click or another shortcut does not count. Each of the two keys counts
// for itself, so that a hand which presses both at once leaves too.
/**
 * @param {{two: string, one: string, out: string, late: string}} words
 * @param {(text: string) => void} say
 * @param {() => void} leave
 * @param {() => unknown} off whether somebody else on this page takes care of the key
 */
function onThreeShifts(words, say, leave, off) {
  /** @type {Set<string>} */
  const down = new Set()
  let count = 0
  let timer = 0
  const reset = () => {
    clearTimeout(timer)
    count = 0
  }
  addEventListener('keydown', (e) => {
    if (e.key !== 'Shift' || e.ctrlKey || e.altKey || e.metaKey) {
      down.clear()
      reset()
    } else if (!e.repeat) down.add(e.code)
  }, true)
  addEventListener('pointerdown', () => down.clear(), true)
  addEventListener('keyup', (e) => {
    // A touch-only device has no Shift key of its own: its on-screen Shift must never count.
    if (e.key !== 'Shift' || !down.delete(e.code) || !matchMedia('(any-pointer: fine)').matches || off()) return
    count += 1
    if (count === 1) {
      timer = setTimeout(() => {
        count = 0
        say(words.late)
      }, 5000) // the window of GOV.UK's exit-this-page
    }
    if (count < 3) return say(count === 1 ? words.two : words.one)
    reset()
    leave()
  }, true)
}
