import { expect, test } from 'vitest'
import { call, startCollector } from '../../helpers/collector.ts'
import { golden, goldenNames } from '../../helpers/golden.ts'
import { LIBRARY, spoilt } from '../../helpers/odd-values.ts'
import { headersOf } from './shop.ts'

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
      if (!isRight || LIBRARY.test(told) || /undefined|NaN/.test(told)) wrong.push(`${path} ${text.slice(0, 200)}: ${status} ${told.slice(0, 200)}`)
    }
  }
  expect(wrong).toEqual([])
  expect(sent).toBeGreaterThan(1000)
}, 120_000)
