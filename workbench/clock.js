// The bot's clock: what it is set to, as a moment and in words. London time, wherever the browser is.
import { find } from './basics.js'

const LONDON = 'Europe/London'
const inLondon = new Intl.DateTimeFormat('en-GB', {
  timeZone: LONDON, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric'
})
export const spoken = new Intl.DateTimeFormat('en-GB', {
  timeZone: LONDON, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short'
})
const clock = find('#clock')
const moment = find('#moment')

// What a clock in London shows at a moment, as if it were UTC.
function wallTime(moment) {
  const part = Object.fromEntries(inLondon.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second)
}

// The moment at which a clock in London shows this.
function fromWallTime(wall) {
  const ahead = (time) => wallTime(time) - Math.floor(time / 1000) * 1000
  const guess = wall - ahead(wall)
  return new Date(wall - ahead(guess))
}

function nextWeekday(weekday, hour, minute) {
  const now = Date.now()
  const today = new Date(wallTime(now))
  for (let ahead = (weekday - today.getUTCDay() + 7) % 7; ; ahead += 7) {
    const found = fromWallTime(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + ahead, hour, minute))
    if (found > now) return found
  }
}

function nextChristmas() {
  const year = new Date(wallTime(Date.now())).getUTCFullYear()
  const found = fromWallTime(Date.UTC(year, 11, 25, 12))
  return found > Date.now() ? found : fromWallTime(Date.UTC(year + 1, 11, 25, 12))
}

function otherTime() {
  const [, ...numbers] = moment.value.match(/^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/) || []
  if (!numbers.length || !moment.checkValidity()) return null
  const [year, month, day, hour, minute] = numbers.map(Number)
  return fromWallTime(Date.UTC(year, month - 1, day, hour, minute))
}

const TIMES = {
  now: () => new Date(),
  sunday: () => nextWeekday(0, 3, 0),
  christmas: nextChristmas,
  friday: () => nextWeekday(5, 16, 50),
  other: otherTime,
}

const clockTime = () => TIMES[clock.value]()
export const asIso = (time) => time.toISOString().replace(/\.\d+Z$/, '+00:00')

function tellClock() {
  const time = clockTime()
  find('#other-time').hidden = clock.value !== 'other'
  find('#told-time').textContent = time ? spoken.format(time) : 'Choose a date and a time, 2000 to 2099.'
}

clock.onchange = () => {
  if (clock.value === 'other' && !moment.value) moment.value = new Date(wallTime(Date.now())).toISOString().slice(0, 16)
  tellClock()
}
moment.oninput = tellClock
setInterval(tellClock, 20000)

// The moment to send, or null after saying what is missing.
export function chosenTime(say) {
  const time = clockTime()
  if (time) return time
  say('Choose a date and a time for the clock first.')
  moment.focus()
  return null
}

tellClock()
