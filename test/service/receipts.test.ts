import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Affiliate, type Campaign, type Commission, type Order, type Refund } from '../../shared/domain.ts'
import { PLAIN_TERMS, type Tiers } from '../../shared/engine/terms.ts'
import type { Reader } from '../../shared/engine/explain.ts'
import { postingsOf, type NumberedTransaction } from '../../shared/engine/ledger.ts'
import type { Receipt } from '../../shared/engine/receipt.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import { conversionText } from '../../collector/cli/conversion-text.ts'
import { toReceipt } from '../../collector/service/receipts.ts'
import type { ConversionBook } from '../../collector/service/commission-history.ts'
import { holds } from '../engine/builders.ts'
import { anyReceipt, AT_MS, BASKET, clickOf, couponOf, explicitOf, money, receiptOf, secretsOf, skuOf, tenPercent } from '../engine/receipts.ts'

const affiliate = (name: string, number: number): Affiliate => ({
  id: `aff_${name}`, number, merchantId: 1, name: `Partner-${name}`, email: `${name}@partner.example`, identities: [], createdAtMs: 0, codes: [{ code: `go-${name}`, validFromMs: 0 }],
  versions: [{ version: 1, validFromMs: 0, value: { status: 'ACTIVE' } }], enrolments: [{ campaignId: 'cmp_main', enrolledAtMs: 0, leftAtMs: null }],
})
const campaign = (id: string, name: string): Campaign => ({
  id, number: 1, merchantId: 1, createdAtMs: 0, specialRates: new Map(), versions: [{ version: 1, validFromMs: 0, value: { ...PLAIN_TERMS, name, landingUrl: 'https://shop.example/', rate: tenPercent, windowDays: 30, holdDays: null } }],
})
const SETTINGS: Settings = {
  merchant: { id: 1, name: 'Shop', currency: 'EUR' }, terms: [], sites: [], codes: new Map(), triggers: new Map(),
  campaigns: new Map([['cmp_main', campaign('cmp_main', 'Main')], ['cmp_other', campaign('cmp_other', 'Other')]]), affiliates: new Map(['ana', 'ben', 'cleo'].map((name, index) => [`aff_${name}`, affiliate(name, index + 1)])),
}

/** The conversion that these receipts decided, its commissions booked as they found; `more` is what happened after. */
function recordOf(receipts: Receipt[], more: { commission?: Partial<Commission>; refunds?: Refund[] } = {}): ConversionBook {
  const inputs = receipts[0]?.inputs.order
  if (inputs === undefined) throw new Error('a record needs a receipt')
  const order: Order = { ...inputs, id: 'cnv_1', merchantId: 1, site: '', externalId: 'KF-1', subscriptionId: null, metadata: null }
  const earned = receipts.flatMap(({ inputs: { kind }, outcome }) => outcome.earnings.map(({ affiliateId, campaignId, amount, unverified }) => ({ kind, affiliateId, campaignId, amount, unverified })))
  const commissions = earned.map(({ kind, affiliateId, campaignId, amount, unverified }, index): ConversionBook['commissions'][number] => ({
    id: `cmm_${index + 1}`, number: index + 1, merchantId: 1, mode: 'live', conversionId: 'cnv_1', affiliateId, campaignId, amount, totalMinor: amount.minor, clawedMinor: 0, openMinor: amount.minor,
    status: 'PENDING', reason: null, bookedAtMs: AT_MS, approvableAtMs: null, unverified, transferredTo: null, source: kind === 'credit' ? { kind: 'credit', note: 'as Partner-ana asked' } : { kind: 'order' }, ...more.commission,
  }))
  return {
    order, number: 7, identifiers: [{ kind: 'identity', value: 'hash-of-buyer', receivedAtMs: AT_MS }], attributed: commissions.length > 0, considered: 1, marks: receipts.flatMap(({ outcome }) => outcome.marks),
    refunds: more.refunds ?? [], receipts: receipts.map((receipt) => ({ ...receipt, isGenuine: true, written: 1 })),
    commissions, books: commissions.map((commission) => ({ commission, adjustments: [], transactions: [], payouts: [], moves: [], raises: [], parts: [] })),
  }
}

/** The same after an adjustment, a refund and a transfer of each commission, with words that name everybody. */
function talkative(record: ConversionBook, to: string): ConversionBook {
  const reason = 'Partner-ana, Partner-ben and Partner-cleo agreed'
  const books = record.books.map((book, index) => {
    const { id, affiliateId } = book.commission
    const facts = [['raised_pending', 'adj_1'], ['refunded_pending', 'ref_1'], ['refunded_pending', `transfer:${to}`]] as const
    const transactions = facts.map(([event, factId], n): NumberedTransaction => ({ id: `txn_${index}_${n}`, number: n, merchantId: 1, mode: 'live', event, commissionId: id, payoutId: null, factId, currency: 'EUR', atMs: AT_MS, postings: postingsOf(event, affiliateId, 7) }))
    return { ...book, transactions, adjustments: [{ id: 'adj_1', merchantId: 1, commissionId: id, type: 'BONUS' as const, minor: 7, deltaMinor: 7, raisedAs: null, reason, atMs: AT_MS }] }
  })
  return { ...record, books }
}

const four = receiptOf([clickOf('ana'), couponOf('ben', 'BEN10'), skuOf('cleo', 'MUG')], { order: BASKET })

describe('a merchant gets', () => {
  test('the conversion with its lines, touches, commissions and reasons', () => {
    expect(toReceipt(recordOf([four]), SETTINGS)).toMatchObject({
      conversionId: 'cnv_1', number: 7, externalId: 'KF-1', amountMinor: 6300, currency: 'EUR', discountMinor: 700, kind: 'sale', mode: 'live', status: 'PENDING', attributed: true, marks: [], moreTouches: 0, engine: 2, usage: [], refunds: [],
      lines: [{ line: 1, sku: 'TEE', quantity: 1, minor: 4000, baseMinor: 3600 }, { line: 2, sku: 'MUG', quantity: 2, minor: 3000, baseMinor: 2700 }],
      touches: [{ verdict: 'WON', weight: { n: 1, d: 1 }, affiliateName: 'Partner-ana', campaignName: 'Main' }, { verdict: 'WEAKER_EVIDENCE', trigger: 'coupon', code: 'BEN10' }, { verdict: 'WON', weight: null, trigger: 'sku' }],
      commissions: [{ affiliateCode: 'go-ana', amountMinor: 360, totalMinor: 360, rate: '10 %', byLine: [360, 0], campaignVersion: 1, approvableAt: null, unverified: false }, { affiliateCode: 'go-cleo', amountMinor: 270, byLine: [0, 270] }],
    })
  })

  test('a commission in a payout as approved, and what was taken back', () => {
    const refund: Refund = { id: 'ref_1', merchantId: 1, conversionId: 'cnv_1', key: 'k', kind: 'amount', minor: 630, lines: [{ minor: 360, quantity: 0 }, { minor: 270, quantity: 0 }], reason: 'broken', receivedAtMs: AT_MS }
    const shown = toReceipt(recordOf([four], { commission: { status: 'IN_PAYOUT', totalMinor: 400, clawedMinor: 40 }, refunds: [refund] }), SETTINGS)
    expect(shown).toMatchObject({ status: 'APPROVED', refunds: [{ id: 'ref_1', kind: 'amount', amountMinor: 630, baseMinor: 630, reason: 'broken' }] })
    expect(shown.commissions[0]).toMatchObject({ status: 'APPROVED', amountMinor: 360, totalMinor: 400, clawedMinor: 40 })
  })

  test('a credit by hand from its own receipt, beside what the order was won by', () => {
    const credit = receiptOf([explicitOf('ben')], { order: { ...BASKET }, inputs: { kind: 'credit' } })
    const shown = toReceipt(recordOf([four, credit]), SETTINGS)
    expect(shown.touches).toHaveLength(3)
    expect(shown.commissions.at(-1)).toMatchObject({ affiliateId: 'aff_ben', amountMinor: 630, exact: credit.outcome.earnings[0]?.exact, byLine: [360, 270], source: 'credit', note: 'as Partner-ana asked' })
    expect(shown.text).toContain('Partner-ben was credited with this order by hand.')
    expect(shown.text[0]).toBe('Partner-ana earns 3.60 EUR in campaign "Main".')
  })

  test('who was credited with an order that nobody won, and why nobody had won it', () => {
    const refused = receiptOf([clickOf('ana', { bot: true })])
    const credit = receiptOf([explicitOf('ben')], { inputs: { kind: 'credit' } })
    const shown = toReceipt(recordOf([refused, credit]), SETTINGS)
    expect(shown).toMatchObject({ touches: [{ verdict: 'BOT' }], commissions: [{ affiliateId: 'aff_ben' }] })
    expect(shown.text.slice(0, 3)).toEqual(['Partner-ben earns 10.00 EUR in campaign "Main".', expect.stringMatching(/^Partner-ana's link .* does not count: a bot made it\.$/), 'Partner-ben was credited with this order by hand.'])
  })

  test('the receipt by which a late arrival settled the order, and not the first', () => {
    const nobody = receiptOf([])
    const late = receiptOf([clickOf('ana')], { inputs: { marks: ['LATE_ARRIVAL'] } })
    expect(toReceipt(recordOf([nobody, late]), SETTINGS).touches).toHaveLength(1)
    expect(toReceipt(recordOf([nobody, receiptOf([clickOf('ana', { bot: true })])]), SETTINGS)).toMatchObject({ touches: [{ verdict: 'BOT' }], status: 'PENDING', attributed: false })
  })

  test.each<[string, Receipt, string[], string[]]>([
    ['of an order that nothing else leads to', receiptOf([]), ['SUMMER'], ['The coupon "SUMMER" on the order was nobody\'s when it was placed.']],
    ['several, each once, and no address', receiptOf([]), ['SUMMER', 'kim@mail.example', 'SUMMER'], ['The coupons "SUMMER" and "(an e-mail address)" on the order were nobody\'s when it was placed.']],
    ['beside touches that do not count', receiptOf([{ ...couponOf('ben', 'BEN10'), affiliateActive: false }]), ['ben10', 'WINTER'], ['The coupon "WINTER" on the order was nobody\'s when it was placed.']],
    ['where somebody won, they do not matter', receiptOf([clickOf('ana')]), ['SUMMER'], []],
    ['where there is none', receiptOf([]), [], []],
  ])('the coupons of nobody: %s', (_name, receipt, coupons, told) => {
    const record = { ...recordOf([receipt]), identifiers: coupons.map((value) => ({ kind: 'coupon' as const, value, receivedAtMs: AT_MS })) }
    expect(toReceipt(record, SETTINGS).text.filter((one) => one.includes('nobody\'s'))).toEqual(told)
    for (const { affiliateId } of receipt.inputs.touches) expect(toReceipt(record, SETTINGS, { affiliateId: affiliateId ?? '' }).text.join()).not.toContain('nobody')
  })

  test('the sentence of a mark that came by a repeat', () => {
    const record = recordOf([four])
    expect(toReceipt({ ...record, marks: ['REPEAT_DIFFERS'] }, SETTINGS).text.at(-1)).toMatch(/reported again/)
  })

  test('a text with aligned columns', () => {
    expect(conversionText(toReceipt(recordOf([four]), SETTINGS))).toBe([
      'conversion  cnv_1  (number 7)',
      'order       KF-1  sale',
      'amount      63.00 EUR',
      'placed      2026-11-20 09:00 UTC',
      'status      pending',
      '',
      'why',
      ...toReceipt(recordOf([four]), SETTINGS).text.map((one) => `  ${one}`),
      '',
      'lines',
      '  1  TEE  x 1  36.00 EUR',
      '  2  MUG  x 2  27.00 EUR',
      '',
      'commissions',
      '  cmm_1  Partner-ana   3.60 EUR  pending  10 %',
      '  cmm_2  Partner-cleo  2.70 EUR  pending  10 %',
    ].join('\n'))
  })
})

/** The row of a commission of Ana's, who won alone. */
const columnsOf = (commission: Partial<Commission>, reader?: Reader): string | undefined => conversionText(toReceipt(recordOf([receiptOf([clickOf('ana')])], { commission }), SETTINGS, reader)).split('\n').find((line) => line.startsWith('  cmm_1'))

describe('the column of states says', () => {
  test.each<[string, Partial<Commission>, string, string]>([
    ['from when a pending one is to be approved', { approvableAtMs: AT_MS }, 'pending  10 %  to be approved from 2026-11-20 09:00 UTC', 'pending  10 %  to be approved from 2026-11-20 09:00 UTC'],
    ['and of an approved one no more', { approvableAtMs: AT_MS, status: 'APPROVED' }, 'approved  10 %', 'approved  10 %'],
    ['nor of a paid one', { approvableAtMs: AT_MS, status: 'PAID' }, 'paid  10 %', 'paid  10 %'],
    ['nor of a rejected one', { approvableAtMs: AT_MS, status: 'REJECTED', reason: 'denied' }, 'rejected (denied)  10 %', 'rejected (denied)  10 %'],
    ['whom it was transferred to, and not that it was refunded', { status: 'REJECTED', reason: 'refunded', clawedMinor: 1000, transferredTo: 'aff_cleo' }, '10.00 EUR taken back  transferred to Partner-cleo  10 %', '10.00 EUR taken back  transferred  10 %'],
    ['so of a paid one', { status: 'PAID', clawedMinor: 1000, transferredTo: 'aff_cleo' }, '10.00 EUR taken back  paid, transferred to Partner-cleo  10 %', '10.00 EUR taken back  paid, transferred  10 %'],
    ['and that it was denied before the order went to another', { status: 'REJECTED', reason: 'denied', transferredTo: 'aff_cleo' }, 'rejected (denied)  10 %', 'rejected (denied)  10 %'],
  ])('%s', (_name, commission, merchants, affiliates) => {
    expect(columnsOf(commission)).toBe(`  cmm_1  Partner-ana  10.00 EUR  ${merchants}`)
    expect(columnsOf(commission, { affiliateId: 'aff_ana' })).toBe(`  cmm_1  Partner-ana  10.00 EUR  ${affiliates}`)
  })
})

describe('an affiliate gets', () => {
  test('their own lines and commission, and no total of the order', () => {
    const shown = toReceipt(recordOf([four]), SETTINGS, { affiliateId: 'aff_ana' })
    expect(shown).not.toHaveProperty('amountMinor')
    expect(shown).toMatchObject({ lines: [{ line: 1, sku: 'TEE', baseMinor: 3600 }], touches: [{ eventId: 'click-ana' }], commissions: [{ amountMinor: 360, byLine: null }], status: 'PENDING', attributed: true })
    expect(shown.commissions[0]).not.toHaveProperty('note')
  })

  test('their lines numbered as they see them: a gap would tell of a line that is another\'s', () => {
    const lines = [...(BASKET.lines ?? []), { sku: 'CAP', quantity: 1, minor: 1000 }]
    const record = recordOf([receiptOf([clickOf('ana'), skuOf('cleo', 'MUG')], { order: { ...BASKET, amount: money(7300), lines } })])
    const linesFor = (reader?: Reader) => toReceipt(record, SETTINGS, reader).lines.map(({ line, sku }) => [line, sku])
    expect([linesFor(), linesFor({ affiliateId: 'aff_ana' }), linesFor({ affiliateId: 'aff_cleo' })]).toEqual([[[1, 'TEE'], [2, 'MUG'], [3, 'CAP']], [[1, 'TEE'], [2, 'CAP']], [[1, 'MUG']]])
    expect(conversionText(toReceipt(record, SETTINGS, { affiliateId: 'aff_ana' }))).toMatch(/^ {2}2 {2}CAP {2}x 1/m)
  })

  test('why they lost, and nothing of what the order came to', () => {
    expect(toReceipt(recordOf([four]), SETTINGS, { affiliateId: 'aff_ben' })).toMatchObject({ lines: [], commissions: [], status: null, attributed: false, touches: [{ verdict: 'WEAKER_EVIDENCE', text: 'Partner-ben\'s coupon BEN10 lost to another affiliate\'s link, because this campaign puts links first.' }] })
  })

  test('their share rounded, for its fraction would tell how old the others\' touches are', () => {
    const shared = recordOf([receiptOf([clickOf('ana'), clickOf('ben', { occurredAtMs: AT_MS })], { policy: { model: 'time_decay' } })])
    expect(toReceipt(shared, SETTINGS)).toMatchObject({ touches: [{ weight: { n: 820_335_356, d: 1_820_335_356 } }, {}], commissions: [{ exact: expect.stringMatching('/') }, {}] })
    expect(toReceipt(shared, SETTINGS, { affiliateId: 'aff_ana' })).toMatchObject({ touches: [{ weight: { n: 4507, d: 10_000 } }], commissions: [{ exact: null }] })
  })

  test('neither rate nor the lines\' value of a shared order that was limited: by their part of it they would know the others\'', () => {
    const limited = recordOf([receiptOf([clickOf('ana'), clickOf('ben', { occurredAtMs: AT_MS })], { order: BASKET, policy: { model: 'linear', capPerOrder: [money(500)] } })])
    const shown = toReceipt(limited, SETTINGS, { affiliateId: 'aff_ana' })
    expect(shown).toMatchObject({ lines: [{ line: 1, sku: 'TEE', quantity: 1, baseMinor: null }, { sku: 'MUG', baseMinor: null }], touches: [{ verdict: 'SHARED', weight: null }], commissions: [{ amountMinor: 250, rate: null, exact: null }] })
    expect(conversionText(shown)).toContain('\nlines\n  1  TEE  x 1\n  2  MUG  x 2\n')
    expect(toReceipt(limited, SETTINGS)).toMatchObject({ lines: [{ baseMinor: 3600 }, { baseMinor: 2700 }], commissions: [{ rate: '10 %' }, { rate: '10 %' }] })
  })

  test('their volume in whole minor units, for its fraction is made of such shares; rounded down, so that it reaches what it did', () => {
    const tiers: Tiers = { period: 'month', steps: [{ threshold: [money(123_457)], rate: tenPercent }] }
    const usage = [{ affiliateId: 'aff_ana', campaignId: 'cmp_main', month: '2026-11', booked: '0', volume: '246913/2' }]
    const record = recordOf([receiptOf([clickOf('ana')], { policy: { tiers }, inputs: { usage } })])
    expect(toReceipt(record, SETTINGS).usage).toMatchObject([{ volume: '246913/2' }])
    expect(toReceipt(record, SETTINGS, { affiliateId: 'aff_ana' })).toMatchObject({ usage: [{ affiliateId: 'aff_ana', volume: '123456/1' }] })
    expect(toReceipt(record, SETTINGS, { affiliateId: 'aff_ana' }).text.join()).toContain('a volume of 1234.56 EUR in November 2026 reaches no tier yet')
  })

  test('a credit of their own, without the contest that others won', () => {
    const credit = receiptOf([explicitOf('ben')], { inputs: { kind: 'credit' } })
    expect(toReceipt(recordOf([receiptOf([clickOf('ana')]), credit]), SETTINGS, { affiliateId: 'aff_ben' }).text).toEqual([
      'Partner-ben earns 10.00 EUR in campaign "Main".', 'Partner-ben was credited with this order by hand.', 'Partner-ben: 10 % of 100.00 EUR (the rate of campaign "Main") is 10.00 EUR.',
    ])
  })

  test('a credit of an order that they lost: what they earn, why they lost, and by what they earn', () => {
    const credit = receiptOf([explicitOf('ben')], { inputs: { kind: 'credit' } })
    const lost = receiptOf([clickOf('ana'), couponOf('ben', 'BEN10')])
    expect(toReceipt(recordOf([lost, credit]), SETTINGS, { affiliateId: 'aff_ben' }).text).toEqual([
      'Partner-ben earns 10.00 EUR in campaign "Main".', 'Partner-ben\'s coupon BEN10 lost to another affiliate\'s link, because this campaign puts links first.',
      'Partner-ben was credited with this order by hand.', 'Partner-ben: 10 % of 100.00 EUR (the rate of campaign "Main") is 10.00 EUR.',
    ])
    expect(toReceipt(recordOf([lost, credit]), SETTINGS, { affiliateId: 'aff_ana' }).text.join()).not.toContain('by hand')
  })

  test.each<[string, ConversionBook]>([
    ['others won', recordOf([four])],
    ['nobody won, and no touch is theirs', recordOf([receiptOf([clickOf('ana', { bot: true })])])],
    ['another was credited by hand', recordOf([receiptOf([clickOf('ana')]), receiptOf([explicitOf('cleo')], { inputs: { kind: 'credit' } })])],
    ['there is no receipt yet', { ...recordOf([four]), receipts: [], commissions: [] }],
  ])('no order that has nothing to do with them, as if there were none: %s', (_name, record) => {
    expect(() => toReceipt(record, SETTINGS, { affiliateId: 'aff_dan' })).toThrow(expect.objectContaining({ code: 'NOT_FOUND', message: 'There is no such conversion.' }))
    expect(toReceipt(record, SETTINGS)).toMatchObject({ conversionId: 'cnv_1' })
  })

  test('an order on which they have a touch alone, or a commission alone', () => {
    const refused = recordOf([receiptOf([clickOf('ana', { bot: true })])])
    expect(toReceipt(refused, SETTINGS, { affiliateId: 'aff_ana' })).toMatchObject({ touches: [{ verdict: 'BOT' }] })
    expect(toReceipt({ ...recordOf([four]), receipts: [] }, SETTINGS, { affiliateId: 'aff_cleo' })).toMatchObject({ commissions: [{ amountMinor: 270 }] })
  })

  test('nothing of anybody else, in JSON and in text, whatever happened', () => {
    const refund: Refund = { id: 'ref_1', merchantId: 1, conversionId: 'cnv_1', key: 'k', kind: 'amount', minor: 55_555_551, lines: [], reason: 'Partner-ana, Partner-ben and Partner-cleo agreed', receivedAtMs: AT_MS }
    holds(fc.property(anyReceipt, fc.constantFrom('ana', 'ben', 'cleo'), (receipt, name) => {
      const reader = { affiliateId: `aff_${name}` }
      const credit = receiptOf([explicitOf(name === 'ana' ? 'ben' : 'ana')], { order: { amount: money(444_444_441) }, inputs: { kind: 'credit' } })
      const isThere = (one: Receipt): boolean => one.inputs.touches.some(({ affiliateId }) => affiliateId === reader.affiliateId)
      fc.pre(isThere(receipt) || isThere(credit))
      const other = name === 'cleo' ? 'aff_ana' : 'aff_cleo'
      const shown = toReceipt(talkative(recordOf([receipt, credit], { refunds: [refund], commission: { transferredTo: other } }), other), SETTINGS, reader)
      const all = `${JSON.stringify(shown)}\n${conversionText(shown)}`
      const others = ['ana', 'ben', 'cleo'].filter((one) => one !== name).flatMap((one) => [`Partner-${one}`, `go-${one}`])
      expect([...secretsOf(receipt, reader.affiliateId), ...others, '44444444', '444444.44', '55555551', '@', 'hash-of-buyer'].filter((secret) => all.includes(secret))).toEqual([])
    }), 1000)
  })
})
