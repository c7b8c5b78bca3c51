import type { Mode } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import { changePayout, makePayout, type Payout } from '../../shared/engine/payout.ts'
import { currencyOf } from '../../shared/engine/money.ts'
import type { Page, PayoutPageFilter } from '../store/pages.ts'
import type { PayoutFilter } from '../store/queries.ts'
import { at, auditOf, type Acting } from './acting.ts'
import { affiliateNamed } from './affiliate-names.ts'
import { settingsFor, type Deps } from './deps.ts'

export interface PayoutInput {
  merchantId: number
  affiliate: string
  mode: Mode
  /** The merchant's own where none is named. */
  currency?: string | undefined
  method?: string | undefined
  note?: string | undefined
}

export type PayoutView = Payout & { number: number }

const CHANGES = { pay: 'payout_paid', cancel: 'payout_cancelled', undo: 'payout_undone' } as const

/** Payouts: one affiliate, one currency, one mode, net of what they owe (ENGINE section 6). */
export function payoutService(deps: Deps) {
  const { store } = deps

  /** A payout by id or number; throws `NOT_FOUND`, also for one of another mode than is asked for. */
  async function find(merchantId: number, name: string, mode?: Mode): Promise<PayoutView> {
    const payout = await store.read('payout', { merchantId, name })
    if (payout === undefined || (mode !== undefined && payout.mode !== mode)) throw new DomainError('NOT_FOUND', `There is no payout ${name}.`)
    return payout
  }

  /** Pays or cancels open payouts, or undoes paid ones, all or none; throws `NOT_FOUND`, and `CONFLICT` in another state. */
  async function changeAll(how: keyof typeof CHANGES, { merchantId, names, mode, reason }: { merchantId: number; names: string[]; mode?: Mode | undefined; reason?: string | undefined }, acting: Acting): Promise<PayoutView[]> {
    const now = at(deps)
    const ids = await store.decide('payouts', { merchantId, names }, (all) => {
      const found = all.filter(({ payout }) => mode === undefined || payout.mode === mode)
      const missing = names.find((name) => !found.some(({ payout }) => isNamed(payout, name)))
      if (missing !== undefined) throw new DomainError('NOT_FOUND', `There is no payout ${missing}.`)
      const entries = found.flatMap((facts) => {
        const decision = changePayout(CHANGES[how], facts, now)
        if (!decision.result.done) throw new DomainError('CONFLICT', `Cannot ${how} payout ${names.find((name) => isNamed(facts.payout, name))}: it is ${facts.payout.status.toLowerCase()}.`)
        return [...decision.entries, auditOf(acting, { now, about: facts.payout, action: `payout ${how}`, subject: facts.payout.id, detail: reason === undefined ? {} : { reason } })]
      })
      return { entries, result: found.map(({ payout }) => payout.id) }
    })
    return Promise.all(ids.map((id) => find(merchantId, id)))
  }

  return {
    /** Bundles what is approved; throws `CONFLICT` where nothing would be left to pay, and `INVALID` for an unknown affiliate. */
    async make({ merchantId, affiliate, mode, currency, method, note }: PayoutInput, acting: Acting): Promise<PayoutView> {
      const settings = settingsFor(store.directory(), merchantId)
      const about = { merchantId, mode, affiliateId: affiliateNamed(settings, affiliate).id, currency: currencyOf(currency ?? settings.merchant.currency), method: method ?? null, note: note ?? null }
      const now = at(deps)
      const id = await store.decide('payable', about, (facts) => {
        const { entries, result } = makePayout(facts, about, now)
        if (!result.done) throw new DomainError('CONFLICT', facts.commissions.length === 0 ? 'NOTHING_TO_PAY: no commission of this affiliate is approved and unpaid.' : 'NOTHING_TO_PAY: what is approved does not exceed what the affiliate owes; it stays approved, and the debt is carried.')
        return { entries: [...entries, auditOf(acting, { now, about, action: 'payout make', subject: result.payout.id, detail: { grossMinor: result.payout.grossMinor, nettedMinor: result.payout.nettedMinor } })], result: result.payout.id }
      })
      return find(merchantId, id)
    },

    changeAll,
    /** The same for one payout. */
    async change(how: keyof typeof CHANGES, { payout, ...of }: { merchantId: number; payout: string; mode?: Mode | undefined; reason?: string | undefined }, acting: Acting): Promise<PayoutView> {
      const [changed] = await changeAll(how, { ...of, names: [payout] }, acting)
      if (changed === undefined) throw new Error('the payout that was just changed is not there')
      return changed
    },

    find,
    /** A page of payouts, newest first. */
    page: (filter: PayoutPageFilter): Promise<Page<PayoutView>> => store.read('payoutPage', filter),
    /** Payouts by number, oldest first. */
    list: async (filter: PayoutFilter): Promise<PayoutView[]> => (await store.read('payouts', filter)).map(({ payout }) => payout),
  }
}

const isNamed = ({ id, number }: PayoutView, name: string): boolean => id === name || String(number) === name
