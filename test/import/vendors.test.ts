import { describe, expect, test } from 'vitest'
import { cli } from '../helpers/cli.ts'
import { booked, expectVerified, imported, newcomer, paidOut, written, type Newcomer } from '../helpers/import.ts'
import { rowsOf } from '../helpers/rows.ts'

/** The files of one system, as it writes them, and what must stand here afterwards. */
interface Moved {
  format: string
  files: Record<string, string | string[]>
  commissions: string[]
  payouts: string[]
  refused?: string[]
}

const json = (rows: unknown[]): string[] => rows.map((row) => JSON.stringify(row))

const rewardful: Moved = {
  format: 'rewardful',
  files: {
    'affiliates.jsonl': json([
      { id: 'f-ana', email: 'ana@p.example', first_name: 'Ana', last_name: 'One', state: 'active', paypal_email: 'pay.ana@p.example', links: [{ id: 'l1', token: 'ana', url: 'https://shop.example/?via=ana' }] },
      { id: 'f-ben', email: 'ben@p.example', first_name: 'Ben', last_name: null, state: 'disabled', links: [{ token: 'ben' }] },
    ]),
    // Newest first, and as the API answers a list.
    'commissions.json': JSON.stringify({
      pagination: { total_count: 4 },
      data: [
        { id: 'k4', created_at: '2026-03-02T09:00:00.000Z', amount: 3000, currency: 'EUR', state: 'due', paid_at: null, sale: { id: 's4', currency: 'EUR', charged_at: '2026-03-01T09:00:00.000Z', stripe_charge_id: 'ch_4', sale_amount_cents: 10000, affiliate: { id: 'f-ben', email: 'ben@p.example' } } },
        { id: 'k3', created_at: '2026-02-02T09:00:00.000Z', amount: 1234, currency: 'EUR', state: 'paid', paid_at: '2026-03-05T00:00:00Z', sale: { id: 's3', currency: 'EUR', charged_at: '2026-02-01T09:00:00.000Z', stripe_charge_id: 'ch_3', sale_amount_cents: 10000, affiliate: { id: 'f-ana', email: 'changed@p.example' } } },
        { id: 'k2', created_at: '2026-01-03T09:00:00.000Z', amount: 500, currency: 'EUR', state: 'voided', paid_at: null, sale: { id: 's2', currency: 'EUR', charged_at: '2026-01-02T09:00:00.000Z', stripe_charge_id: 'ch_2', sale_amount_cents: 5000, affiliate: { id: 'f-ana' } } },
        { id: 'k1', created_at: '2026-01-02T09:00:00.000Z', amount: 66, currency: 'EUR', state: 'pending', paid_at: null, sale: { id: 's1', currency: 'EUR', charged_at: '2026-01-01T09:00:00.000Z', stripe_charge_id: null, sale_amount_cents: 999, affiliate: { id: 'f-ana' } } },
      ],
    }),
    'payouts.jsonl': json([
      { id: 'p2', currency: 'EUR', paid_at: null, state: 'due', amount: 3000, affiliate: { id: 'f-ben', email: 'ben@p.example' } },
      { id: 'p1', currency: 'EUR', paid_at: '2026-03-05T08:00:00Z', state: 'paid', amount: 1234, affiliate: { id: 'f-ana', email: 'ana@p.example' } },
    ]),
  },
  commissions: [
    'ch_2 ana@p.example 500 0 EUR REJECTED denied 2026-01-03T09:00', 'ch_3 ana@p.example 1234 0 EUR PAID 2026-02-02T09:00', 'ch_4 ben@p.example 3000 0 EUR APPROVED 2026-03-02T09:00', 's1 ana@p.example 66 0 EUR PENDING 2026-01-02T09:00',
  ],
  payouts: ['ana@p.example 1234 EUR PAID 2026-03-05 1'],
}

const tapfiliate: Moved = {
  format: 'tapfiliate',
  files: {
    'affiliates.jsonl': json([{ id: 'jane', firstname: 'Jane', lastname: 'Doe', email: 'jane@p.example', company: { name: 'Jane Ltd' }, address: { country: { code: 'de' } }, referral_code: 'jane' }]),
    'clicks.jsonl': json([{ id: 'click-1', created_at: '2026-01-01T00:00:00+00:00', referral_code: 'jane', landing_page: 'https://shop.example/?ref=jane', referrer: 'https://blog.example/post' }]),
    'conversions.jsonl': json([
      { id: 1, external_id: 'ORDER-1', amount: 99.9, created_at: '2026-01-05T12:00:00+01:00', affiliate: { id: 'jane', firstname: 'Jane' }, commissions: [{ id: 7, amount: 9.99, approved: true }] },
      { id: 2, external_id: 'ORDER-2', amount: 10, created_at: '2026-01-06T12:00:00+00:00', affiliate: { id: 'jane' }, commissions: [{ id: 8, amount: 1, approved: null }] },
      { id: 3, external_id: 'ORDER-3', amount: 10, created_at: '2026-01-07T12:00:00+00:00', affiliate: { id: 'jane' }, commissions: [{ id: 9, amount: 1, approved: true }, { id: 10, amount: 2, approved: true }] },
    ]),
    'payments.jsonl': json([{ id: 'pay-1', affiliate: { id: 'jane' }, amount: 9.99, currency: 'EUR', created_at: '2026-02-01T10:00:00+00:00' }]),
  },
  commissions: ['ORDER-1 jane@p.example 999 0 EUR PAID 2026-01-05T11:00', 'ORDER-2 jane@p.example 100 0 EUR PENDING 2026-01-06T12:00'],
  payouts: ['jane@p.example 999 EUR PAID 2026-02-01 1'],
  refused: ['conversions 3 commissions.1.amount'],
}

const firstpromoter: Moved = {
  format: 'firstpromoter',
  files: {
    'promoters.jsonl': json([{ id: 31, status: 'approved', email: 'pia@p.example', default_ref_id: 'pia', profile: { first_name: 'Pia', last_name: 'Promo', country: 'FR' } }]),
    'rewards.jsonl': json([
      { id: 1, status: 'approved', amount: 1500, unit: 'cash', created_at: '2026-01-05T10:00:00Z', event_id: 'ev-1', conversion_amount: 7500, promoter: { id: 31, email: 'pia@p.example' }, lead: { email: 'buyer@customer.example', uid: 'u-1' } },
      { id: 2, status: 'denied', amount: 100, unit: 'cash', created_at: '2026-01-06T10:00:00Z', event_id: 'ev-2', conversion_amount: 500, promotion: { ref_id: 'pia' } },
      { id: 3, status: 'approved', amount: 5, unit: 'points', created_at: '2026-01-07T10:00:00Z', event_id: 'ev-3', conversion_amount: 500, promotion: { ref_id: 'pia' } },
      { id: 4, status: 'approved', amount: -100, unit: 'cash', created_at: '2026-01-08T10:00:00Z', event_id: 'ev-4', conversion_amount: 500, promotion: { ref_id: 'pia' } },
    ]),
    'payouts.jsonl': json([{ id: 9, status: 'completed', amount: 1500, date_paid: '2026-02-01T15:00:00.630Z', unit: 'cash', promoter: { id: 31 } }, { id: 10, status: 'pending', amount: 5, unit: 'cash', date_paid: null, promoter: { id: 31 } }]),
  },
  commissions: ['ev-1 pia@p.example 1500 0 EUR PAID 2026-01-05T10:00', 'ev-2 pia@p.example 100 0 EUR REJECTED denied 2026-01-06T10:00'],
  payouts: ['pia@p.example 1500 EUR PAID 2026-02-01 1'],
  refused: ['conversions 3 unit', 'conversions 4 commission'],
}

const refersion: Moved = {
  format: 'refersion',
  files: {
    'affiliates.csv': ['id,code,status,first_name,last_name,email,company,paypal_email,created,clicks,sales,pending,approved,paid,currency', '1,ana,ACTIVE,Ana,One,ana@p.example,,,2026-01-01 00:00:00,3,2,0.00,5.00,2.00,EUR'],
    'conversions.csv': [
      'id,created,status,reason,payment_status,paid,order_id,order_total,commission_total,refunded_commission,currency,affiliate_id,affiliate_code,offer_id',
      '1,2026-01-05 10:00:00,APPROVED,,PAID,2026-02-01 09:00:00,1001,20.00,2.00,0.00,EUR,1,ana,1',
      '2,2026-01-06 10:00:00,PENDING,,UNPAID,,1002,50.00,5.00,0.00,EUR,1,ana,1',
      '3,2026-01-07 10:00:00,DENIED,refunded,UNPAID,,1003,50.00,5.00,5.00,EUR,1,ana,1',
      '4,2026-01-08 10:00:00,UNQUALIFIED,unqualified,UNPAID,,1004,50.00,5.00,0.00,EUR,1,ana,1',
      '5,2026-01-09 10:00:00,APPROVED,,UNPAID,,1005,50.00,5.00,1.25,EUR,1,ana,1',
    ],
    'payouts.csv': ['id,status,affiliate_id,affiliate_code,gross,debt,total,currency,payment_method,conversions,created,paid', '1,PAID,1,ana,2.00,0.00,2.00,EUR,PAYPAL,1,2026-02-01 09:00:00,2026-02-01 09:00:00'],
  },
  commissions: [
    '1001 ana@p.example 200 0 EUR PAID 2026-01-05T10:00', '1002 ana@p.example 500 0 EUR PENDING 2026-01-06T10:00', '1003 ana@p.example 500 500 EUR REJECTED refunded 2026-01-07T10:00', '1004 ana@p.example 500 0 EUR REJECTED unqualified 2026-01-08T10:00',
    '1005 ana@p.example 375 0 EUR APPROVED 2026-01-09T10:00',
  ],
  payouts: ['ana@p.example 200 EUR PAID 2026-02-01 1'],
}

const refcampaign: Moved = {
  format: 'refcampaign',
  files: {
    'affiliates.jsonl': json([{ id: 'aff_1', email: 'ana@p.example', firstName: 'Ana', lastName: 'One', code: 'ana', status: 'ACTIVE' }]),
    'conversions.csv': [
      'id,externalId,conversionType,status,amount,currency,attributed,affiliateId,affiliateCode,affiliateEmail,campaignId,shared,commissionAmount,commissionRefunded,isSynthetic,occurredAt,createdAt,metadata',
      'cnv_1,KF-1,SALE,APPROVED,49.90,EUR,true,aff_1,ana,ana@p.example,,false,4.99,0.00,false,2026-01-05T10:00:00.000Z,2026-01-05T10:00:01.000Z,"{""plan"":""a,b""}"',
      'cnv_2,KF-2,LEAD,PENDING,0.00,EUR,true,aff_1,ana,ana@p.example,,false,3.00,0.00,false,2026-01-06T10:00:00.000Z,2026-01-06T10:00:00.000Z,',
      'cnv_3,KF-3,SALE,PENDING,10.00,EUR,false,,,,,false,0.00,0.00,false,2026-01-07T10:00:00.000Z,2026-01-07T10:00:00.000Z,',
      'cnv_4,KF-4,SALE,PENDING,10.00,EUR,true,aff_1,ana,ana@p.example,,true,1.00,0.00,false,2026-01-08T10:00:00.000Z,2026-01-08T10:00:00.000Z,',
      'cnv_5,KF-5,SALE,PENDING,10.00,EUR,true,aff_1,ana,ana@p.example,,false,1.00,0.00,true,2026-01-08T10:00:00.000Z,2026-01-08T10:00:00.000Z,',
    ],
    'payouts.jsonl': json([{ id: 'pay_1', affiliateId: 'aff_1', amountMinor: 499, currency: 'EUR', status: 'PAID', paidAt: '2026-02-01T00:00:00.000Z', method: 'PAYPAL' }]),
  },
  commissions: ['KF-1 ana@p.example 499 0 EUR PAID 2026-01-05T10:00', 'KF-2 ana@p.example 300 0 EUR PENDING 2026-01-06T10:00', 'KF-5 ana@p.example 100 0 EUR PENDING 2026-01-08T10:00'],
  payouts: ['ana@p.example 499 EUR PAID 2026-02-01 1'],
  refused: ['conversions 5 shared'],
}

const refgrow: Moved = {
  format: 'refgrow',
  files: {
    'affiliates.json': JSON.stringify({ success: true, data: [{ id: 31, user_email: 'mira@p.example', referral_code: 'MIRA7', created_at: '2026-01-02T08:15:00.000Z', status: 'active', unpaid_earnings: '60.50' }] }),
    'conversions.jsonl': json([
      { id: 1, type: 'purchase', value: '20.00', base_value: '100.00', base_value_currency: 'EUR', affiliate_id: 31, referral_code: 'MIRA7', reference: 'r-1', paid: true, paid_at: '2026-02-01T00:00:00.000Z', created_at: '2026-01-05T10:00:00.000Z' },
      { id: 2, type: 'purchase', value: '5.00', base_value: '25.00', base_value_currency: 'EUR', affiliate_id: 31, reference: 'r-2', paid: false, created_at: '2026-01-06T10:00:00.000Z' },
      { id: 3, type: 'signup', value: '1.50', base_value: null, base_value_currency: null, affiliate_id: 31, reference: null, paid: false, created_at: '2026-01-07T10:00:00.000Z' },
    ]),
  },
  commissions: ['3 mira@p.example 150 0 EUR PENDING 2026-01-07T10:00', 'r-1 mira@p.example 2000 0 EUR PAID 2026-01-05T10:00', 'r-2 mira@p.example 500 0 EUR PENDING 2026-01-06T10:00'],
  payouts: ['mira@p.example 2000 EUR PAID 2026-02-01 1'],
}

const plain: Moved = {
  format: 'plain',
  files: {
    'people.csv': ['E-Mail;Code;First Name;State', 'ana@p.example;ana;Ána;active'],
    'visits.csv': ['code;at;url;session', 'ana;2026-01-01T00:00:00Z;https://shop.example/?ref=ana;s-1', 'ana;2026-01-01T00:10:00Z;https://shop.example/?ref=ana;s-1', 'ana;2026-01-01T01:00:00Z;https://shop.example/?ref=ana;s-1'],
    'orders.csv': ['Order\tAmount\tAffiliate E-Mail\tCommission\tState\tAt\tRefunded\tCurrency', '1\t100.00\tana@p.example\t10.00\tapproved\t2026-01-05\t33.33\tUSD', '2\t8.165\tana@p.example\t1.5\tdue\t2026-01-05 10:30\t\tKWD', '3\t1000\tana@p.example\t7\tpaid\t2026-01-05\t1000\tJPY', '4\t5\t\t\t\t2026-01-05\t\t'],
  },
  commissions: ['1 ana@p.example 1000 333 USD APPROVED 2026-01-05T00:00', '2 ana@p.example 1500 0 KWD APPROVED 2026-01-05T10:30', '3 ana@p.example 7 7 JPY REJECTED refunded 2026-01-05T00:00'],
  payouts: [],
}

const moveIn = (place: Newcomer, { format, files }: Moved) => imported(place, ...Object.entries(files).map(([name, content]) => written(place, name, content)), '--format', format)

describe.each([rewardful, tapfiliate, firstpromoter, refersion, refcampaign, refgrow, plain])('$format', (moved) => {
  test('comes over to the cent, and once', async () => {
    const place = await newcomer()
    const first = await moveIn(place, moved)
    expect(first.files.flatMap(({ as, refused }) => refused.map(({ line, field }) => `${as} ${line} ${field}`))).toEqual(moved.refused ?? [])
    expect(first.code).toBe(moved.refused === undefined ? 0 : 1)
    expect(booked(place)).toEqual(moved.commissions)
    expect(paidOut(place)).toEqual(moved.payouts)
    expect(rowsOf(place, 'select key from refunds where minor = 0')).toEqual([])
    await expectVerified(place)

    const second = await moveIn(place, moved)
    expect(second.written).toBe(0)
    expect(second.files.flatMap(({ differs }) => differs)).toEqual([])
    expect([booked(place), paidOut(place)]).toEqual([moved.commissions, moved.payouts])
  })
})

test('orders of nobody and clicks come over, too; a buyer is kept as a keyed hash alone', async () => {
  const place = await newcomer()
  for (const moved of [firstpromoter, refcampaign, plain]) await moveIn(place, moved)
  expect(rowsOf(place, "select external_id, marks from conversions where attributed = 0 order by 1")).toEqual([{ external_id: '4', marks: '["IMPORTED"]' }, { external_id: 'KF-3', marks: '["IMPORTED"]' }])
  expect(rowsOf(place, "select mode from conversions where external_id = 'KF-5'")).toEqual([{ mode: 'test' }])
  // Ten minutes apart and of one session, two visits are one click.
  expect(rowsOf(place, 'select day, clicks from daily_clicks')).toEqual([{ day: '2026-01-01', clicks: 2 }])
  expect(rowsOf(place, "select count(*) as n from identifiers where kind in ('identity', 'customer')")).toEqual([{ n: 2 }])
  await expectVerified(place)
})

test('what was paid waits for no hold, and what was pending does, from the import on', async () => {
  const place = await newcomer()
  await cli(place.url, 'campaign', 'update', '1', '--hold-days', '7')
  await moveIn(place, { ...rewardful, files: { 'affiliates.jsonl': rewardful.files['affiliates.jsonl'] ?? '', 'commissions.json': rewardful.files['commissions.json'] ?? '' } })
  const days = rowsOf<{ order: string; days: number | null }>(place, "select c.external_id as 'order', (m.approvable_at_ms - r.decided_at_ms) / 86400000 as days from commissions m join conversions c on c.id = m.conversion_id join receipts r on r.conversion_id = c.id where m.status = 'PENDING' order by 1")
  expect(days).toEqual([{ order: 'ch_3', days: null }, { order: 's1', days: 7 }])
  await expectVerified(place)
})

test('what was paid waits for its payout; without one it is paid at once', async () => {
  const files = { ...rewardful, files: { 'affiliates.jsonl': rewardful.files['affiliates.jsonl'] ?? '', 'commissions.json': rewardful.files['commissions.json'] ?? '' } }
  const waiting = await newcomer()
  const { files: reports } = await moveIn(waiting, files)
  expect(reports.map(({ awaiting }) => awaiting)).toEqual([0, 1])
  expect(booked(waiting)[1]).toBe('ch_3 ana@p.example 1234 0 EUR PENDING 2026-02-02T09:00')
  await moveIn(waiting, { ...rewardful, files: { 'payouts.jsonl': rewardful.files['payouts.jsonl'] ?? '' } })
  expect(booked(waiting)).toEqual(rewardful.commissions)

  const paid = await newcomer()
  await imported(paid, ...Object.entries(files.files).map(([name, content]) => written(paid, name, content)), '--format', 'rewardful', '--no-payouts')
  expect([booked(paid), paidOut(paid)]).toEqual([rewardful.commissions, ['ana@p.example 1234 EUR PAID 2026-03-05 1']])
  await expectVerified(paid)
})
