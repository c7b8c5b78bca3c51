/** Longer questions are not worth keeping. */
const CHARS = 300
/** Answers that are kept before it starts anew, so that made-up questions fill no memory. */
const ANSWERS = 5_000

/** A look-up whose questions repeat, such as hosts and browsers: each is answered once. */
export function remembered<T extends object | boolean | string | null>(find: (question: string) => T): (question: string) => T {
  const known = new Map<string, T>()
  return (question) => {
    const held = known.get(question)
    if (held !== undefined) return held
    if (known.size >= ANSWERS) known.clear()
    const found = find(question)
    if (question.length <= CHARS) known.set(question, found)
    return found
  }
}

/** The same of something that is replaced as a whole when it changes, such as settings: its answers go with it. */
export function rememberedOf<K extends object, T extends object | boolean | string | null>(find: (of: K, question: string) => T): (of: K, question: string) => T {
  const finders = new WeakMap<K, (question: string) => T>()
  return (of, question) => {
    let finder = finders.get(of)
    if (finder === undefined) {
      finder = remembered((asked) => find(of, asked))
      finders.set(of, finder)
    }
    return finder(question)
  }
}
