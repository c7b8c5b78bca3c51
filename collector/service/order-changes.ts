import type { ConversionKind, Mode } from '../../shared/domain.ts'
import { DomainError, invalid } from '../../shared/errors.ts'
import { fromMajor } from '../../shared/engine/money.ts'
import { amountLeft } from '../../shared/engine/refund.ts'
import { conversionStatus } from '../../shared/engine/lifecycle.ts'
import { triggerValue } from '../../shared/engine/settings.ts'
import type { ConversionRecord } from '../store/queries.ts'
import type { Acting } from './acting.ts'
import type { commissionService } from './commissions.ts'
import type { conversionService } from './conversions.ts'
import { largestShare, type Share } from './largest-share.ts'
import type { refundService } from './refunds.ts'
import type { settlementService } from './settlements.ts'

/** An order as a caller wants it to stand who writes whole rows. */
export interface OrderChange {
  /** What an order never changes; said again, it must be as it was. */
  said: { kind?: ConversionKind | undefined; externalId?: string | null | undefined; coupon?: string | null | undefined; currency?: string | null | undefined }
  /** What is left of its amount, in major units: never more than before. */
  amount?: string | null | undefined
  /** What the affiliate of the largest share keeps, in major units. */
  commission?: string | undefined
  paid?: boolean | undefined
  /** How it was paid, where it was. */
  method: string
}

interface Services {
  commissions: ReturnType<typeof commissionService>
  conversions: ReturnType<typeof conversionService>
  refunds: ReturnType<typeof refundService>
  settlements: ReturnType<typeof settlementService>
}
type NumberedCommission = ConversionRecord['commissions'][number]

const payable = ({ commissions: booked }: ConversionRecord): string[] => booked.filter(({ status }) => status !== 'REJECTED').map(({ id }) => id)

/** What may become of an order that is recorded: less of it by refunds, another commission by a correction, and payment. */
export function orderChangeService({ commissions, conversions, refunds, settlements }: Services) {
  async function pay(conversion: ConversionRecord, { paid, method }: { paid: boolean; method: string }, acting: Acting): Promise<void> {
    const { merchantId, mode } = conversion.order
    const named = { merchantId, mode, names: payable(conversion) }
    await (paid ? settlements.pay({ ...named, method }, acting) : settlements.unpay(named, acting))
  }

  /** Corrects the total before refunds so that this much stays. */
  async function correct(conversion: ConversionRecord, minor: number, acting: Acting): Promise<void> {
    const share = largestShare(conversion.commissions)
    if (share === undefined) return
    const { order: { merchantId, mode } } = conversion
    const clawedMinor = conversion.commissions.filter(({ affiliateId }) => affiliateId === share.affiliateId).reduce((sum, one) => sum + one.clawedMinor, 0)
    if (share.minor !== minor) await commissions.adjust({ merchantId, mode, commission: share.commission.id, type: 'CORRECTION', minor: () => minor + clawedMinor }, acting)
  }

  return {
    /** Pays what an order earned, where anything is to be paid; what cannot be paid stays as it is. */
    async payIfDue(conversion: ConversionRecord, method: string, acting: Acting): Promise<void> {
      if (payable(conversion).length === 0) return
      try {
        await pay(conversion, { paid: true, method }, acting)
      } catch (error) {
        // The order is on disk: the answer shows it unpaid, and a refusal would deny it.
        if (!(error instanceof DomainError) || error.code !== 'CONFLICT') throw error
      }
    },

    /**
     * Brings an order to what a row says of it; what the row leaves out, and what is so already, stays. Throws `NOT_FOUND`,
     * `CONFLICT` for what an order never changes or its state refuses, `INVALID` with the field.
     */
    async change({ merchantId, mode, number }: { merchantId: number; mode: Mode; number: string }, change: OrderChange, acting: Acting): Promise<ConversionRecord> {
      const again = () => conversions.numbered(merchantId, number, mode)
      const before = await again()
      const wanted = wantedOf(before, change)
      if (wanted.leftMinor !== undefined) {
        const { leftMinor } = wanted
        const request: Parameters<typeof refunds.refund>[0]['request'] = (_currency, conversion) => (leftMinor === 0 ? { kind: 'full' } : { kind: 'amount', minor: lessBy(conversion, leftMinor) })
        await refunds.refund({ merchantId, mode, order: before.order.id, request }, acting)
      }
      if (wanted.commissionMinor !== undefined) await correct(await again(), wanted.commissionMinor, acting)
      if (wanted.paid !== undefined) await pay(await again(), { paid: wanted.paid, method: change.method }, acting)
      return again()
    },

    /** Gives an order back as a whole; one that is given back already stays so. Throws `NOT_FOUND`. */
    async takeBack({ merchantId, mode, number }: { merchantId: number; mode: Mode; number: string }, acting: Acting): Promise<void> {
      try {
        await refunds.refund({ merchantId, mode, order: number, by: 'number', request: () => ({ kind: 'full' }) }, acting)
      } catch (error) {
        // The only conflict of a full refund: there is nothing left.
        if (!(error instanceof DomainError) || error.code !== 'CONFLICT') throw error
      }
    },
  }
}

/** What is to be done, or undefined where it is so already; refuses what cannot be before anything is written. */
function wantedOf(conversion: ConversionRecord, { said, amount, commission, paid }: OrderChange): { leftMinor: number | undefined; commissionMinor: number | undefined; paid: boolean | undefined } {
  refuseOtherwise(conversion, said)
  const { order: { amount: { currency } } } = conversion
  const share = largestShare(conversion.commissions)
  const left = amountLeft(conversion)
  const leftMinor = amount === undefined || amount === null ? undefined : minorOf(amount, currency, 'amount')
  if (amount === null && conversion.order.amount.minor > 0) throw conflict('amount', 'cannot be taken off an order')
  if (leftMinor !== undefined && leftMinor > left) throw conflict('amount', 'is more than is left of the order, which never grows')
  const commissionMinor = commission === undefined ? undefined : minorOf(commission, currency, 'commission')
  const isCorrected = commissionMinor !== undefined && commissionMinor !== (share?.minor ?? 0)
  if (isCorrected) refuseCorrection(share, { isGone: leftMinor === 0 })
  const isPaid = conversionStatus(conversion.commissions, conversion.attributed) === 'PAID'
  if (paid === true && !isPaid) refusePayment(conversion, { isGone: leftMinor === 0 })
  return {
    leftMinor: leftMinor === left || (leftMinor === 0 && conversion.order.amount.minor === 0) ? undefined : leftMinor,
    commissionMinor: isCorrected ? commissionMinor : undefined, paid: paid === isPaid ? undefined : paid,
  }
}

function refuseOtherwise({ order, identifiers }: ConversionRecord, { kind, externalId, coupon, currency }: OrderChange['said']): void {
  if (kind !== undefined && kind !== order.kind) throw never('kind')
  if (externalId !== undefined && externalId !== order.externalId) throw never('externalId')
  const coupons = identifiers.filter((identifier) => identifier.kind === 'coupon').map(({ value }) => value)
  if (coupon !== undefined && (coupon === null ? coupons.length > 0 : !coupons.includes(triggerValue(coupon)))) throw never('coupon')
  if (currency !== undefined && (currency === null ? order.amount.minor > 0 : currency.toUpperCase() !== order.amount.currency)) throw never('currency')
}

function refuseCorrection(share: Share<NumberedCommission> | undefined, { isGone }: { isGone: boolean }): void {
  if (share === undefined) throw conflict('commission', 'nobody has won this order')
  if (share.commission.status === 'REJECTED' || isGone) throw conflict('commission', 'nothing is left of this commission; a credit by hand is another one')
}

function refusePayment({ commissions }: ConversionRecord, { isGone }: { isGone: boolean }): void {
  if (isGone || !commissions.some(({ status }) => status !== 'REJECTED')) throw conflict('paid', 'nobody earns from this order')
  if (commissions.some(({ status }) => status === 'IN_PAYOUT')) throw conflict('paid', 'a payout holds the commission; mark that as paid, or cancel it')
}

function minorOf(text: string, currency: string, field: string): number {
  const { minor } = fromMajor(text, currency, field)
  if (minor < 0) throw invalid(field, 'must not be negative')
  return minor
}

/** As of the transaction that books it: two calls at once do not take it back twice. */
function lessBy(conversion: ConversionRecord, leftMinor: number): number {
  const minor = amountLeft(conversion) - leftMinor
  if (minor <= 0) throw conflict('amount', 'no more than this is left already')
  return minor
}

const conflict = (field: string, message: string): DomainError => new DomainError('CONFLICT', `${field}: ${message}`, { issues: [{ path: [field], message }] })
const never = (field: string): DomainError => conflict(field, 'an order never changes what was reported')
