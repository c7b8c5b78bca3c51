import { expect, test } from 'vitest'
import { termsOf } from '../../shared/engine/settings.ts'
import { HOUR_MS, NOON_MS, startCollector } from '../helpers/collector.ts'
import { refusedUse } from '../helpers/rows.ts'

test('a merchant begins with the last click, links before coupons, and the time zone of the set-up', async () => {
  const { services } = await startCollector()
  expect(services.merchants.show()).toEqual({ id: 1, name: 'Shop', currency: 'EUR', sites: ['shop.example'], timezone: 'UTC', model: 'last_click', couponFirst: false, poolDevices: false })
})

test('a change counts from its own millisecond and leaves the rest', async () => {
  const { services, store, clock, merchantId } = await startCollector()
  clock.nowMs += HOUR_MS
  expect(await services.merchants.update({ timezone: 'Asia/Kathmandu', couponFirst: true })).toMatchObject({ timezone: 'Asia/Kathmandu', model: 'last_click', couponFirst: true })
  clock.nowMs += HOUR_MS
  await services.merchants.update({ model: 'time_decay', poolDevices: true, couponFirst: false })
  const settings = store.directory().merchants.get(merchantId)
  const at = (atMs: number) => settings && termsOf(settings, atMs)
  expect(at(NOON_MS + HOUR_MS - 1)).toMatchObject({ version: 1, value: { timezone: 'UTC', couponFirst: false } })
  expect(at(NOON_MS + HOUR_MS)).toMatchObject({ version: 2, value: { timezone: 'Asia/Kathmandu', couponFirst: true, model: 'last_click' } })
  expect(at(NOON_MS + 2 * HOUR_MS)).toMatchObject({ version: 3, value: { timezone: 'Asia/Kathmandu', couponFirst: false, model: 'time_decay', poolDevices: true } })
})

test('of several merchants one must be named, and only that one changes', async () => {
  const collector = await startCollector()
  await collector.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'USD', timezone: 'UTC' })
  expect(await refusedUse(collector, () => collector.services.merchants.update({ model: 'linear' }))).toMatchObject({ code: 'INVALID', fields: ['merchant'], written: [] })
  expect(await collector.services.merchants.update({ model: 'linear' }, 2)).toMatchObject({ id: 2, currency: 'USD', model: 'linear' })
  expect(collector.services.merchants.show(1).model).toBe('last_click')
})
