import { expect, test } from 'vitest'
import { call, startCollector, visitBody } from '../helpers/collector.ts'
import { golden, goldenNames } from '../helpers/golden.ts'
import { LIBRARY, spoilt } from '../helpers/odd-values.ts'
import { headersOf } from './refersion/shop.ts'

test.each(['refcampaign', 'refgrow'] as const)('whatever stands in a field of %s, no reply speaks of our types, and none breaks off', async (dialect) => {
  const shop = await startCollector()
  const wrong: string[] = []
  const known = new Set<string>()
  for (const name of goldenNames(dialect)) {
    const { request: { method, path, body } } = golden(dialect, name)
    const what = `${method} ${path} ${JSON.stringify(Object.keys(body ?? {}))}`
    if (body === undefined || known.has(what)) continue
    known.add(what)
    for (const text of spoilt(body)) {
      const { status, text: told } = await call(shop, path.replaceAll(/\{\{\w+\}\}/g, '1'), { method, key: shop.keys[dialect], body: text })
      if (status >= 500 || LIBRARY.test(told)) wrong.push(`${method} ${path} ${text.slice(0, 200)}: ${status} ${told.slice(0, 200)}`)
    }
  }
  expect(wrong).toEqual([])
  expect(known.size).toBeGreaterThan(5)
}, 120_000)

test('nor does a call of the script', async () => {
  const shop = await startCollector()
  const visit: Record<string, unknown> = { ...visitBody(shop, { code: 'ana' }), referrer: 'https://www.example.org/', ageMs: 1, adopted: false, days: 30 }
  const calls: [string, object][] = [['/r/visit', visit], ['/r/identify', { session: visit['session'], emailHash: 'a'.repeat(64), url: visit['url'] }], ['/r/cart', { session: visit['session'], cart: 'c-1', url: visit['url'] }]]
  const replies = await Promise.all(calls.flatMap(([path, body]) => [...spoilt(body)].map(async (text) => ({ path, sent: text, ...await call(shop, path, { body: text }) }))))
  expect(replies.filter(({ status, text }) => status >= 500 || LIBRARY.test(text)).map(({ path, sent, text }) => [path, sent, text])).toEqual([])
  expect((await call(shop, '/r/cart', { body: { session: {}, cart: 'c-1', url: visit['url'] } })).text).toMatch(/session: must be a UUID/)
})

test('what is too long says how long it may be', async () => {
  const shop = await startCollector()
  const search = await call(shop, '/v2/affiliate/search', { headers: headersOf(shop.keys.refersion), body: { keyword: 'x'.repeat(300) } })
  expect([search.status, search.body['errors']]).toEqual([422, ['Value exceed the char limit', 'keyword: must be at most 254 characters']])
  expect((await call(shop, '/v1/affiliates', { key: shop.keys.refgrow, body: { email: 'mira@partners.example', name: 'x'.repeat(201) } })).text).toMatch(/name.*must be at most 200 characters/)
})
