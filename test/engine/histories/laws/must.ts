/** A law that did not hold. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

/** Says which law is broken; faster than an assertion library, for laws are asked thousands of times a history. */
export function must(holds: boolean, law: string, about?: () => unknown): asserts holds {
  if (!holds) throw new Broken(about === undefined ? law : `${law}: ${JSON.stringify(about(), (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value instanceof Map ? [...value] : value))}`)
}
