// Labels to be picked in a form, each with its meaning, and labels told in words.
import { el } from './basics.js'
import { ANY_OF, FLAGS, nameOf, title, values } from './meanings.js'

// One group of choices; `form` sets its ids and names apart from those of other forms.
export function choices(form, label, type, shown, onchange, offered = values(label)) {
  const group = el('fieldset', {}, el('legend', {}, title(label)))
  for (const [value, meaning] of offered) {
    const id = `${form}-${label}-${value}`
    const field = el('input', { type, name: `${form}-${label}`, id, value, 'aria-describedby': `${id}-means` })
    field.checked = shown.includes(value)
    field.onchange = onchange
    group.append(el('div', { class: 'pick' }, field, el('label', { for: id }, label === 'flags' ? FLAGS[value] : nameOf(label, value)), el('span', { class: 'soft', id: `${id}-means` }, meaning)))
  }
  return group
}

export const pickedIn = (form, label) => [...document.querySelectorAll(`[name="${form}-${label}"]:checked`)].map((field) => field.value)

// The labels of one message, as a file has them: what goes without saying may be left out.
export function inWords(labels) {
  const facts = [nameOf('scope', labels.scope), `written by: ${nameOf('who', labels.who)}`]
  if (labels.urgency === 'immediate') facts.push('danger now')
  for (const label of ANY_OF) facts.push(...(labels[label] || []).map((value) => nameOf(label, value)))
  for (const label of ['gender', 'area']) if ((labels[label] || 'unknown') !== 'unknown') facts.push(nameOf(label, labels[label]))
  for (const flag of Object.keys(FLAGS)) if (labels[flag]) facts.push(FLAGS[flag])
  return facts.join(', ')
}
