// The labels with their meaning in plain words, as the labelling guide has them (meanings.json).
import { ask, words } from './basics.js'

const TIMEOUT_MS = 10000
export const MEANINGS = await ask('/workbench/meanings.json', undefined, TIMEOUT_MS).catch(() => ({}))
export const ONE_OF = ['scope', 'who', 'gender', 'area']
export const ANY_OF = ['abuse', 'needs']
export const FLAGS = { lgbt: 'LGBT+', danger_over: 'danger is over', danger_in_context: 'danger after what was told' }

const NAMES = { mk: 'Milton Keynes', self_harm: 'self-harm', out_of_scope: 'something else', smalltalk: 'small talk', lgbt: 'LGBT+', fgm: 'FGM', none: 'nobody' }
const URGENCIES = { immediate: 'Danger now', check: 'Perhaps danger', none: 'No danger' }

export const title = (label) => MEANINGS[label]?.title || words(label)
export const values = (label) => Object.entries(MEANINGS[label]?.values || {})
export const nameOf = (label, value) => (label === 'urgency' ? URGENCIES[value] : value === 'none' && label !== 'who' ? 'none' : NAMES[value] || words(value))
