import { expect, test } from 'vitest'
import { call, startCollector } from '../../helpers/collector.ts'
import { golden, goldenNames } from '../../helpers/golden.ts'
import { headersOf } from './shop.ts'

/** JSON of what nobody should send. */
const ODD = ['null', 'true', '0', '-1', '1e999', '0.1', '""', '" "', '"x"', '"\\u0000"', '"\\ud800"', '[]', '[null]', '[[]]', '{}', '{"a":1}', `"${'x'.repeat(300)}"`]

/** The body with each of its members, and each member of its first elements, in turn replaced. */
function* spoilt(value: unknown): Generator<string> {
  const entries = Array.isArray(value) ? value.slice(0, 1).map((one, index): [string, unknown] => [String(index), one]) : Object.entries(value as object)
  const replacing = (name: string, text: string): string => (Array.isArray(value) ? `[${text}]` : `{${Object.entries(value as object).map(([key, held]) => `${JSON.stringify(key)}:${key === name ? text : JSON.stringify(held)}`).join(',')}}`)
  for (const [name, held] of entries) {
    for (const odd of ODD) yield replacing(name, odd)
    if (typeof held === 'object' && held !== null) for (const inner of spoilt(held)) yield replacing(name, inner)
  }
}

test('whatever stands in a field, the answer is a documented one, in words of ours', async () => {
  const shop = await startCollector()
  const named = goldenNames('refersion').filter((name) => !name.includes('error') && !/check-account|again|rest|default/.test(name))
  const wrong: string[] = []
  let sent = 0
  for (const name of named) {
    const { request: { path, body } } = golden('refersion', name)
    for (const text of spoilt(body)) {
      if (text.includes('{{')) continue
      sent += 1
      const { status, body: reply, text: told } = await call(shop, path, { headers: headersOf(shop.keys.refersion), body: text })
      const isRight = status === 200 ? !('error' in reply || 'errors' in reply) : status === 400 ? typeof reply['error'] === 'string' : status === 422 && Array.isArray(reply['errors']) && reply['errors'].length > 0
      if (!isRight || /JsonNumber|undefined|Invalid input|NaN|\.ts\b/.test(told)) wrong.push(`${path} ${text.slice(0, 200)}: ${status} ${told.slice(0, 200)}`)
    }
  }
  expect(wrong).toEqual([])
  expect(sent).toBeGreaterThan(1000)
}, 120_000)
