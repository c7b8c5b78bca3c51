import { z } from 'zod'
import type { Api, Body, Operation, Reply } from './operation.ts'
import { refusalsOf, saysOf } from './refusals.ts'
import { schemaBook, type JsonSchema } from './schemas.ts'

type Book = ReturnType<typeof schemaBook>

/** A document as JSON. */
export interface OpenApi {
  openapi: string
  paths: Record<string, Record<string, JsonSchema>>
  components: { schemas: Record<string, JsonSchema> }
  [member: string]: unknown
}

/** The OpenAPI 3.1 document of an API that is reached at an address. */
export function documentOf(api: Api, { version, publicUrl }: { version: string; publicUrl: string }): OpenApi {
  const book = schemaBook(api)
  const paths: OpenApi['paths'] = {}
  for (const operation of api.operations) {
    const path = templateOf(operation.path)
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationIn(operation, api, book) }
  }
  return {
    openapi: '3.1.0',
    info: { title: api.title, version, description: api.description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: publicUrl }],
    tags: Object.entries(api.tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(book.components).toSorted(([one], [other]) => (one < other ? -1 : 1))),
      ...(api.operations.some(({ access }) => access !== 'public') ? { securitySchemes: api.keys } : {}),
    },
  }
}

/** `/payouts/:id` as OpenAPI spells it: `/payouts/{id}`. */
const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}')

function operationIn(operation: Operation, { keys, refusal }: Api, book: Book): JsonSchema {
  const { id, tag, summary, description, body, deprecated } = operation
  const parameters = parametersOf(operation, book)
  return {
    operationId: id, tags: [tag], summary, description: `${description}${scopeText(operation)}`, ...(deprecated ? { deprecated } : {}), security: securityOf(operation, keys),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: bodyIn(body, book) }),
    responses: responsesOf(operation, operation.refusal ?? refusal, book),
  }
}

/** What is answered, by status; one that is both a reply and a refusal has the forms of both. */
function responsesOf(operation: Operation, refusal: z.ZodType, book: Book): JsonSchema {
  const refusals: Record<string, JsonSchema> = Object.fromEntries(refusalsOf(operation).map((status) => [status, refusalIn(status, refusal, book)]))
  const replies = Object.entries(operation.replies).map(([status, reply]) => {
    const { content, ...more } = replyIn(reply, book)
    const forms = { ...(refusals[status]?.['content'] as JsonSchema | undefined), ...(content as JsonSchema | undefined) }
    return [status, { ...more, ...(Object.keys(forms).length === 0 ? {} : { content: forms }) }]
  })
  return { ...refusals, ...Object.fromEntries(replies) }
}

/** In words, because OpenAPI knows scopes of OAuth alone. */
function scopeText({ access, isKeyOptional }: Operation): string {
  if (access === 'public' || access === 'any key') return ''
  return `\n\n${isKeyOptional ? 'A key that comes along needs' : 'The key needs'} the scope \`${access}\`.`
}

/** No header is needed for a key that may stand in the body; of bodies OpenAPI's schemes know nothing. */
function securityOf({ access, isKeyOptional, isKeyInBody }: Operation, keys: Api['keys']): JsonSchema[] {
  if (access === 'public') return []
  const key = Object.fromEntries(Object.keys(keys).map((name) => [name, []]))
  return isKeyOptional || isKeyInBody ? [{}, key] : [key]
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 255 },
  description: 'The same key and body get the first answer again, for a week; the same key with another body is refused with 422.',
}

function parametersOf({ path, params = {}, query, once }: Operation, book: Book): JsonSchema[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => parameter({ name, in: 'path', required: true }, params[name] ?? z.string(), book))
  const inQuery = Object.entries<z.ZodType>(query?.shape ?? {}).map(([name, schema]) => {
    const { success: isOptional, data: absent } = schema.safeParse(undefined)
    return parameter({ name, in: 'query', required: !isOptional, ...(absent === undefined ? {} : { default: absent }) }, schema, book)
  })
  return [...inPath, ...inQuery, ...(once ? [IDEMPOTENCY_KEY] : [])]
}

/** What a schema says of itself belongs to the parameter. */
function parameter({ default: value, ...about }: JsonSchema, schema: z.ZodType, book: Book): JsonSchema {
  const { description, ...json } = book.of(schema, 'input')
  return { ...about, ...(description === undefined ? {} : { description }), schema: { ...json, ...(value === undefined ? {} : { default: value }) } }
}

const JSON_TYPE = 'application/json'

const bodyIn = ({ schema, type = JSON_TYPE, isOptional, example }: Body, book: Book): JsonSchema =>
  ({ required: !isOptional, content: { [type]: { schema: book.of(schema, 'input'), ...(example === undefined ? {} : { example }) } } })

function replyIn({ description, schema, type, example, headers = {} }: Reply, book: Book): JsonSchema {
  const form = { schema: schema === undefined ? { type: 'string' } : book.of(schema, 'output'), ...(example === undefined ? {} : { example }) }
  const types = schema === undefined && type === undefined ? [] : [type ?? JSON_TYPE].flat()
  return {
    description,
    ...(Object.keys(headers).length === 0 ? {} : { headers: Object.fromEntries(Object.entries(headers).map(([name, says]) => [name, { description: says, schema: { type: 'string' } }])) }),
    ...(types.length === 0 ? {} : { content: Object.fromEntries(types.map((one) => [one, form])) }),
  }
}

const RETRY_AFTER = { 'Retry-After': 'Seconds after which the same call may be tried again.' }

const refusalIn = (status: number, schema: z.ZodType, book: Book): JsonSchema => replyIn({ description: saysOf(status), schema, ...([429, 503].includes(status) ? { headers: RETRY_AFTER } : {}) }, book)
