import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { z } from 'zod'
import { APIS } from '../../collector/reference/apis.ts'
import { documentOf, type OpenApi } from '../../collector/reference/document.ts'
import type { Api, Operation } from '../../collector/reference/operation.ts'

/** One call and its answer, as they went over the wire. */
export interface Exchange {
  method: string
  path: string
  headers: IncomingHttpHeaders
  sent: Buffer
  status: number
  answered: Buffer
  answerHeaders: OutgoingHttpHeaders
}

const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
// As lenient as the addresses that are taken: browsers send what is no RFC 3986.
ajv.addFormat('uri', (text: string) => URL.canParse(text))
ajv.addFormat('int64', true)

/** An API with its document and what finds its operations. */
interface Told {
  api: Api
  document: OpenApi
  find: (method: string, path: string) => Operation | undefined
}
const told = new Map(APIS.map((api): [string, () => Told] => [api.name, lazily(() => toldOf(api))]))

function toldOf(api: Api): Told {
  const document = documentOf(api, { version: '0', publicUrl: 'http://localhost' })
  ajv.addSchema(document, api.name)
  ajv.addSchema(z.toJSONSchema(api.refusal, { target: 'draft-2020-12' }), refusalOf(api.name))
  // Where two match, the one with fewer names in its path is meant.
  const known = api.operations.toSorted((one, other) => namesIn(one) - namesIn(other)).map((operation) => ({ operation, pattern: patternOf(operation.path) }))
  return { api, document, find: (method, path) => known.find(({ operation, pattern }) => operation.method === method && pattern.test(path))?.operation }
}

/** Where to find how an API refuses what none of its operations is. */
const refusalOf = (name: string): string => `${name}-refusal`

const namesIn = ({ path }: Operation): number => path.split(':').length

/** As the router reads a path: in any case, and with a slash at the end or none. */
const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/:\w+/g, '[^/]+')}/?$`, 'i')

/** What of an exchange is not as the documents say, in a line each; of the APIs that it may be of, the first that knows it is meant. */
export function problemsOf(names: [string, ...string[]], exchange: Exchange): string[] {
  const { method, path, status } = exchange
  const asked = method === 'HEAD' ? 'GET' : method
  const { api, find } = names.map(toldBy).find((one) => one.find(asked, path) !== undefined) ?? toldBy(names[0])
  const operation = find(asked, path)
  const problems = operation === undefined ? strayProblems(api, exchange) : [...replyProblems(api, operation, exchange), ...bodyProblems(api, operation, exchange)]
  return problems.map((problem) => `${api.name}: ${method} ${path.slice(0, 100)} ${status}: ${problem}`)
}

const toldBy = (name: string): Told => told.get(name)?.() ?? unknown(name)
const unknown = (name: string): never => {
  throw new Error(`no API is called ${name}`)
}

/** A call that no document knows: a preflight, or a 404 in the dialect's words. */
function strayProblems({ name }: Api, exchange: Exchange): string[] {
  const { method, status } = exchange
  if (method === 'OPTIONS' && status === 204) return []
  return status === 404 ? bodyMatches(exchange, refusalOf(name)) : ['is no operation of the document']
}

function replyProblems(api: Api, operation: Operation, exchange: Exchange): string[] {
  const { status, answered, method } = exchange
  const pointer = pointerOf(operation)
  const reply = at(api, [...pointer, 'responses', String(status)]) as { content?: Record<string, unknown> } | undefined
  if (reply === undefined) return ['the document knows no such status']
  if (reply.content === undefined) return answered.length === 0 ? [] : ['the document knows no body']
  const type = typeOf(exchange.answerHeaders['content-type'])
  if (reply.content[type] === undefined) return [`answers ${type || 'no type'}, and the document says ${Object.keys(reply.content).join(', ')}`]
  if (type !== 'application/json' || method === 'HEAD') return []
  return bodyMatches(exchange, `${api.name}#${jsonPointer([...pointer, 'responses', String(status), 'content', type, 'schema'])}`)
}

/** What was taken must be what may be sent. */
function bodyProblems(api: Api, operation: Operation, { sent, status }: Exchange): string[] {
  if (status >= 300 || sent.length === 0) return []
  const pointer = [...pointerOf(operation), 'requestBody', 'content']
  const content = at(api, pointer) as Record<string, unknown> | undefined
  if (content === undefined) return []
  const [type = ''] = Object.keys(content)
  if (type !== 'application/json') return []
  const body = parsed(sent)
  return body === undefined ? ['took a body that is no JSON'] : matches(body.value, `${api.name}#${jsonPointer([...pointer, type, 'schema'])}`).map((problem) => `took a body that ${problem}`)
}

const typeOf = (header: unknown): string => String(header ?? '').split(';')[0] ?? ''
const pointerOf = ({ path, method }: Operation): string[] => ['paths', path.replaceAll(/:(\w+)/g, '{$1}'), method.toLowerCase()]
const jsonPointer = (steps: string[]): string => steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')
const at = ({ name }: Api, steps: string[]): unknown => steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], told.get(name)?.().document)

function bodyMatches({ answered, answerHeaders, method }: Exchange, schema: string): string[] {
  if (method === 'HEAD') return []
  const bytes = answerHeaders['content-encoding'] === 'gzip' ? gunzipSync(answered) : answered
  const body = parsed(bytes)
  return body === undefined ? ['answers what is no JSON'] : matches(body.value, schema)
}

/** What JSON says; undefined for what is none. */
function parsed(bytes: Buffer): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(bytes.toString()) }
  } catch {
    return undefined
  }
}

const compiled = new Map<string, ValidateFunction>()
function matches(value: unknown, schema: string): string[] {
  const validate = compiled.get(schema) ?? ajv.compile({ $ref: schema })
  compiled.set(schema, validate)
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath || 'it'} ${message ?? ''} ${JSON.stringify(params)}`)
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}
