import { expect, test } from 'vitest'
import { verify } from '../../../collector/service/verify.ts'
import { record } from '../../helpers/book.ts'
import { HOUR_MS, openTestCollector, startCollector } from '../../helpers/collector.ts'
import { exchange, golden, goldenNames, type Known, type Sent } from '../../helpers/golden.ts'

type Started = Awaited<ReturnType<typeof startCollector>>
const driven = new Set<string>()

async function drive(collector: { api: string }, { names, known, key }: { names: string[]; known: Known; key: string }): Promise<Sent[]> {
  const sent: Sent[] = []
  for (const name of names) {
    driven.add(name)
    sent.push(await exchange(collector, { dialect: 'refgrow', name }, known, golden('refgrow', name).request.headers?.['authorization'] === undefined ? { authorization: `Bearer ${key}` } : {}))
  }
  return sent
}

async function keyOf({ services }: Started, scopes: Parameters<Started['services']['keys']['create']>[0]['scopes']): Promise<string> {
  const made = await services.keys.create({ dialect: 'refgrow', mode: 'live', scopes })
  return 'token' in made ? made.token : ''
}

/** A shop whose campaign pays 20 %, as in the documents. */
async function shopAt20(): Promise<Started> {
  const shop = await startCollector()
  await shop.services.campaigns.update(shop.campaignId, { percent: '20' }, shop.merchantId)
  return shop
}

/** Refusals that need a collector in a state of its own; every other one is driven with the calls. */
const ALONE = (name: string): boolean => /-(rate|fault)$/.test(name)

test('the documented API: every call, and every refusal', async () => {
  const shop = await shopAt20()
  const known: Known = { trackingKey: await keyOf(shop, ['tracking']) }
  const calls = [
    'affiliate-create', 'affiliate-create-code-made', 'track', 'convert', 'convert-repeat', 'convert-by-code', 'convert-unattributed', 'affiliates', 'affiliate',
    'commissions', 'commission-approve', 'commission-pay', 'commission-reject',
  ].map((name) => `documented-${name}`)
  const key = shop.keys.refgrow
  const sent = await drive(shop, { names: calls, known, key })
  // Two decimals, as the documents print them.
  expect(sent.find(({ request }) => request.path.endsWith('/convert'))?.reply.text).toContain('"amount":99.99,"commission":20.00,')
  await drive(shop, { names: goldenNames('refgrow').filter((name) => name.startsWith('documented-error-') && !ALONE(name)), known, key })
  expect(await verify(shop)).toMatchObject({ problems: [] })
})

test('the live API: every call, and every refusal', async () => {
  const shop = await shopAt20()
  const known: Known = { trackingKey: await keyOf(shop, ['tracking']) }
  const key = shop.keys.refgrow
  const calls = [
    'affiliate-create', 'affiliate', 'affiliate-plus', 'affiliate-update', 'referral-create', 'referral-repeat', 'referral-direct', 'referral', 'conversion-create', 'conversion-repeat', 'referrals',
    'coupon-create', 'conversion-create-paid', 'conversion-create-signup', 'conversion-create-unattributed', 'conversion', 'conversions', 'conversions-page',
    'conversion-update-value', 'conversion-update-base', 'conversion-update-paid', 'conversion-update-unpaid', 'conversion-delete', 'conversion-deleted', 'coupon', 'coupons',
  ]
  const later = [
    'coupon-update', 'coupon-switch-off', 'coupon-switch-on', 'coupon-delete', 'affiliates', 'affiliate-stats', 'affiliate-delete', 'affiliate-deleted',
  ]
  await drive(shop, { names: calls.map((name) => `live-${name}`), known, key })
  shop.clock.nowMs += HOUR_MS
  await drive(shop, { names: later.map((name) => `live-${name}`), known, key })
  await shop.services.triggers.assign({ coupon: 'BEN10', affiliate: 'ben' })
  await drive(shop, { names: goldenNames('refgrow').filter((name) => name.startsWith('live-error-') && !ALONE(name)), known, key })
  expect(await verify(shop)).toMatchObject({ problems: [] })
})

test('what is held, where a campaign holds commissions', async () => {
  const shop = await shopAt20()
  await shop.services.campaigns.update(shop.campaignId, { holdDays: 7 }, shop.merchantId)
  await record(shop, { order: 'o-1', affiliate: 'ana', amount: '100.00' })
  const [sent] = await drive(shop, { names: ['live-affiliate-held'], known: {}, key: shop.keys.refgrow })
  expect(sent?.reply.status).toBe(200)
})

test.each(['documented', 'live'])('the %s API when too much is asked of it, and when it fails', async (api) => {
  const limited = await openTestCollector({ RATE_LIMIT: 'keyed=1' })
  const { keys: { refgrow: key } } = await limited.services.setup.init({ merchant: 'Shop', site: 'shop.example', email: 'owner@shop.example', currency: 'EUR', timezone: 'UTC' })
  const name = `${api}-error-rate`
  await fetch(`${limited.api}${golden('refgrow', name).request.path}`, { headers: { authorization: `Bearer ${key}` } })
  const [refused] = await drive(limited, { names: [name], known: {}, key })
  expect(refused?.reply.status).toBe(429)

  const broken = await startCollector()
  await broken.store.close()
  const [fault] = await drive(broken, { names: [`${api}-error-fault`], known: {}, key: broken.keys.refgrow })
  expect(fault?.reply.text).not.toMatch(/database|\.ts/)
})

test('every golden file was driven', () => {
  expect([...driven].toSorted()).toEqual(goldenNames('refgrow'))
})
