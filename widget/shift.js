// Three presses of Shift alone within 5 s, left or right. Put into loader.js and app.js by signpost/serving/page.py.
// A Shift that was held for a capital letter, a click or another shortcut does not count.
function onThreeShifts(words, say, leave, off) {
  let alone = false
  let count = 0
  let timer = 0
  const reset = () => {
    clearTimeout(timer)
    count = 0
  }
  addEventListener('keydown', (e) => {
    alone = e.key === 'Shift' && !e.ctrlKey && !e.altKey && !e.metaKey && (alone || !e.repeat)
    if (!alone) reset()
  }, true)
  addEventListener('pointerdown', () => { alone = false }, true)
  addEventListener('keyup', (e) => {
    // A touch-only device has no Shift key of its own: its on-screen Shift must never count.
    if (e.key !== 'Shift' || !alone || !matchMedia('(any-pointer: fine)').matches || off()) return
    alone = false
    count += 1
    if (count === 1) {
      timer = setTimeout(() => {
        count = 0
        say(words.late)
      }, 5000) // the window of GOV.UK's exit-this-page
    }
    if (count < 3) return say(count === 1 ? words.two : words.one)
    reset()
    say(words.out)
    leave()
  }, true)
}
