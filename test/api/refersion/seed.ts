import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'

interface Media { content?: { 'application/json': { schema: object } } }
interface Operation { post: { requestBody?: Media & { required?: boolean }; responses: Record<string, Media | { $ref: string }> } }
/** The shapes of the vendor's document, without its sentences. */
export const seed = JSON.parse(readFileSync(join(import.meta.dirname, 'openapi.json'), 'utf8')) as { components: { responses: Record<string, Media> }; paths: Record<string, Operation> }

const ajv = new Ajv({ strict: false, allErrors: true })
ajv.addSchema({ $id: 'seed', ...seed })
const compiled = (schema: object): ValidateFunction => ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"seed#/components/')) as object)

const operationOf = (path: string): Operation['post'] => {
  const found = seed.paths[path.replace(/^\/v2/, '')]
  if (found === undefined) throw new Error(`the seed has no ${path}`)
  return found.post
}

/** What the seed holds against a request; nothing when it fits. */
export function requestFaults(path: string, body: unknown): string[] {
  const schema = operationOf(path).requestBody?.content?.['application/json'].schema
  return schema === undefined ? [] : faultsOf(compiled(schema), body)
}

/** What it holds against a reply: of a status that it does not know, that. */
export function replyFaults(path: string, status: number, body: unknown): string[] {
  const documented = operationOf(path).responses[String(status)]
  if (documented === undefined) return [`the seed has no ${status} for ${path}`]
  const media = '$ref' in documented ? seed.components.responses[documented.$ref.split('/').at(-1) ?? ''] : documented
  const schema = media?.content?.['application/json'].schema
  return schema === undefined ? [] : faultsOf(compiled(schema), body)
}

function faultsOf(validate: ValidateFunction, value: unknown): string[] {
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message ?? ''}`)
}
