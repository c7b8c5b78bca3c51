import { z } from 'zod'

export type JsonSchema = Record<string, unknown>
type Direction = 'input' | 'output'

/** Formats that say enough without the pattern that zod gives with them. */
const TELLING = ['date', 'date-time', 'uuid', 'uri']
const SAFE = Number.MAX_SAFE_INTEGER

/**
 * The JSON Schemas of one document, made of the zod schemas that validate: a named one becomes a component at its first
 * use, and is referred to from then on.
 */
export function schemaBook({ sent, answered }: { sent: object; answered: object }) {
  const names = new Map([...namesIn(sent, 'input'), ...namesIn(answered, 'output')])
  const components: Record<string, JsonSchema> = {}

  /** The schema as it stands on the wire; `direction` tells what is sent from what is answered, where no name does. */
  function of(schema: z.ZodType, direction: Direction): JsonSchema {
    const named = names.get(schema)
    if (named === undefined) return made(schema, direction)
    if (components[named.name] === undefined) {
      // Before it is made, so that one that holds itself comes to an end.
      components[named.name] = {}
      components[named.name] = made(schema, named.direction)
    }
    return { $ref: `#/components/schemas/${named.name}` }
  }

  function made(root: z.ZodType, io: Direction): JsonSchema {
    const { $schema: _, ...json } = z.toJSONSchema(root, {
      io, target: 'draft-2020-12', unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const schema = zodSchema as unknown as z.ZodType
        if (schema !== root && names.has(schema)) replace(jsonSchema, of(schema, io))
        else tidy(schema, jsonSchema)
      },
    })
    return json
  }

  return { of, components }
}

const namesIn = (module: object, direction: Direction): [z.ZodType, { name: string; direction: Direction }][] =>
  Object.entries(module).flatMap(([name, value]) => (value instanceof z.ZodType ? [[value, { name, direction }]] : []))

function replace(json: JsonSchema, by: JsonSchema): void {
  for (const key of Object.keys(json)) delete json[key]
  Object.assign(json, by)
}

/** Takes out what says nothing to a reader; throws for a pattern that would say something else than what validates. */
function tidy({ _zod: { bag } }: z.ZodType, json: JsonSchema): void {
  if (json['type'] !== 'string' || TELLING.includes(String(json['format']))) delete json['pattern']
  const flagged = [...((bag['patterns'] ?? []) as Iterable<RegExp>)].find(({ flags }) => flags.includes('i'))
  if (flagged !== undefined && json['pattern'] === flagged.source) throw new Error(`JSON Schema knows no flags: write ${String(flagged)} with both cases`)
  if (json['minimum'] === -SAFE) delete json['minimum']
  if (json['maximum'] === SAFE) delete json['maximum']
}
