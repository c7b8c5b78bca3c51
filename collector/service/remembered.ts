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
