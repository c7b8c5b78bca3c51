import { expect, test } from 'vitest'
import { call, sharedCollector } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'

const shared = sharedCollector()

test.each([['approve', [['payable', -499], ['expense', 499]]], ['reject', []]] as const)('a commission that one call names by its id and by its number is changed once: %s', async (what, standing) => {
  const collector = shared()
  const key = collector.keys.refcampaign
  const recorded = await call(collector, '/api/v1/conversions/postback', { key, body: { externalId: what, conversionType: 'SALE', amount: 4990, currency: 'EUR', affiliateCode: what === 'approve' ? 'ana' : 'ben' } })
  const id = String(recorded.body['data']['commissionId'])
  const [row] = rowsOf<{ number: number }>(collector, 'select number from commissions where id = ?', id)
  const answer = await call(collector, `/api/v1/commissions/bulk-${what}`, { key, method: 'PUT', body: { commissionIds: [id, String(row?.number), id] } })

  expect(answer.body.data).toEqual({ updated: 1, ids: [id] })
  const balances = rowsOf<{ account: string; minor: number }>(collector, `select e.account, sum(e.minor) as minor from ledger_entries e join ledger_transactions t on t.id = e.transaction_id where t.commission_id = ? group by 1 having sum(e.minor) <> 0 order by 2`, id)
  expect(balances.map(({ account, minor }) => [account, minor])).toEqual(standing)
})
