import { describe, expect, test } from 'vitest'
import { verify } from '../../collector/service/verify.ts'
import { record, shopOfThree, type Shop } from '../helpers/book.ts'
import { HOUR_MS } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'

/** A shop whose renewals pay for life, and whose customer's first order nobody won. */
async function subscribed(): Promise<Shop> {
  const shop = await shopOfThree()
  await shop.services.campaigns.update(shop.campaignId, { recurring: 'life' })
  shop.clock.nowMs += HOUR_MS
  await pay(shop, 'u1', 'unknown')
  shop.clock.nowMs += HOUR_MS
  await pay(shop, 'u2', 'ben')
  shop.clock.nowMs += HOUR_MS
  return shop
}
const pay = (shop: Shop, order: string, code: string) => record(shop, { order, codes: [code], subscription: 'sub-1' })

/** In which order they were judged, by what, and whom they pay. */
const receiptsOf = (shop: Shop): string[] =>
  rowsOf<{ what: string }>(shop, `
    select c.external_id || ' ' || json_extract(r.inputs, '$.kind') || ' ' || coalesce((select json_extract(a.value, '$.firstName') from affiliate_profiles a where a.affiliate_id = json_extract(r.outcome, '$.earnings[0].affiliateId')), 'nobody') as what
    from receipts r join conversions c on c.id = r.conversion_id order by r.n`).map(({ what }) => what)

describe('a first order that is won only after later ones were paid', () => {
  test.each([['in the same millisecond', 0], ['a millisecond later', 1], ['once the clock was set back', -3 * HOUR_MS / 2], ['once it was set back by more than all of it', -4 * HOUR_MS]])('%s', async (_when, laterMs) => {
    const shop = await subscribed()
    await pay(shop, 'u3', 'ana')
    shop.clock.nowMs += laterMs
    await pay(shop, 'u1', 'Cleo')
    expect(receiptsOf(shop)).toEqual(['u1 contest nobody', 'u2 contest Ben', 'u3 renewal Ben', 'u1 contest Cleo'])
    expect((await verify(shop)).problems).toEqual([])
    // From then on it is the first one.
    shop.clock.nowMs += 5 * HOUR_MS
    await pay(shop, 'u4', 'ana')
    expect(receiptsOf(shop).at(-1)).toBe('u4 renewal Cleo')
    expect((await verify(shop)).problems).toEqual([])
  })
})

test('one that was judged on its own in the very millisecond in which another was won is no later payment, and one after it is', async () => {
  const shop = await subscribed()
  await pay(shop, 'u1', 'Cleo')
  await pay(shop, 'u3', 'ana')
  expect(receiptsOf(shop).slice(2)).toEqual(['u1 contest Cleo', 'u3 renewal Cleo'])
  expect((await verify(shop)).problems).toEqual([])
})
