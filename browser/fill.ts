import { fill } from './config.ts'
import { readSession } from './session.ts'

/** Writes the session into the fields that the tag names, so that a form hands it to the shop's server. */
export const fillFields = (): void => {
  const session = readSession()
  if (fill && session) document.querySelectorAll<HTMLInputElement>(fill).forEach((field) => (field.value = session))
}
