import { triggerKey, type Settings } from '../../../shared/engine/settings.ts'
import type { CustomerHistory } from '../../../shared/engine/record.ts'
import type { CommissionFacts, CustomerNeed, Needs, SettlementFacts } from '../needs.ts'
import type { Tables } from './sqlite.ts'

/** What each kind of decision gets to know, read inside its transaction. */
export function factsOf({ clicks, commissions, conversions, customer, ledger, payouts, directory, settings, answers, referrals, persons, affiliateErasure }: Tables): { [K in keyof Needs]: (need: Needs[K]['need']) => Needs[K]['facts'] } {
  function settingsOf(merchantId: number): Settings {
    const known = directory.current().merchants.get(merchantId)
    if (known === undefined) throw new Error(`there is no merchant ${merchantId}`)
    return known
  }

  /** The history with its settings, and the sums that only the rest tells the need of. */
  function complete(merchantId: number, history: Omit<CustomerHistory, 'settings' | 'usage'>, sums: CustomerNeed['sums']): CustomerHistory {
    const known = { ...history, settings: settingsOf(merchantId) }
    return { ...known, usage: commissions.sums(merchantId, sums(known)) }
  }

  function commissionFacts(merchantId: number, name: string): CommissionFacts[] {
    const commission = commissions.named(merchantId, name)
    if (commission === undefined) return []
    const conversion = commission.conversionId === null ? undefined : conversions.named(merchantId, { id: commission.conversionId })
    return [{
      commission, conversion, settings: settingsOf(merchantId), raises: commissions.raisesOf(merchantId, commission.id),
      buyers: customer.identitiesOf(merchantId, commission.mode, conversion?.identifiers ?? []),
      booked: commissions.countOf(merchantId, commission.affiliateId, commission.mode),
    }]
  }

  const commissionsNamed = (merchantId: number, names: string[]): CommissionFacts[] => onceEach(names.flatMap((name) => commissionFacts(merchantId, name)), ({ commission }) => commission.id)

  const settling = (merchantId: number, names: string[]): SettlementFacts[] => commissionsNamed(merchantId, names).map((facts) => {
    const { id, mode, amount: { currency }, affiliateId } = facts.commission
    return { ...facts, owed: ledger.balance({ merchantId, mode, currency }, 'clawback', affiliateId), payout: commissions.payoutsOf(merchantId, id).flatMap((name) => payouts.named(merchantId, name) ?? [])[0] }
  })

  return {
    customer: (need) => ({
      ...complete(need.merchantId, customer.history(need), need.sums), answer: need.answer && answers.find(need.answer),
      twins: need.toldBy === undefined || need.order === undefined ? [] : conversions.toldBy(need.toldBy, need.merchantId, { mode: need.mode, ...need.order }),
      paying: need.paying && { buyers: customer.identitiesOf(need.merchantId, need.mode, need.paying.identifiers), owed: ledger.owed({ merchantId: need.merchantId, mode: need.mode, currency: need.paying.currency }) },
    }),
    arrival: (need) => {
      const appended = clicks.add(need.visit, { later: false })
      return { ...complete(need.merchantId, customer.history({ ...need, clicks: [...need.clicks, appended.clickId] }), need.sums), ...appended }
    },
    open: ({ merchantId, trigger, value, sinceMs, sums }) => {
      const found = {
        sku: () => conversions.unsettledWithSku(merchantId, value, sinceMs),
        coupon: () => conversions.unsettled(merchantId, { kind: 'coupon', value }, { mode: 'live', sinceMs }),
        email: () => customer.unsettledOf(merchantId, value, sinceMs),
      }[trigger]()
      return complete(merchantId, customer.historyOf(merchantId, found), sums)
    },
    settings: ({ link }) => ({ directory: directory.current(), nextMerchantId: settings.nextMerchantId(), link: link === undefined ? undefined : settings.link(link) }),
    referral: ({ merchantId, identity, mode }) => ({ settings: settingsOf(merchantId), referral: referrals.find(merchantId, { identity }, mode) }),
    commissions: ({ merchantId, names }) => commissionsNamed(merchantId, names),
    order: ({ merchantId, name, sums, answer }) => {
      const conversion = conversions.named(merchantId, name)
      if (conversion === undefined) return undefined
      const known = { conversion, settings: settingsOf(merchantId), answer: answer && answers.find(answer) }
      return { ...known, usage: sums === undefined ? [] : commissions.sums(merchantId, sums(known)) }
    },
    payable: ({ merchantId, affiliateId, mode, currency }) => ({
      commissions: commissions.approved(merchantId, affiliateId, { mode, currency }),
      owed: ledger.balance({ merchantId, mode, currency }, 'clawback', affiliateId),
    }),
    payouts: ({ merchantId, names }) => onceEach(names.flatMap((name) => payouts.named(merchantId, name) ?? []), ({ id }) => id)
      .map((payout) => ({ payout, commissions: payout.commissionIds.flatMap((id) => commissions.named(merchantId, id) ?? []) })),
    settlement: ({ merchantId, names }) => settling(merchantId, names),
    orderChange: ({ merchantId, name }) => {
      const conversion = conversions.named(merchantId, name)
      return conversion && { conversion, earned: settling(merchantId, conversion.commissions.map(({ id }) => id)) }
    },
    person({ merchantId, identity, texts }) {
      const known = settingsOf(merchantId)
      const affiliates = [...known.affiliates.values()].filter(({ identities }) => identities.some((own) => own.identity === identity))
      const identities = [...new Set([identity, ...affiliates.flatMap((affiliate) => affiliate.identities.map((own) => own.identity))])]
      const words = [...new Set([...texts, ...affiliates.flatMap(({ id }) => affiliateErasure.addresses(merchantId, id).map((address) => address.toLowerCase()))])]
      const { reach, counts, texts: visitTexts } = persons.find({ merchantId, identities, texts: words })
      const triggers = reach.identities.flatMap((name) => known.triggers.get(triggerKey('email', name)) ?? [])
      const balances = affiliates.length === 0 ? [] : ledger.balances(merchantId).filter(({ affiliateId, minor }) => minor !== 0n && affiliates.some(({ id }) => id === affiliateId))
      return { settings: known, affiliates, triggers, texts: words, reach, counts: { ...counts, triggers: triggers.length }, visitTexts, balances }
    },
    importedOrder: ({ merchantId, order: { mode, amount: { currency }, ...order }, affiliateId }) => ({
      settings: settingsOf(merchantId), conversion: conversions.recorded(merchantId, mode, order),
      owed: affiliateId === null ? 0n : ledger.balance({ merchantId, mode, currency }, 'clawback', affiliateId),
    }),
    importedPayout: ({ merchantId, affiliateId, mode, currency, note, aloneNote }) => ({
      commissions: commissions.unpaid(merchantId, affiliateId, { mode, currency }), owed: ledger.balance({ merchantId, mode, currency }, 'clawback', affiliateId), held: payouts.noted(merchantId, affiliateId, note),
      alone: payouts.noted(merchantId, affiliateId, aloneNote),
    }),
    nothing: () => undefined,
  }
}

/** What is named twice, by its id and by its number, is decided once. */
const onceEach = <T>(found: T[], idOf: (one: T) => string): T[] => [...new Map(found.map((one) => [idOf(one), one])).values()]
