import { describe, expect, test } from 'vitest'
import { conversionText } from '../../collector/cli/conversion-text.ts'
import { settingsFor } from '../../collector/service/deps.ts'
import { toReceipt } from '../../collector/service/receipts.ts'
import type { OrderInput } from '../../shared/wire/book.ts'
import type { TriggerInput } from '../../shared/wire/settings.ts'
import { BY, record, shopOfThree, visited, type Shop } from '../helpers/book.ts'
import { HOUR_MS, NOON_MS, uuidAt } from '../helpers/collector.ts'

type Place = Shop & { cleo: string }
type Name = 'ana' | 'ben' | 'cleo'

/** The receipt of an order as it stands now, for its merchant or an affiliate. */
async function receiptOf(place: Place, order: string, reader?: Name) {
  const found = await place.services.conversions.find(place.merchantId, order)
  return toReceipt(found, settingsFor(place.store.directory(), place.merchantId), reader === undefined ? 'merchant' : { affiliateId: place[reader] })
}

/** What may happen to an order of 100.00 that Ana won, an hour after the last thing. */
const DEEDS = {
  approve: ({ services, merchantId }: Place, ...names: string[]) => services.commissions.approve({ merchantId, names }, BY),
  deny: ({ services, merchantId }: Place) => services.commissions.reject({ merchantId, names: ['1'], reason: 'denied' }, BY),
  adjust: ({ services, merchantId }: Place, type: 'BONUS' | 'DEDUCTION' | 'CORRECTION', minor: number, reason?: string) => services.commissions.adjust({ merchantId, commission: '1', type, minor: () => minor, reason }, BY),
  refund: ({ services, merchantId }: Place, minor?: number, reason?: string) => services.refunds.refund({ merchantId, order: 'o-1', request: () => (minor === undefined ? { kind: 'full' } : { kind: 'amount', minor }), reason }, BY),
  credit: ({ services, merchantId }: Place, affiliate: Name, transfer = true) => services.credits.creditOrder({ merchantId, order: 'o-1', affiliate, approved: false, transfer, note: 'Ben complained' }, BY),
  payout: ({ services, merchantId }: Place) => services.payouts.make({ merchantId, affiliate: 'ana', mode: 'live' }, BY),
  change: ({ services, merchantId }: Place, how: 'pay' | 'cancel' | 'undo', payout = '1') => services.payouts.change(how, { merchantId, payout, mode: 'live' }, BY),
}
type Deed = (place: Place) => Promise<unknown>
const approveFirst: Deed = (place) => DEEDS.approve(place, '1')

async function after(...deeds: Deed[]): Promise<Place> {
  const place = await shopOfThree()
  await record(place, { order: 'o-1', amount: '100.00', affiliate: 'ana' })
  for (const deed of deeds) {
    place.clock.nowMs += HOUR_MS
    await deed(place)
  }
  return place
}

/** Who earns what, and what happened since. */
const toldOf = (text: string[]): string[] => text.filter((one) => / earns |'s (?:commission|raise)|payout|^A refund/.test(one))
const { deny, adjust, refund, credit, payout, change } = DEEDS

describe('a merchant reads what happened since, and what stands', () => {
  test.each<[string, Deed[], string[]]>([
    ['nothing', [], ['Ana earns 10.00 EUR in campaign "Shop partners".']],
    ['a bonus, a deduction and a correction', [(place) => adjust(place, 'BONUS', 750, 'thank you'), (place) => adjust(place, 'DEDUCTION', 50), (place) => adjust(place, 'CORRECTION', 1500, 'as agreed with kim@shop.example')], [
      'Ana earns 15.00 EUR in campaign "Shop partners"; at first it was 10.00 EUR.',
      'Ana\'s commission was raised by 7.50 EUR with a bonus (thank you) on 20 November 2026, 10:00 UTC.',
      'Ana\'s commission was lowered by 0.50 EUR with a deduction on 20 November 2026, 11:00 UTC.',
      'Ana\'s commission was lowered by 2.00 EUR with a correction (as agreed with (an e-mail address)) on 20 November 2026, 12:00 UTC.',
    ]],
    ['refunds of all, one after the other', [(place) => refund(place, 4000, 'torn'), (place) => refund(place)], [
      'Ana earns nothing any more in campaign "Shop partners"; at first it was 10.00 EUR.',
      'A refund (torn) took 4.00 EUR of Ana\'s commission back on 20 November 2026, 10:00 UTC.',
      'A refund took 6.00 EUR of Ana\'s commission back on 20 November 2026, 11:00 UTC.',
    ]],
    ['a denial', [deny], ['Ana earns nothing any more in campaign "Shop partners"; at first it was 10.00 EUR.', 'Ana\'s commission of 10.00 EUR was rejected (denied) on 20 November 2026, 10:00 UTC.']],
    ['a denial of what a deduction had left nothing of', [(place) => adjust(place, 'DEDUCTION', 1000), deny], [
      'Ana earns nothing any more in campaign "Shop partners"; at first it was 10.00 EUR.', 'Ana\'s commission was lowered by 10.00 EUR with a deduction on 20 November 2026, 10:00 UTC.', 'Ana\'s commission was rejected (denied).',
    ]],
    ['approval, a payout that was cancelled, one that was paid, and a refund behind it', [approveFirst, payout, (place) => change(place, 'cancel'), payout, (place) => change(place, 'pay', '2'), (place) => refund(place, 5000)], [
      'Ana earns 5.00 EUR in campaign "Shop partners"; at first it was 10.00 EUR.',
      'Ana\'s commission of 10.00 EUR was approved on 20 November 2026, 10:00 UTC.',
      'Ana\'s commission of 10.00 EUR was put into a payout on 20 November 2026, 11:00 UTC.',
      'The payout that held Ana\'s commission was cancelled on 20 November 2026, 12:00 UTC.',
      'Ana\'s commission of 10.00 EUR was put into a payout on 20 November 2026, 13:00 UTC.',
      'Ana\'s commission of 10.00 EUR was paid out on 20 November 2026, 14:00 UTC.',
      'A refund took 5.00 EUR of Ana\'s commission back on 20 November 2026, 15:00 UTC.',
    ]],
    ['a refund before the payout, and a payment that was undone', [approveFirst, (place) => refund(place, 2000), payout, (place) => change(place, 'pay'), (place) => change(place, 'undo')], [
      'Ana earns 8.00 EUR in campaign "Shop partners"; at first it was 10.00 EUR.',
      'Ana\'s commission of 10.00 EUR was approved on 20 November 2026, 10:00 UTC.',
      'A refund took 2.00 EUR of Ana\'s commission back on 20 November 2026, 11:00 UTC.',
      'Ana\'s commission of 8.00 EUR was put into a payout on 20 November 2026, 12:00 UTC.',
      'Ana\'s commission of 8.00 EUR was paid out on 20 November 2026, 13:00 UTC.',
      'The payment of Ana\'s commission was undone on 20 November 2026, 14:00 UTC.',
    ]],
    ['a bonus of a paid one, which is a raise beside it, and its payout', [approveFirst, payout, (place) => change(place, 'pay'), (place) => adjust(place, 'BONUS', 750, 'thank you'), payout], [
      'Ana earns 17.50 EUR in campaign "Shop partners"; at first it was 10.00 EUR.',
      'Ana\'s commission of 10.00 EUR was approved on 20 November 2026, 10:00 UTC.',
      'Ana\'s commission of 10.00 EUR was put into a payout on 20 November 2026, 11:00 UTC.',
      'Ana\'s commission of 10.00 EUR was paid out on 20 November 2026, 12:00 UTC.',
      'Ana\'s commission was raised by 7.50 EUR with a bonus (thank you) on 20 November 2026, 13:00 UTC, which is a commission of its own, because a payout held this one.',
      'Ana\'s raise of 7.50 EUR was put into a payout on 20 November 2026, 14:00 UTC.',
    ]],
    ['transfers, one after the other', [(place) => refund(place, 1000), (place) => credit(place, 'ben'), (place) => credit(place, 'cleo')], [
      'Ana earns nothing any more in campaign "Shop partners"; at first it was 10.00 EUR.',
      'Ben earns nothing any more in campaign "Shop partners"; at first it was 10.00 EUR.',
      'Cleo earns 9.00 EUR in campaign "Shop partners"; at first it was 10.00 EUR.',
      'A refund took 1.00 EUR of Ana\'s commission back on 20 November 2026, 10:00 UTC.',
      'Ana\'s commission of 9.00 EUR was transferred to Ben on 20 November 2026, 11:00 UTC.',
      'A refund took 1.00 EUR of Ben\'s commission back on 20 November 2026, 11:00 UTC.',
      'Ben\'s commission of 9.00 EUR was transferred to Cleo on 20 November 2026, 12:00 UTC.',
      'A refund took 1.00 EUR of Cleo\'s commission back on 20 November 2026, 12:00 UTC.',
    ]],
    ['two commissions, in the order of time', [(place) => credit(place, 'ben', false), (place) => DEEDS.approve(place, '2'), (place) => adjust(place, 'BONUS', 100)], [
      'Ana earns 11.00 EUR in campaign "Shop partners"; at first it was 10.00 EUR.', 'Ben earns 10.00 EUR in campaign "Shop partners".',
      'Ben\'s commission of 10.00 EUR was approved on 20 November 2026, 11:00 UTC.', 'Ana\'s commission was raised by 1.00 EUR with a bonus on 20 November 2026, 12:00 UTC.',
    ]],
    ['a transfer of nothing, which leaves no time', [(place) => adjust(place, 'DEDUCTION', 1000), (place) => credit(place, 'cleo')], [
      'Ana earns nothing any more in campaign "Shop partners"; at first it was 10.00 EUR.', 'Cleo earns 10.00 EUR in campaign "Shop partners".',
      'Ana\'s commission was lowered by 10.00 EUR with a deduction on 20 November 2026, 10:00 UTC.', 'Ana\'s commission was transferred to Cleo.',
    ]],
  ])('%s', async (_name, deeds, told) => {
    const place = await after(...deeds)
    expect(toldOf((await receiptOf(place, 'o-1')).text)).toEqual(told)
  })

  test('the same as data, with what stands', async () => {
    const place = await after((one) => adjust(one, 'BONUS', 750, 'thank you'), (one) => refund(one, 4000, 'torn'), (one) => credit(one, 'cleo'))
    const { commissions } = await receiptOf(place, 'o-1')
    expect(commissions).toMatchObject([
      { affiliateName: 'Ana', amountMinor: 1000, totalMinor: 1750, clawedMinor: 1750, remainsMinor: 0, status: 'REJECTED', reason: 'refunded', transferred: true, transferredToName: 'Cleo' },
      { affiliateName: 'Cleo', amountMinor: 1000, totalMinor: 1000, clawedMinor: 400, remainsMinor: 600, status: 'PENDING', transferred: false },
    ])
    expect(commissions[0]?.history).toEqual([
      { at: '2026-11-20T10:00:00.000Z', what: 'bonus', minor: 750, reason: 'thank you', to: null, raisedAs: null },
      { at: '2026-11-20T11:00:00.000Z', what: 'refunded', minor: 700, reason: 'torn', to: null, raisedAs: null },
      { at: '2026-11-20T12:00:00.000Z', what: 'transferred', minor: 1050, reason: null, to: place.cleo, raisedAs: null },
    ])
  })
})

describe('an affiliate reads', () => {
  test('what became of their own, without whom it went to or why', async () => {
    const place = await after((one) => adjust(one, 'BONUS', 750, 'Ben wanted it'), (one) => refund(one, 4000, 'Cleo tore it'), (one) => credit(one, 'cleo'))
    const shown = await receiptOf(place, 'o-1', 'ana')
    expect(toldOf(shown.text)).toEqual([
      'Ana earns nothing any more in campaign "Shop partners"; at first it was 10.00 EUR.',
      'Ana\'s commission was raised by 7.50 EUR with a bonus on 20 November 2026, 10:00 UTC.',
      'A refund took 7.00 EUR of Ana\'s commission back on 20 November 2026, 11:00 UTC.',
      'Ana\'s commission of 10.50 EUR was transferred to another affiliate on 20 November 2026, 12:00 UTC.',
    ])
    const all = `${JSON.stringify(shown)}\n${conversionText(shown)}`
    expect(['Ben', 'Cleo', place.ben, place.cleo, 'tore', 'wanted', 'complained'].filter((secret) => all.includes(secret))).toEqual([])
    expect(conversionText(shown)).toMatch(/cmm_\w+ {2}Ana {2}17\.50 EUR {2}17\.50 EUR taken back {2}transferred {2}10 %$/m)
  })

  test('nothing of what became of others\' commissions', async () => {
    const place = await after((one) => credit(one, 'ben', false), (one) => adjust(one, 'BONUS', 7777), deny)
    expect(toldOf((await receiptOf(place, 'o-1', 'ben')).text)).toEqual(['Ben earns 10.00 EUR in campaign "Shop partners".'])
  })

  test('that theirs was rejected, and by which code', async () => {
    expect(toldOf((await receiptOf(await after(deny), 'o-1', 'ana')).text).at(-1)).toBe('Ana\'s commission of 10.00 EUR was rejected (denied) on 20 November 2026, 10:00 UTC.')
  })
})

const LATE = 'The evidence came after the order; it was judged as of the order, and settled it then.'

describe('an order that was settled later says by what', () => {
  test.each<[string, Partial<OrderInput>, TriggerInput, string]>([
    ['a coupon', { coupons: ['BEN10'] }, { coupon: 'Ben10', affiliate: 'ben' }, 'coupon BEN10'],
    ['a SKU', { items: [{ sku: 'mug', quantity: 1, price: '10.00' }] }, { sku: 'MUG', affiliate: 'ben' }, 'SKU MUG'],
    ['an e-mail', { email: 'kim@customer.example' }, { email: 'kim@customer.example', affiliate: 'ben' }, 'e-mail trigger #1'],
  ])('that a person assigned as of before: %s', async (_name, order, input, what) => {
    const place = await shopOfThree()
    place.clock.nowMs += HOUR_MS
    await record(place, { order: 'o-1', ...order })
    place.clock.nowMs += HOUR_MS
    await place.services.triggers.assignSince(input, { sinceMs: NOON_MS, dryRun: false, acting: BY })
    const { text, marks } = await receiptOf(place, 'o-1')
    expect(text.filter((one) => one === LATE || one.includes('by hand'))).toEqual([`The ${what} was assigned to Ben by hand on 20 November 2026, 11:00 UTC, after the order, as of 20 November 2026, 09:00 UTC; the order was judged as of its own time, and settled then.`])
    expect(marks).toEqual(['LATE_ARRIVAL'])
    expect((await receiptOf(place, 'o-1', 'ben')).text.join()).toContain('by hand')
  })

  test('and of several assigned only the one that settled it', async () => {
    const place = await shopOfThree()
    place.clock.nowMs += HOUR_MS
    await record(place, { order: 'o-1', coupons: ['DAN10', 'BEN10'] })
    place.clock.nowMs += HOUR_MS
    await place.services.affiliates.create({ campaign: place.campaignId, email: 'dan@partner.example', name: 'Dan', code: 'dan' }, place.merchantId)
    for (const [coupon, affiliate] of [['DAN10', 'dan'], ['BEN10', 'ben']] as const) await place.services.triggers.assignSince({ coupon, affiliate }, { sinceMs: NOON_MS, dryRun: false, acting: BY })
    expect((await receiptOf(place, 'o-1')).text.filter((one) => one === LATE || one.includes('by hand'))).toEqual([expect.stringMatching(/^The coupon BEN10 was assigned to Ben by hand/)])
  })

  test('and not one that was settled at once, by a coupon of the same moment', async () => {
    const place = await shopOfThree()
    await place.services.triggers.assign({ coupon: 'BEN10', affiliate: 'ben' })
    await record(place, { order: 'o-1', coupons: ['BEN10'] })
    expect((await receiptOf(place, 'o-1')).text.filter((one) => one === LATE || one.includes('by hand'))).toEqual([])
  })

  test('that a repeat named a coupon which had been assigned by then', async () => {
    const place = await shopOfThree()
    place.clock.nowMs += HOUR_MS
    await record(place, { order: 'o-1' })
    place.clock.nowMs += HOUR_MS
    await place.services.triggers.assignSince({ coupon: 'BEN10', affiliate: 'ben' }, { sinceMs: NOON_MS, dryRun: false, acting: BY })
    place.clock.nowMs += HOUR_MS
    await record(place, { order: 'o-1', coupons: ['BEN10'] })
    expect((await receiptOf(place, 'o-1')).text.filter((one) => one === LATE || one.includes('by hand'))).toEqual([LATE])
  })

  test('that a visit had waited, whatever was assigned besides', async () => {
    const place = await shopOfThree()
    const session = uuidAt(NOON_MS)
  await record(place, { order: 'o-1', session, coupons: ['CUT'] })
    place.clock.nowMs += HOUR_MS
    await visited(place, { code: 'ana', session, ageMs: 2 * HOUR_MS })
    await place.services.triggers.assignSince({ coupon: 'CUT', affiliate: 'ben' }, { sinceMs: NOON_MS, dryRun: false, acting: BY })
    expect((await receiptOf(place, 'o-1')).text.filter((one) => one === LATE || one.includes('by hand'))).toEqual([LATE])
  })
})
