import { describe, expect, test } from 'vitest'
import { cli } from '../helpers/cli.ts'
import { booked, expectVerified, imported, newcomer, paidOut, written, type Newcomer } from '../helpers/import.ts'
import { rowsOf } from '../helpers/rows.ts'

const COLUMNS = 'id,order,amount,affiliate_email,commission,state,at,refunded,refunded_at,payout,paid_at,commission_refunded'
const orders = (place: Newcomer, rows: string[], ...args: string[]) => imported(place, written(place, 'orders.csv', [COLUMNS, ...rows]), '--format', 'plain', ...args)
const pay = (place: Newcomer, ...rows: string[]) => imported(place, written(place, 'pay.csv', ['id,affiliate_email,amount,state,at', ...rows]), '--format', 'plain')
async function withPeople(): Promise<Newcomer> {
  const place = await newcomer()
  await imported(place, written(place, 'people.csv', ['email,code', 'ana@p.example,ana', 'ben@p.example,ben']), '--format', 'plain')
  return place
}
/** An order of Ana's of 10 % commission. */
const row = (id: string, minor: number, more: { state?: string; payout?: string; paidAt?: string; refunded?: string; refundedAt?: string; taken?: string } = {}): string =>
  `c${id},${id},${minor / 10},ana@p.example,${minor / 100},${more.state ?? 'approved'},2026-05-01,${more.refunded ?? ''},${more.refundedAt ?? ''},${more.payout ?? ''},${more.paidAt ?? ''},${more.taken ?? ''}`
/** What the next payout here would pay. */
async function payable(place: Newcomer): Promise<number> {
  await cli(place.url, 'commission', 'approve', '--all')
  const { code } = await cli(place.url, 'payout', 'make', '--affiliate', 'ana')
  return code === 0 ? rowsOf<{ minor: number }>(place, "select gross_minor - netted_minor as minor from payouts where status = 'OPEN'")[0]?.minor ?? 0 : 0
}
const balance = (place: Newcomer, account: string): number => Number(rowsOf<{ minor: number }>(place, `select coalesce(sum(minor), 0) as minor from ledger_entries where account = '${account}'`)[0]?.minor)

describe('what was to be paid here and is told as paid later is not paid here', () => {
  test.each<[string, Parameters<typeof row>[2], string[], string[]]>([
    ['approved, with a time', { paidAt: '2026-06-01' }, ['po1,ana@p.example,10,paid,2026-06-01'], []],
    ['approved, with its payout', { payout: 'po1' }, ['po1,ana@p.example,10,paid,2026-06-01'], []],
    ['approved, with neither', {}, ['po1,ana@p.example,10,paid,2026-06-01'], []],
    ['pending, with its payout', { payout: 'po1' }, ['po1,ana@p.example,10,paid,2026-06-01'], []],
    ['pending, with neither', {}, ['po1,ana@p.example,10,paid,2026-06-01'], []],
    ['approved, without its payout ever', {}, [], []],
    ['approved, and the payout paid something else', { payout: 'po1' }, ['po1,ana@p.example,11,paid,2026-06-01'], ['amount']],
  ])('%s', async (name, paid, payouts, wrong) => {
    const place = await withPeople()
    await orders(place, [row('1', 1000, { state: name.slice(0, name.indexOf(',')) }), row('2', 500)])
    const later = [row('1', 1000, { ...paid, state: 'paid' }), row('2', 500)]
    expect(await orders(place, later)).toMatchObject({ written: 1, files: [{ known: 1, awaiting: 0 }] })
    for (let times = 0; times < 2; times++) {
      const { files: [report] } = await pay(place, ...payouts.length > 0 ? payouts : ['po9,ana@p.example,1,pending,'])
      expect([...report?.refused ?? [], ...report?.differs ?? []].map(({ field }) => field)).toEqual(wrong)
      expect((await orders(place, later)).files).toMatchObject([{ known: 2, written: 0 }])
    }
    expect(paidOut(place).map((line) => line.split(' ').slice(0, 4).join(' '))).toEqual(['ana@p.example 1000 EUR PAID'])
    expect(await payable(place)).toBe(500)
    await expectVerified(place)
  })

  test('a payout of one that was paid alone and one that waited pays the second alone', async () => {
    const place = await withPeople()
    await orders(place, [row('1', 1000)])
    await orders(place, [row('1', 1000, { state: 'paid', payout: 'po1' }), row('2', 500, { state: 'paid', payout: 'po1' })])
    for (const isWritten of [1, 0]) expect(await pay(place, 'po1,ana@p.example,15,paid,2026-06-01')).toMatchObject({ code: 0, written: isWritten })
    expect(booked(place).map((line) => line.split(' ')[5])).toEqual(['PAID', 'PAID'])
    expect(balance(place, 'cash')).toBe(-1500)
    await expectVerified(place)
  })

  test('a later payout of the same sum is another one', async () => {
    const place = await withPeople()
    await orders(place, [row('1', 1000), row('2', 1000)])
    await orders(place, [row('1', 1000, { state: 'paid', paidAt: '2026-06-01' })])
    await pay(place, 'po1,ana@p.example,10,paid,2026-06-01', 'po2,ana@p.example,10,paid,2026-07-01')
    expect([paidOut(place).length, await payable(place)]).toEqual([2, 0])
    await expectVerified(place)
  })
})

describe('what was given back after it was paid is owed', () => {
  const late = { state: 'paid', refunded: '30', refundedAt: '2026-05-20' }

  test('told in one row', async () => {
    const place = await withPeople()
    for (const isWritten of [1, 0]) expect(await orders(place, [row('1', 1000, { ...late, paidAt: '2026-05-10' })], '--no-payouts')).toMatchObject({ code: 0, written: isWritten })
    expect([balance(place, 'cash'), balance(place, 'clawback')]).toEqual([-1000, 300])
    await expectVerified(place)
  })

  test('all of it', async () => {
    const place = await withPeople()
    await orders(place, [row('1', 1000, { state: 'refunded', refundedAt: '2026-05-20', paidAt: '2026-05-10' })], '--no-payouts')
    expect([balance(place, 'cash'), balance(place, 'clawback')]).toEqual([-1000, 1000])
    await expectVerified(place)
  })

  test('before it was paid: what was left was paid', async () => {
    const place = await withPeople()
    await orders(place, [row('1', 1000, { ...late, paidAt: '2026-05-25' })], '--no-payouts')
    expect([balance(place, 'cash'), balance(place, 'clawback')]).toEqual([-700, 0])
  })

  test('with its payout; a row that does not tell when it was paid is refused', async () => {
    const place = await withPeople()
    const other = row('2', 1000, { state: 'paid', payout: 'po1' })
    expect((await orders(place, [row('1', 1000, { ...late, payout: 'po1' }), other])).files).toMatchObject([{ written: 1, refused: [{ line: 2, field: 'paid_at' }] }])
    const told = () => orders(place, [row('1', 1000, { ...late, payout: 'po1', paidAt: '2026-05-10' }), other])
    for (const isWritten of [1, 0]) expect(await told()).toMatchObject({ code: 0, written: isWritten, files: [{ later: 1 }] })
    for (const isWritten of [1, 0]) expect(await pay(place, 'po1,ana@p.example,20,paid,2026-05-10')).toMatchObject({ code: 0, written: isWritten })
    for (const isWritten of [1, 0]) expect(await told()).toMatchObject({ code: 0, written: isWritten, files: [{ later: 0 }] })
    expect([balance(place, 'cash'), balance(place, 'clawback')]).toEqual([-2000, 300])
    await expectVerified(place)
  })
})
