import { expect, test } from 'vitest'
import { cli } from '../helpers/cli.ts'
import { booked, expectVerified, imported, newcomer, written, type Newcomer } from '../helpers/import.ts'
import { rowsOf } from '../helpers/rows.ts'

const COLUMNS = 'id,order,amount,affiliate_email,commission,state,at,refunded,commission_refunded'
const AT = '2026-05-01T10:00:00Z'
const orders = (place: Newcomer, ...rows: string[]) => imported(place, written(place, 'orders.csv', [COLUMNS, ...rows]), '--format', 'plain')
async function withAna(): Promise<Newcomer> {
  const place = await newcomer()
  await imported(place, written(place, 'people.csv', ['email,code', 'ana@p.example,ana', 'ben@p.example,ben']), '--format', 'plain')
  return place
}

test('a second commission of an affiliate on an order is refused, of the same sum or another; the same one is known, also when it went on', async () => {
  const place = await withAna()
  const first = `c1,1,100,ana@p.example,10,pending,${AT},,`
  const told = await orders(place, first, `c2,1,100,ana@p.example,10,approved,${AT},,`, `c3,1,100,ana@p.example,15,approved,${AT},,`, `c4,1,100,ben@p.example,5,approved,${AT},,`)
  expect(told).toMatchObject({ code: 1, written: 2, files: [{ known: 0, differs: [], refused: [{ line: 3, field: 'id', why: 'is a second commission of this affiliate on this order, beside c1: write both as one' }, { line: 4, field: 'id' }] }] })
  expect(await orders(place, first)).toMatchObject({ code: 0, files: [{ known: 1 }] })
  expect(await orders(place, first.replace('pending', 'approved'))).toMatchObject({ code: 0, files: [{ written: 1 }] })
  expect(await orders(place, first.replace('c1', ''))).toMatchObject({ code: 0, files: [{ known: 1 }] })
  expect(booked(place)).toEqual(['1 ana@p.example 1000 0 EUR APPROVED 2026-05-01T10:00', '1 ben@p.example 500 0 EUR APPROVED 2026-05-01T10:00'])
  await expectVerified(place)
})

test.each([
  ['both say the same', '100', '40', '4.00', '1000 400', []],
  ['both, but for rounding', '99.99', '33.33', '3.34', '1000 333', []],
  ['the order alone', '100', '40', '', '1000 400', []],
  ['the commission alone', '100', '', '4.00', '600 0', []],
  ['they disagree', '100', '40', '5.00', undefined, ['commission_refunded']],
])('what was given back is taken once: %s', async (...[, amount, refunded, taken, stands, refused]) => {
  const place = await withAna()
  const { files: [report] } = await orders(place, `c1,1,${amount},ana@p.example,10,approved,${AT},${refunded},${taken}`)
  expect(report?.refused.map(({ field }) => field)).toEqual(refused)
  expect(booked(place).map((row) => row.split(' ').slice(2, 4).join(' '))).toEqual(stands === undefined ? [] : [stands])
  await expectVerified(place)
})

test('what differs is not called done', async () => {
  const place = await withAna()
  await orders(place, `c1,1,100,ana@p.example,10,approved,${AT},,`)
  const later = written(place, 'later.csv', [COLUMNS, `c1,1,100,ana@p.example,10,approved,${AT},,4.00`, `c2,2,100,ana@p.example,10,approved,${AT},,`])
  const { code, out } = await cli(place.url, 'import', later, '--format', 'plain')
  expect([code, out]).toEqual([1, expect.stringMatching(/1 row says otherwise than what is here, which stays: look at each\n$/) as string])
})

test('the objects of the API that speaks RefCampaign\'s language come over, in minor units', async () => {
  const place = await newcomer()
  const commission = { id: 'com_1', campaignId: 'cmp_1', conversionId: 'cnv_1', amount: 499, refundedAmount: 100, currency: 'EUR', status: 'APPROVED', reason: null, createdAt: AT }
  const object = { id: 'cnv_1', amount: 49.9, currency: 'EUR', status: 'APPROVED', createdAt: AT, attributed: true, affiliateId: 'aff_1', commissionId: 'com_1', shared: false, externalId: 'KF-1', conversionType: 'SALE', amountMinor: 4990, refundedAmountMinor: 1000, isSynthetic: false, occurredAt: AT, metadata: null, commissions: [{ ...commission, affiliateId: 'aff_1' }] }
  const rejected = { ...object, id: 'cnv_2', externalId: 'KF-2', status: 'REJECTED', refundedAmountMinor: 4990, commissions: [{ ...object.commissions[0], status: 'REJECTED', reason: 'refunded' }] }
  await imported(place, written(place, 'people.jsonl', JSON.stringify({ id: 'aff_1', email: 'ana@p.example', code: 'ana' })), '--format', 'refcampaign')
  expect(await imported(place, written(place, 'api.json', JSON.stringify({ data: [object, rejected] })), '--format', 'refcampaign')).toMatchObject({ code: 0, written: 2 })
  expect(booked(place)).toEqual(['KF-1 ana@p.example 499 100 EUR APPROVED 2026-05-01T10:00', 'KF-2 ana@p.example 499 499 EUR REJECTED refunded 2026-05-01T10:00'])
  await expectVerified(place)
})

test.each(['1,234.50', '1.234,50', '10,5'])('a comma in an amount is named: %s', async (amount) => {
  const place = await withAna()
  const { files: [report] } = await orders(place, `c1,1,"${amount}",ana@p.example,10,approved,${AT},,`)
  expect(report?.refused).toEqual([{ line: 2, field: 'amount', why: expect.stringContaining('has a comma: write 1234.50') as string }])
  expect(rowsOf(place, 'select id from conversions')).toEqual([])
})
