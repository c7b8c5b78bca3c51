/** Texts numbered as they are met, so that columns hold small integers. */
export interface Numbering {
  of: (text: string) => number
  /** -1 for a text that was never met. */
  find: (text: string) => number
  texts: string[]
}

export function numbering(first: string[] = []): Numbering {
  const texts = [...first]
  const numbers = new Map(texts.map((text, number) => [text, number]))
  return {
    texts,
    of(text) {
      const held = numbers.get(text)
      if (held !== undefined) return held
      numbers.set(text, texts.length)
      texts.push(text)
      return texts.length - 1
    },
    find: (text) => numbers.get(text) ?? -1,
  }
}

/** Amounts and instants, which are more than 32 bits. */
export const columnOf = (values: number[]): Float64Array => Float64Array.from(values)
