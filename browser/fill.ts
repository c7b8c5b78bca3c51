import { fill } from './config.ts'
import { readSession } from './session.ts'

let filled: string | undefined

/** Writes the session into the fields that the tag names, so that a form hands it to the shop's server; empties them when the visitor was forgotten. */
export const fillFields = (): void => {
  try {
    const session = readSession()
    if (fill && (filled ||= session)) document.querySelectorAll<HTMLInputElement>(fill).forEach((field) => (field.value = session ?? ''))
  } catch {
    // No selector, or none that can be read.
  }
}
