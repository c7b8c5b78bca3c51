import type { Database } from 'better-sqlite3'
import type { BookRow, CommissionBook, ConversionRecord, Queries } from '../queries.ts'
import type { NumberedCommission } from './commissions.ts'
import { conversionTotals, summedColumns } from './conversion-totals.ts'
import { pageStore } from './pages.ts'
import { readReplay } from './replay.ts'
import { numbersOf } from './sequences.ts'
import { strayRows, unknownMerchants } from './strays.ts'
import type { Tables } from './sqlite.ts'

/** Reads without deciding. `isWorking` tells whether writes go through. */
export function queriesOf(db: Database, { commissions, conversions, daily, ledger, payouts, audit, settings, answers, totals, campaignTotals, referrals, events, persons, affiliateErasure, unusedTexts }: Tables, isWorking: () => boolean): { [K in keyof Queries]: (query: Queries[K]['query']) => Queries[K]['result'] | Promise<Queries[K]['result']> } {
  const pages = pageStore(db, { conversions, commissions, payouts })
  const numbers = numbersOf(db)
  const summed = summedColumns(db)
  const strays = strayRows(db)
  const unknown = unknownMerchants(db)
  const select1 = db.prepare('select 1').pluck()
  const bookOf = (commission: NumberedCommission): CommissionBook => {
    const { merchantId, id } = commission
    return {
      commission, adjustments: commissions.adjustmentsOf(merchantId, id), transactions: ledger.ofCommission(merchantId, id),
      payouts: commissions.payoutsOf(merchantId, id), moves: commissions.movesOf(merchantId, id), parts: commissions.partsOf(merchantId, id),
      raises: commissions.raisesOf(merchantId, id).map((raise) => ({ commission: raise, transactions: ledger.ofCommission(merchantId, raise.id) })),
    }
  }

  function bookRow({ number, read }: { number: number; read: () => ConversionRecord }): BookRow {
    try {
      const record = read()
      return { number, record, commissions: record.commissions.map(bookOf), summed: summed(record.order.merchantId, record.order.id) }
    } catch (error) {
      // Not a thing to stop at: `verify` names the row and goes on.
      return { number, unreadable: String(error) }
    }
  }

  return {
    conversion: ({ merchantId, name }) => conversions.named(merchantId, name),
    // One transaction each, so that a page and its total belong together.
    conversionPage: db.transaction((filter: Queries['conversionPage']['query']) => pages.conversions(filter)),
    conversionsBefore: db.transaction((filter: Queries['conversionsBefore']['query']) => pages.conversionRows(filter)),
    commissionPage: db.transaction((filter: Queries['commissionPage']['query']) => pages.commissions(filter)),
    payoutPage: db.transaction((filter: Queries['payoutPage']['query']) => pages.payouts(filter)),
    lastNumber: ({ merchantId }) => conversions.lastNumber(merchantId),
    // One transaction each, so that a page is consistent while another process writes.
    book: db.transaction(({ merchantId, afterNumber, limit }: Queries['book']['query']) => ({
      conversions: conversions.after(merchantId, afterNumber, limit).map(bookRow),
    })),
    credits: db.transaction(({ merchantId, afterNumber, limit }: Queries['credits']['query']) => commissions.credits(merchantId, afterNumber, limit).map(bookOf)),
    payouts: db.transaction((filter: Queries['payouts']['query']) => payouts.list(filter).map((payout) => ({ payout, transactions: ledger.ofPayout(filter.merchantId, payout.id) }))),
    commissions: (filter) => commissions.list(filter),
    payout: ({ merchantId, name }) => payouts.named(merchantId, name),
    commission: ({ merchantId, name }) => {
      const commission = commissions.named(merchantId, name)
      return commission && bookOf(commission)
    },
    clickQuarters: ({ merchantId }) => daily.quarters(merchantId),
    dailyClicks: ({ merchantId }) => daily.all(merchantId),
    balances: ({ merchantId }) => ledger.balances(merchantId),
    audit: ({ merchantId, afterNumber, limit }) => audit.after(merchantId, afterNumber, limit),
    numbers: ({ merchantId }) => numbers(merchantId),
    firstPayment: ({ merchantId, mode, subscriptionId }) => conversions.firstPayment(merchantId, mode, subscriptionId),
    unknownMerchants: unknown,
    campaignTotals: db.transaction((query: Queries['campaignTotals']['query']) => campaignTotals.totals(query)),
    campaignTimeline: db.transaction((query: Queries['campaignTimeline']['query']) => campaignTotals.timeline(query)),
    listedCommissions: db.transaction((filter: Queries['listedCommissions']['query']) => commissions.list(filter).map(pages.listed)),
    conversionTotals: db.transaction(conversionTotals(db)),
    affiliateTotals: db.transaction((query: Queries['affiliateTotals']['query']) => totals.affiliates(query)),
    referral: ({ merchantId, mode, name }) => referrals.find(merchantId, name, mode),
    referralPage: db.transaction((filter: Queries['referralPage']['query']) => referrals.page(filter)),
    referralNumbers: db.transaction(({ merchantId, identities }: Queries['referralNumbers']['query']) => referrals.numbers(merchantId, identities)),
    person: db.transaction((need: Queries['person']['query']) => persons.read(need)),
    affiliateAddresses: ({ merchantId, affiliateId }) => affiliateErasure.addresses(merchantId, affiliateId),
    unusedTexts: db.transaction((query: Queries['unusedTexts']['query']) => unusedTexts.find(query)),
    // One transaction each, so that a page and how far it went belong together.
    events: db.transaction((query: Queries['events']['query']) => events.after(query)),
    lastEvents: db.transaction((query: Queries['lastEvents']['query']) => events.last(query)),
    writtenByOthers: () => events.version(),
    answer: (key) => answers.find(key),
    bookedBefore: (query) => commissions.bookedBefore(query),
    cancellationNumber: ({ merchantId, refundId }) => conversions.cancellationNumber(merchantId, refundId),
    strays: ({ merchantId }) => strays(merchantId),
    due: ({ nowMs, after, limit }) => commissions.due(nowMs, after, limit),
    link: ({ tokenHash }) => settings.link(tokenHash),
    replay: (query) => readReplay(db, query),
    ready: () => isWorking() && select1.get() === 1,
  }
}
