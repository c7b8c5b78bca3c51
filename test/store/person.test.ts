import { expect, test } from 'vitest'
import { call, NOON_MS, startCollector, uuidAt, visitBody } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'

test('a text that a visit brings while it is looked for stays', async () => {
  const shop = await startCollector()
  const { store, merchantId } = shop
  const texts = (): string[] => rowsOf<{ text: string }>(shop, "select text from texts where text like '%page%' order by 1").map(({ text }) => text)
  const arrive = (page: string) => call(shop, '/r/visit', { body: visitBody(shop, { session: uuidAt(NOON_MS), url: `https://www.shop.example/${page}?ref=ana` }) })
  for (const page of ['page-1', 'page-2']) await arrive(page)
  const ids = rowsOf<{ id: number }>(shop, "select id from texts where text like '%page%'").map(({ id }) => id)
  expect(await store.read('unusedTexts', { merchantId, ids })).toEqual({ unused: [], upTo: 2 })
  // As if the visits had been erased, and then one of the pages is visited again before the texts go.
  const found = { unused: ids, upTo: 2 }
  await arrive('page-2')
  await store.decide('nothing', { merchantId }, () => ({ entries: [{ kind: 'texts_forgotten', merchantId, ids: found.unused, upTo: found.upTo }], result: undefined }))
  expect(texts()).toEqual(['www.shop.example/page-2'])
})

test('the log is emptied, and who reads on in it is told of', { timeout: 20_000 }, async () => {
  const shop = await startCollector()
  expect(await shop.store.scrub()).toBe(true)
  await call(shop, '/r/visit', { body: visitBody(shop) })
  const scrubbed = await shop.store.snapshot(async (book) => {
    await book.read('lastNumber', { merchantId: shop.merchantId })
    await call(shop, '/r/visit', { body: visitBody(shop) })
    return shop.store.scrub()
  })
  expect(scrubbed).toBe(false)
  expect(await shop.store.scrub()).toBe(true)
})
