import { expect, test } from 'vitest'
import { verify } from '../../../collector/service/verify.ts'
import { openTestCollector, startCollector } from '../../helpers/collector.ts'
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

test.each(['documented'])('the %s API when too much is asked of it, and when it fails', async (api) => {
  const limited = await openTestCollector({ RATE_LIMIT: 'keyed=1' })
  const { keys: { refgrow: key } } = await limited.services.setup.init({ merchant: 'Shop', site: 'shop.example', email: 'owner@shop.example', currency: 'EUR', timezone: 'UTC' })
  const name = `${api}-error-rate`
  await fetch(`${limited.api}${golden('refgrow', name).request.path}`, { headers: { authorization: `Bearer ${key}` } })
  await drive(limited, { names: [name], known: {}, key })

  const broken = await startCollector()
  await broken.store.close()
  await drive(broken, { names: [`${api}-error-fault`], known: {}, key: broken.keys.refgrow })
})

test('every golden file was driven', () => {
  expect([...driven].toSorted()).toEqual(goldenNames('refgrow'))
})
