/** JSON of what nobody should send. */
const ODD = ['null', 'true', '0', '-1', '1e999', '0.1', '""', '" "', '"x"', '"\\u0000"', '"\\ud800"', '[]', '[null]', '[[]]', '{}', '{"a":1}', `"${'x'.repeat(300)}"`]

/** The body with each of its members, and each member of its first elements, in turn replaced. */
export function* spoilt(value: unknown): Generator<string> {
  const entries = Array.isArray(value) ? value.slice(0, 1).map((one, index): [string, unknown] => [String(index), one]) : Object.entries(value as object)
  const replacing = (name: string, text: string): string => (Array.isArray(value) ? `[${text}]` : `{${Object.entries(value as object).map(([key, held]) => `${JSON.stringify(key)}:${key === name ? text : JSON.stringify(held)}`).join(',')}}`)
  for (const [name, held] of entries) {
    for (const odd of ODD) yield replacing(name, odd)
    if (typeof held === 'object' && held !== null) for (const inner of spoilt(held)) yield replacing(name, inner)
  }
}

/** How a library would speak of its own types. */
export const LIBRARY = /expected (string|number|object|array|boolean)|Invalid (input|key|option|element|UUID)|Too (big|small)|JsonNumber|\.ts\b/
