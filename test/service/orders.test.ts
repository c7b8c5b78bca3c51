import { expect, test } from 'vitest'
import { record } from '../helpers/book.ts'
import { HOUR_MS, NOON_MS, startCollector } from '../helpers/collector.ts'
import { refusedUse } from '../helpers/rows.ts'

const iso = (atMs: number): string => new Date(atMs).toISOString()

test.each([['of an hour ago', NOON_MS - HOUR_MS], ['of this very millisecond', NOON_MS]])('an order %s is kept with its time', async (_when, atMs) => {
  const { order } = await record(await startCollector(), { order: 'o-1', at: iso(atMs) })
  expect([order.occurredAtMs, order.receivedAtMs]).toEqual([atMs, NOON_MS])
})

test.each([['in a millisecond', NOON_MS + 1], ['in a thousand years', Date.UTC(2999, 0)]])('an order that is to be placed %s is refused, not moved', async (_when, atMs) => {
  const shop = await startCollector()
  expect(await refusedUse(shop, () => record(shop, { order: 'o-1', at: iso(atMs) }))).toEqual({ code: 'INVALID', fields: ['at'], message: 'at: must not be in the future', written: [] })
})
