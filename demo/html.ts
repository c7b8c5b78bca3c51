/** Markup that is already safe to send. Only `html` makes it. */
export class Html {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

export type Value = Html | string | number | false | null | undefined | readonly Value[]

/**
 * A template whose every value is escaped, in text and in quoted attributes alike.
 *
 * Markup goes in unescaped only when it came out of `html` itself, so a page cannot forget to
 * escape: there is no other way in. Lists are joined, and what is absent leaves nothing behind.
 */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(strings.map((string, index) => string + render(values[index])).join(''))
}

function render(value: Value): string {
  if (value === undefined || value === null || value === false) return ''
  if (value instanceof Html) return value.toString()
  if (typeof value === 'object') return value.map(render).join('')
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
