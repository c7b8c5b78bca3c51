import type { Mode } from '../../shared/domain.ts'
import { majorText, toMajor } from '../../shared/engine/money.ts'
import { paidMinor } from '../../shared/engine/payout.ts'
import type { ConversionTotals, ConversionTotalsQuery } from '../store/totals.ts'
import type { affiliateService } from './affiliates.ts'
import { shownStatus } from './commission-view.ts'
import { settingsFor, type Deps } from './deps.ts'
import { reportLinks, type Linked } from './report-links.ts'

/** A cell of a report: text, or a number exactly as it is to stand. */
type Cell = string | { number: string } | null

/** A report that is read page by page. */
export interface ReportFile {
  name: string
  columns: string[]
  pages: () => AsyncIterable<Cell[][]>
}

/** Rows that are read at a time. */
const PAGE = 500

/** Sums over what was earned, and files of it. */
export function reportService(deps: Deps, affiliates: Pick<ReturnType<typeof affiliateService>, 'page' | 'totals'>) {
  const { store, now } = deps
  const links = reportLinks(deps.secrets.signing)
  const files = [conversionsFile(deps), affiliatesFile(deps, affiliates), payoutsFile(deps)]
  const fileOf = (number: number) => files[number - 1]

  return {
    /** What commissions and cancellations come to, in the merchant's currency. */
    async totals(query: Omit<ConversionTotalsQuery, 'currency'>): Promise<ConversionTotals & { currency: string }> {
      const { merchant: { currency } } = settingsFor(store.directory(), query.merchantId)
      return { ...await store.read('conversionTotals', { ...query, currency }), currency }
    },

    /** A link to a report by its number; undefined when there is none. */
    link: (linked: Linked): { token: string; expiresAtMs: number } | undefined => (fileOf(linked.number) === undefined ? undefined : links.make(linked, now())),

    /** The report that a link leads to; undefined when it has ended, or is none. */
    open({ merchantId, number, token }: Omit<Linked, 'mode'> & { token: string }): ReportFile | undefined {
      const mode = links.modeOf({ merchantId, number, token }, now())
      return mode === undefined ? undefined : fileOf(number)?.({ merchantId, mode })
    },
  }
}

interface Whose {
  merchantId: number
  mode: Mode
}
type File = (whose: Whose) => ReportFile

const number = (value: number | string): Cell => ({ number: String(value) })
const time = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString().slice(0, 19).replace('T', ' '))

/** Each commission with its order, the oldest first. */
const conversionsFile = ({ store }: Deps): File => ({ merchantId, mode }) => ({
  name: 'conversions',
  columns: ['id', 'created', 'status', 'reason', 'payment_status', 'paid', 'order_id', 'order_total', 'commission_total', 'refunded_commission', 'currency', 'affiliate_id', 'affiliate_code', 'offer_id'],
  async *pages() {
    for (let afterNumber = 0; ;) {
      const rows = await store.read('listedCommissions', { merchantId, mode, afterNumber, limit: PAGE })
      const settings = settingsFor(store.directory(), merchantId)
      yield rows.map(({ commission, order, paidAtMs }) => {
        const { amount: { currency }, totalMinor, clawedMinor } = commission
        const affiliate = settings.affiliates.get(commission.affiliateId)
        const offer = commission.campaignId === null ? undefined : settings.campaigns.get(commission.campaignId)?.number
        return [
          number(commission.number), time(commission.bookedAtMs), shownStatus(commission.status), commission.reason, commission.status === 'PAID' ? 'PAID' : 'UNPAID', time(paidAtMs),
          order?.externalId ?? null, order === null ? null : number(toMajor(order.amount)), number(toMajor({ minor: totalMinor, currency })), number(toMajor({ minor: clawedMinor, currency })), currency,
          affiliate === undefined ? null : number(affiliate.number), affiliate?.codes.at(-1)?.code ?? null, offer === undefined ? null : number(offer),
        ]
      })
      if (rows.length < PAGE) return
      afterNumber = rows.at(-1)?.commission.number ?? 0
    }
  },
})

/** Each affiliate with what they brought and keep, in the merchant's currency. */
const affiliatesFile = ({ store }: Deps, affiliates: Pick<ReturnType<typeof affiliateService>, 'page' | 'totals'>): File => ({ merchantId, mode }) => ({
  name: 'affiliates',
  columns: ['id', 'code', 'status', 'first_name', 'last_name', 'email', 'company', 'paypal_email', 'created', 'clicks', 'sales', 'pending', 'approved', 'paid', 'currency'],
  async *pages() {
    for (let offset = 0; ; offset += PAGE) {
      const { rows } = affiliates.page(merchantId, { limit: PAGE, offset })
      const sums = await affiliates.totals(merchantId, mode, rows.map(({ id }) => id))
      const { merchant: { currency } } = settingsFor(store.directory(), merchantId)
      yield rows.map((one) => {
        const of = sums.get(one.id)
        const major = (minor: bigint | undefined): Cell => number(majorText(minor ?? 0n, currency))
        return [
          number(one.number), one.code, one.status, one.profile.firstName, one.profile.lastName, one.email, one.profile.company, one.payoutEmail, time(one.createdAtMs),
          number(of?.clicks ?? 0), number(of?.sales ?? 0), major(of?.pendingMinor), major(of?.approvedMinor), major(of?.paidMinor), currency,
        ]
      })
      if (rows.length < PAGE) return
    }
  },
})

/** Each payout, the oldest first. */
const payoutsFile = ({ store }: Deps): File => ({ merchantId, mode }) => ({
  name: 'payouts',
  columns: ['id', 'status', 'affiliate_id', 'affiliate_code', 'gross', 'debt', 'total', 'currency', 'payment_method', 'conversions', 'created', 'paid'],
  async *pages() {
    for (let afterNumber = 0; ;) {
      const rows = await store.read('payouts', { merchantId, afterNumber, limit: PAGE })
      const settings = settingsFor(store.directory(), merchantId)
      yield rows.filter(({ payout }) => payout.mode === mode).map(({ payout }) => {
        const { currency, grossMinor, nettedMinor } = payout
        const affiliate = settings.affiliates.get(payout.affiliateId)
        const [gross, debt, total] = [grossMinor, nettedMinor, paidMinor(payout)].map((minor) => number(toMajor({ minor, currency })))
        return [
          number(payout.number), payout.status, affiliate === undefined ? null : number(affiliate.number), affiliate?.codes.at(-1)?.code ?? null, gross ?? null, debt ?? null, total ?? null, currency, payout.method,
          number(payout.commissionIds.length), time(payout.madeAtMs), time(payout.paidAtMs),
        ]
      })
      if (rows.length < PAGE) return
      afterNumber = rows.at(-1)?.payout.number ?? 0
    }
  },
})
