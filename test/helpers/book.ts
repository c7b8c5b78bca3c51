import { OrderInput } from '../../shared/wire/book.ts'
import type { Conversion, Mode } from '../../shared/domain.ts'
import { reportOf } from '../../collector/service/orders.ts'
import { settingsFor } from '../../collector/service/deps.ts'
import { call, startCollector, visitBody, type TestCollector } from './collector.ts'
import { rowsOf } from './rows.ts'

export type Shop = TestCollector & { ana: string; ben: string }
/** By whom a test decides by hand. */
export const BY = { actor: 'tester' }

/** An order by hand, as `conversion record` takes it; what it says is an order of 10.00 unless told otherwise. */
export async function record({ services, store, merchantId }: Shop, input: Partial<OrderInput> & { order: string }): Promise<Conversion> {
  const given = OrderInput.parse({ ...(input.items === undefined ? { amount: '10.00' } : {}), ...input })
  let recorded: Conversion | undefined
  await services.conversions.record(reportOf(given, settingsFor(store.directory(), merchantId), services.identities.identityOf), {
    render: ({ conversion }) => {
      recorded = conversion
      return { status: 200, body: '' }
    },
  })
  if (recorded === undefined) throw new Error('nothing was recorded')
  return recorded
}

/** What an order earns whom: `{ ana: 360, ben: 270 }`. */
export const earnedBy = (shop: Shop, { commissions }: Pick<Conversion, 'commissions'>): Record<string, number> => {
  const settings = settingsFor(shop.store.directory(), shop.merchantId)
  return Object.fromEntries(commissions.map(({ affiliateId, totalMinor }) => [settings.affiliates.get(affiliateId)?.codes.at(-1)?.code ?? affiliateId, totalMinor]))
}

/** A visit through an affiliate's link; its session. */
export async function visited(shop: Shop, given: Parameters<typeof visitBody>[1] & { adopted?: boolean } = {}): Promise<string> {
  const body = visitBody(shop, given)
  const { status, text } = await call(shop, '/r/visit', { body })
  if (status !== 200) throw new Error(`the visit was refused: ${text}`)
  return String(body['session'])
}

interface Sum { account: string; affiliate: string; minor: number }

/**
 * What stands in each account, added up from the ledger's entries, zeros left out; throws where the table of balances
 * says otherwise, and where a transaction does not sum to zero.
 */
export function balancesOf(place: { dir: string }, { mode = 'live', currency = 'EUR', affiliate }: { mode?: Mode; currency?: string; affiliate?: string } = {}): Record<string, number> {
  const sums = rowsOf<Sum>(place, `
    select e.account, coalesce(e.affiliate_id, '') as affiliate, sum(e.minor) as minor from ledger_entries e
    join ledger_transactions t on t.merchant_id = e.merchant_id and t.id = e.transaction_id where t.mode = ? and t.currency = ? group by 1, 2 order by 1, 2
  `, mode, currency)
  const kept = rowsOf<Sum>(place, 'select account, affiliate_id as affiliate, cast(minor as integer) as minor from balances where mode = ? and currency = ? order by 1, 2', mode, currency)
  if (JSON.stringify(sums) !== JSON.stringify(kept)) throw new Error(`balances differ from the ledger: ${JSON.stringify({ sums, kept })}`)
  const crooked = rowsOf(place, 'select transaction_id from ledger_entries group by merchant_id, transaction_id having sum(minor) <> 0')
  if (crooked.length > 0) throw new Error('a transaction does not sum to zero')
  const totals: Record<string, number> = {}
  for (const { account, affiliate: whose, minor } of sums) {
    if (affiliate === undefined || whose === '' || whose === affiliate) totals[account] = (totals[account] ?? 0) + minor
  }
  return Object.fromEntries(Object.entries(totals).filter(([, minor]) => minor !== 0))
}

/** Every commission as it stands, in the order of booking: `['APPROVED', total, clawed, open]`. */
export const commissionsOf = (place: { dir: string }): [string, number, number, number][] =>
  rowsOf<{ status: string; reason: string | null; total_minor: number; clawed_minor: number; open_minor: number }>(place, 'select status, reason, total_minor, clawed_minor, open_minor from commissions order by merchant_id, number')
    .map((row) => [row.reason === null ? row.status : `${row.status} ${row.reason}`, row.total_minor, row.clawed_minor, row.open_minor])

/** What was done by hand, oldest first. */
export const actionsOf = (place: { dir: string }): string[] => rowsOf<{ action: string }>(place, 'select action from audit order by merchant_id, number').map(({ action }) => action)

/** A key of the test mode. */
export async function testKey({ services }: Shop): Promise<string> {
  const made = await services.keys.create({ dialect: 'refcampaign', mode: 'test', scopes: [] })
  return 'token' in made ? made.token : ''
}

/** A collector with Cleo beside Ana and Ben, all in one campaign of 10 %. */
export async function shopOfThree(options: Parameters<typeof startCollector>[0] = {}): Promise<Shop & { cleo: string }> {
  const shop = await startCollector(options)
  const { id } = await shop.services.affiliates.create({ campaign: shop.campaignId, email: 'cleo@partner.example', name: 'Cleo', code: 'cleo' }, shop.merchantId)
  return { ...shop, cleo: id }
}
