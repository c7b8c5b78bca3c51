import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { emailHash } from '../../../collector/service/identity.ts'
import { largestShare } from '../../../collector/service/largest-share.ts'
import { verify } from '../../../collector/service/verify.ts'
import { actionsOf, BY, commissionsOf, record, visited, type Shop } from '../../helpers/book.ts'
import { call, HOUR_MS, startCollector } from '../../helpers/collector.ts'
import { say, sharing, type Row, type Said } from '../../helpers/refgrow.ts'
import { refusal, rowCounts, rowsOf } from '../../helpers/rows.ts'

const CONVERSIONS = '/api/v1/conversions'
const purchase = (shop: Shop, body: Row = {}): Promise<Said> => say(shop, 'POST', CONVERSIONS, { body: { type: 'purchase', base_value: 100, affiliate_id: 1, ...body } })
const put = (shop: Shop, number: number, body: Row): Promise<Said> => say(shop, 'PUT', `${CONVERSIONS}/${number}`, { body })
const rowAt = async (shop: Shop, number: number): Promise<Row> => (await say(shop, 'GET', `${CONVERSIONS}/${number}`)).data
const payoutsOf = (shop: Shop) => rowsOf<Row>(shop, 'select gross_minor as gross, netted_minor as netted, status from payouts order by number')

/** Ana owes 10.00: an order that she was paid for was given back. */
async function owing(): Promise<Shop> {
  const shop = await startCollector()
  await purchase(shop, { paid: true })
  await put(shop, 1, { base_value: 0 })
  return shop
}

/** Ana was paid 10.00 for an order, and 5.00 more. */
async function raised(): Promise<Shop> {
  const shop = await startCollector()
  await purchase(shop, { paid: true })
  await put(shop, 1, { value: 15 })
  return shop
}

describe('an update that is refused changes nothing, and names what was wrong', () => {
  test.each<[string, () => Promise<Shop>, Row, { status: number; says: RegExp }]>([
    ['a payment that a debt swallows', async () => {
      const shop = await owing()
      await purchase(shop)
      return shop
    }, { base_value: 40, value: 3, paid: true }, { status: 409, says: /^paid: NOTHING_TO_PAY/ }],
    ['a value that no amount can hold before refunds', async () => {
      const shop = await startCollector()
      await purchase(shop)
      return shop
    }, { base_value: 30, value: 90071992547409.91 }, { status: 400, says: /^value: is beyond/ }],
    ['a value below what refunds took', raised, { base_value: 50, value: 1 }, { status: 400, says: /^value: would take the commission below/ }],
    ['a value that is raised though all is given back', owing, { value: 40 }, { status: 409, says: /^value: nothing is left/ }],
    ['a payment that was made for others, too', async () => {
      const shop = await startCollector()
      await purchase(shop)
      await purchase(shop)
      await shop.services.settlements.pay({ merchantId: shop.merchantId, names: ['1', '2'], method: 'bank' }, BY)
      return shop
    }, { base_value: 50, value: 7, paid: false }, { status: 409, says: /^paid: .*was paid with others/ }],
    ["a payment of an affiliate's own purchase", async () => {
      const shop = await startCollector()
      const session = await visited(shop)
      await record(shop, { order: 'o-1', amount: '100.00', session })
      await shop.services.identities.identify({ merchantId: shop.merchantId, session, emailHash: emailHash('ana@partner.example'), source: 'server', mode: 'live' })
      return shop
    }, { base_value: 50, value: 3, paid: true }, { status: 409, says: /^paid: .*is the buyer/ }],
  ])('%s', async (_what, prepare, body, { status, says }) => {
    const shop = await prepare()
    const last = Math.max(...rowsOf<{ number: number }>(shop, 'select number from conversions').map(({ number }) => number))
    const before = [await rowAt(shop, last), commissionsOf(shop)]
    const refused = await refusal(shop, () => call(shop, `${CONVERSIONS}/${last}`, { method: 'PUT', key: shop.keys.refgrow, body }))
    expect(refused).toMatchObject({ status, body: { error: expect.stringMatching(says) }, written: [] })
    expect([await rowAt(shop, last), commissionsOf(shop)]).toEqual(before)
    expect((await verify(shop)).problems).toEqual([])
  })
})

/** What the service is asked by a call; the share that the caller is told. */
const keep = async ({ services, merchantId }: Shop, change: { amount?: string; commission?: string; paid?: boolean }): Promise<number | undefined> =>
  largestShare((await services.orderChanges.change({ merchantId, mode: 'live', number: 1 }, { said: {}, method: 'refgrow', ...change }, BY)).commissions)?.minor
const giveBack = ({ services, merchantId }: Shop, minor: number) => services.refunds.refund({ merchantId, order: '1', by: 'number', request: () => ({ kind: 'amount', minor }) }, BY)

describe('at once', () => {
  test('with a refund, a value is what stays, before the refund or after it', async () => {
    const shop = await startCollector()
    await purchase(shop)
    await Promise.all([keep(shop, { commission: '8' }), giveBack(shop, 5000)])
    expect([4, 8]).toContain((await rowAt(shop, 1))['value'])
    expect((await verify(shop)).problems).toEqual([])
  })

  test('64 values and refunds: each caller is told what they asked for, and every refund counts', async () => {
    const shop = await startCollector()
    await purchase(shop)
    const told = await Promise.all(Array.from({ length: 32 }, (_, index) => [keep(shop, { commission: index % 2 === 0 ? '8' : '9' }), giveBack(shop, 100)]).flat())
    expect(told.filter((one) => typeof one === 'number')).toEqual(Array.from({ length: 32 }, (_, index) => (index % 2 === 0 ? 800 : 900)))
    expect(await rowAt(shop, 1)).toMatchObject({ base_value: 68 })
    expect((await verify(shop)).problems).toEqual([])
  })

  test.each<[string, Row, Row, object]>([
    ['a value', { value: 8 }, { value: 8, base_value: 100 }, { adjustments: 1, refunds: 0, payouts: 0 }],
    ['a base', { base_value: 60 }, { value: 6, base_value: 60 }, { adjustments: 0, refunds: 1, payouts: 0 }],
    ['no base', { base_value: 0 }, { value: 0, base_value: 0 }, { adjustments: 0, refunds: 1, payouts: 0 }],
    ['a value and its payment', { value: 3, paid: true }, { value: 3, paid: true }, { adjustments: 1, refunds: 0, payouts: 1 }],
    ['all of them', { base_value: 50, value: 8, paid: true }, { value: 8, base_value: 50, paid: true }, { adjustments: 1, refunds: 1, payouts: 1 }],
  ])('64 equal updates are all right, and one is carried out: %s', async (_what, body, expected, written) => {
    const shop = await startCollector()
    await purchase(shop)
    const before = await Promise.all([put(shop, 1, body), put(shop, 1, body)])
    const change = { ...('base_value' in body ? { amount: String(body['base_value']) } : {}), ...('value' in body ? { commission: String(body['value']) } : {}), ...('paid' in body ? { paid: true } : {}) }
    await purchase(shop)
    const { services, merchantId } = shop
    const told = await Promise.allSettled(Array.from({ length: 64 }, () => services.orderChanges.change({ merchantId, mode: 'live', number: 2 }, { said: {}, method: 'refgrow', ...change }, BY)))
    expect([before.map(({ status }) => status), told.filter(({ status }) => status === 'rejected')]).toEqual([[200, 200], []])
    expect([await rowAt(shop, 1), await rowAt(shop, 2)]).toMatchObject([expected, expected])
    expect(rowCounts(shop)).toMatchObject(Object.fromEntries(Object.entries(written).map(([table, rows]) => [table, 2 * rows])))
    expect((await verify(shop)).problems).toEqual([])
  })
})

test('a row that is written back as it was read writes nothing, whatever order it is of', async () => {
  const shop = await sharing()
  const { services, merchantId } = shop
  await services.triggers.assign({ coupon: 'BEN10', affiliate: 'ben' })
  const made: [string, () => Promise<unknown>][] = [
    ['a sale', () => purchase(shop, { reference: 'inv' })],
    ['a lead', () => purchase(shop, { type: 'signup', base_value: undefined, value: 2 })],
    ['a trial', () => record(shop, { order: 't-1', kind: 'trial', affiliate: 'ana' })],
    ['a custom event', () => record(shop, { order: 'c-1', kind: 'custom', affiliate: 'ana' })],
    ['one that nobody won', () => purchase(shop, { affiliate_id: null })],
    ['one of no amount', () => purchase(shop, { base_value: null, value: 7 })],
    ['one by a coupon', () => purchase(shop, { affiliate_id: null, coupon_code_used: 'ben10' })],
    ['one in yen', () => purchase(shop, { base_value: 999, base_value_currency: 'JPY' })],
    ['one in dinars', () => purchase(shop, { base_value: 10.005, base_value_currency: 'KWD' })],
    ['one in part given back', async () => put(shop, Number((await purchase(shop)).data['id']), { base_value: 33.33 })],
    ['one that is given back', async () => put(shop, Number((await purchase(shop)).data['id']), { base_value: 0 })],
    ['one of which items are given back', async () => {
      await record(shop, { order: 'i-1', affiliate: 'ana', items: [{ sku: 'TEE', quantity: 4, price: '20' }] })
      await services.refunds.refund({ merchantId, order: 'i-1', request: () => ({ kind: 'items', items: [{ sku: 'TEE', quantity: 1 }] }) }, BY)
    }],
    ['one whose commission is denied', async () => services.commissions.reject({ merchantId, names: [await lastCommission()], reason: 'denied' }, BY)],
    ['one that is shared', async () => {
      const session = await visited(shop)
      shop.clock.nowMs += HOUR_MS
      await visited(shop, { code: 'ben', session })
      await record(shop, { order: 's-1', session })
    }],
    ['one that is paid', () => purchase(shop, { paid: true })],
    ['one that is raised since it was paid', async () => put(shop, Number((await purchase(shop, { paid: true })).data['id']), { value: 20 })],
    ['one that is given back since it was paid', async () => put(shop, Number((await purchase(shop, { paid: true })).data['id']), { base_value: 0 })],
    ['one that is transferred', async () => {
      await purchase(shop, { reference: 'tr' })
      await services.credits.creditOrder({ merchantId, affiliate: 'ben', order: 'tr', approved: false, transfer: true }, BY)
    }],
    ['one in a payout', async () => {
      await services.commissions.approve({ merchantId, names: [await lastCommission({ affiliate_id: 2 })] }, BY)
      await services.payouts.make({ merchantId, affiliate: 'ben', mode: 'live' }, BY)
    }],
  ]
  const lastCommission = async (body: Row = {}): Promise<string> => {
    await purchase(shop, body)
    return String(rowsOf<{ number: number }>(shop, 'select max(number) as number from commissions')[0]?.number)
  }
  for (const [what, make] of made) {
    await make()
    const number = Number(rowsOf<{ number: number }>(shop, 'select max(number) as number from conversions')[0]?.number)
    const row = await rowAt(shop, number)
    const before = [rowCounts(shop), commissionsOf(shop)]
    const told = await put(shop, number, row)
    expect({ what, told: told.error ?? told.data, written: [rowCounts(shop), commissionsOf(shop)] }).toEqual({ what, told: row, written: before })
  }
  expect((await put(shop, 3, { type: 'purchase' })).error).toMatch(/^type: an order never changes/)
  expect((await verify(shop)).problems).toEqual([])
})

describe('paid', () => {
  test.each<[string, Row, Row, object[]]>([
    ['a raise is paid with the very update that makes it', { value: 15, paid: true }, { value: 15, paid: true }, [{ gross: 1000, netted: 0, status: 'PAID' }, { gross: 500, netted: 0, status: 'PAID' }]],
    ['and goes against what the same update takes back', { base_value: 50, value: 15, paid: true }, { base_value: 50, value: 15, paid: true }, [{ gross: 1000, netted: 0, status: 'PAID' }, { gross: 1000, netted: 500, status: 'PAID' }]],
    ['a payment is taken back from what is raised', { value: 15, paid: false }, { value: 15, paid: false }, [{ gross: 1000, netted: 0, status: 'UNDONE' }]],
    ['nothing stays of either where both are taken back', { base_value: 0, value: 0, paid: false }, { base_value: 0, value: 0, paid: false }, [{ gross: 1000, netted: 0, status: 'UNDONE' }]],
  ])('%s', async (_what, body, expected, payouts) => {
    const shop = await startCollector()
    await purchase(shop, { paid: true })
    const told = await put(shop, 1, body)
    expect(told).toMatchObject({ status: 200, data: expected })
    expect([await rowAt(shop, 1), payoutsOf(shop)]).toEqual([told.data, payouts])
    expect((await verify(shop)).problems).toEqual([])
  })

  test('and taken back again and again, with a raise in payouts of its own and in one with the rest', async () => {
    const shop = await raised()
    const told = []
    for (const paid of [true, false, true, false, true]) told.push((await put(shop, 1, { paid })).data['paid'])
    expect(told).toEqual([true, false, true, false, true])
    expect(payoutsOf(shop)).toEqual([{ gross: 1000, netted: 0, status: 'UNDONE' }, { gross: 500, netted: 0, status: 'UNDONE' }, { gross: 1500, netted: 0, status: 'UNDONE' }, { gross: 1500, netted: 0, status: 'PAID' }])
    expect((await verify(shop)).problems).toEqual([])
  })

  test('as it is recorded, net of a debt; what a debt swallows is recorded all the same', async () => {
    const shop = await owing()
    expect((await purchase(shop, { paid: true })).data).toMatchObject({ value: 10, paid: false })
    expect((await purchase(shop, { paid: true, base_value: 200 })).data).toMatchObject({ value: 20, paid: true })
    expect(payoutsOf(shop).slice(1)).toEqual([{ gross: 2000, netted: 1000, status: 'PAID' }])
    expect(actionsOf(shop).slice(-3)).toEqual(['approve', 'payout make', 'payout pay'])
    expect((await verify(shop)).problems).toEqual([])
  })

  test('an order is recorded and paid, or neither: its repeat after a fault is paid', async () => {
    const shop = await startCollector()
    const beside = (sql: string): void => {
      const db = new Database(join(shop.dir, 'test.db'))
      db.exec(sql)
      db.close()
    }
    beside("create trigger broken before insert on payouts begin select raise(abort, 'broken'); end")
    expect([(await purchase(shop, { reference: 'inv', paid: true })).status, rowCounts(shop)['conversions']]).toEqual([500, 0])
    beside('drop trigger broken')
    expect(await purchase(shop, { reference: 'inv', paid: true })).toMatchObject({ status: 201, data: { value: 10, paid: true } })
    expect((await verify(shop)).problems).toEqual([])
  })
})
