import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Operation } from '../../collector/reference/operation.ts'
import { refusalsOf } from '../../collector/reference/refusals.ts'

const GET: Operation = { method: 'GET', path: '/', id: 'get', tag: 'T', summary: 'S', description: 'D.', access: 'public', replies: {} }
const POST: Operation = { ...GET, method: 'POST', access: 'conversions', body: { schema: z.object({}) } }

test.each<[string, Operation, number[]]>([
  ['a public call fails on our side alone', GET, [500]],
  ['any key is enough, but must be one', { ...GET, access: 'any key' }, [401, 429, 500]],
  ['a scope may be missing', { ...GET, access: 'reports' }, [401, 403, 429, 500]],
  ['a key that may be left out must be right where it is not', { ...GET, access: 'tracking', isKeyOptional: true }, [401, 403, 429, 500]],
  ['an address can be wrong', { ...GET, query: z.object({}) }, [400, 500]],
  ['a body can be wrong or too large, and a database read-only', POST, [400, 401, 403, 413, 429, 500, 503]],
  ['an Idempotency-Key can be in use, or used up', { ...POST, once: true }, [400, 401, 403, 409, 413, 422, 429, 500, 503]],
  ['what it says of itself comes along, once', { ...GET, refuses: [404, 500] }, [404, 500]],
  ['what is never answered is left out', { ...POST, once: true, never: [409] }, [400, 401, 403, 413, 422, 429, 500, 503]],
])('%s', (_what, operation, statuses) => {
  expect(refusalsOf(operation)).toEqual(statuses)
})
