// One answered message, and how near it stands to the thresholds of danger.
export function readTurn(text, time, reply) {
  const custom = reply.find((message) => message.custom)?.custom || {}
  const understood = custom.understood || {}
  const reading = understood.reading || {}
  return {
    text, time, reply, custom, understood,
    situation: understood.situation || {},
    chances: reading.confidence || {},
    danger: reading.confidence?.['danger:yes'],
    raisedBy: reading.raised_by || [],
    dangerWords: understood.danger_words || [],
    thresholds: reading.thresholds,
    urgency: custom.urgency || 'none',
    lines: custom.lines || [],
  }
}

// Each reading brings them along; until the first answer nothing is known.
export const thresholds = { check: { value: 0.05 }, immediate: { value: 0.5 } }

export function takeThresholds(turn) {
  for (const name of Object.keys(thresholds)) if (turn.thresholds?.[name] !== undefined) thresholds[name].value = turn.thresholds[name]
}

const logOdds = (chance) => {
  const inside = Math.min(Math.max(chance, 0.0005), 0.9995)
  return Math.log(inside / (1 - inside))
}

// The nearest threshold and how far away it is, in log-odds; Infinity where the message has no probability.
export function nearest(turn) {
  if (turn.danger === undefined) return { distance: Infinity }
  return Object.entries(thresholds)
    .map(([name, { value }]) => ({ name, value, distance: Math.abs(logOdds(turn.danger) - logOdds(value)) }))
    .reduce((best, one) => (one.distance < best.distance ? one : best))
}
