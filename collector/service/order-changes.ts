import type { Commission, Conversion, ConversionKind, Mode } from '../../shared/domain.ts'
import { DomainError, invalid, unfit } from '../../shared/errors.ts'
import type { Adjusted } from '../../shared/engine/adjust.ts'
import { conversionStatus } from '../../shared/engine/lifecycle.ts'
import { fromMajor, toMinor } from '../../shared/engine/money.ts'
import type { Decision } from '../../shared/engine/record.ts'
import { amountLeft } from '../../shared/engine/refund.ts'
import { triggerValue } from '../../shared/engine/settings.ts'
import type { Entry } from '../store/store.ts'
import { at, type Acting, type Doing } from './acting.ts'
import { adjusted } from './commissions.ts'
import { unknownConversion } from './conversion-names.ts'
import type { Deps } from './deps.ts'
import { largestShare } from './largest-share.ts'
import { standingAfter, type Standing } from './order-standing.ts'
import { giveBack, type refundService } from './refunds.ts'
import { payAll, unpayAll } from './settlements.ts'

/** An order as a caller wants it to stand who writes whole rows. */
export interface OrderChange {
  /** What an order never changes; said again, it must be as it was. A caller's word may stand for several kinds. */
  said: { kinds?: readonly ConversionKind[] | undefined; externalId?: string | null | undefined; coupon?: string | null | undefined; currency?: string | null | undefined }
  /** What is left of its amount, in major units: never more than before. */
  amount?: string | null | undefined
  /** What the affiliate of the largest share keeps, in major units. */
  commission?: string | undefined
  paid?: boolean | undefined
  /** How it was paid, where it was. */
  method: string
}

interface Numbered {
  merchantId: number
  mode: Mode
  number: number
}

/** What may become of an order that is recorded: less of it by refunds, another commission by a correction, and payment. */
export function orderChangeService(deps: Deps, { refunds }: { refunds: ReturnType<typeof refundService> }) {
  return {
    /**
     * Brings an order to what a row says of it, all or nothing, and tells how it stands then; what the row leaves out, and
     * what is so already, stays. Throws `NOT_FOUND`, `CONFLICT` for what an order never changes or its state refuses, `INVALID`
     * with the field.
     */
    change({ merchantId, mode, number }: Numbered, change: OrderChange, acting: Acting): Promise<Conversion & { number: number }> {
      const doing = { now: at(deps), acting }
      return deps.store.decide('orderChange', { merchantId, name: { number } }, (facts) => {
        if (facts === undefined || facts.conversion.order.mode !== mode) throw unknownConversion()
        return changed(facts, change, doing)
      })
    },

    /** Gives an order back as a whole; one that is given back already stays so. Throws `NOT_FOUND`. */
    async takeBack({ merchantId, mode, number }: Numbered, acting: Acting): Promise<void> {
      try {
        await refunds.refund({ merchantId, mode, order: String(number), by: 'number', request: () => ({ kind: 'full' }) }, acting)
      } catch (error) {
        // The only conflict of a full refund: there is nothing left.
        if (!(error instanceof DomainError) || error.code !== 'CONFLICT') throw error
      }
    },
  }
}

/** What a row asks for, in minor units; what it leaves out is undefined. */
interface Wanted {
  leftMinor: number | undefined
  /** Undefined also where the row says what it was told: then it is what a refund leaves of it. */
  commissionMinor: number | undefined
  paid: boolean | undefined
  wasPaid: boolean
  method: string
}

/** A refund, a correction and a payment, each of the order as the one before leaves it. */
const STEPS = [refunded, corrected, settled]

function changed(facts: Standing, change: OrderChange, doing: Doing): Decision<Conversion & { number: number }, Entry> {
  const wanted = wantedOf(facts.conversion, change)
  const entries: Entry[] = []
  let standing = facts
  for (const step of STEPS) {
    const written = step(standing, wanted, doing)
    entries.push(...written)
    standing = standingAfter(standing, written)
  }
  return { entries, result: standing.conversion }
}

function wantedOf(conversion: Conversion, { said, amount, commission, paid, method }: OrderChange): Wanted {
  refuseOtherwise(conversion, said)
  const { order: { amount: { currency, minor: ordered } }, commissions } = conversion
  if (amount === null && ordered > 0) throw conflict('amount', 'cannot be taken off an order')
  const leftMinor = amount === undefined || amount === null ? undefined : minorOf(amount, currency, 'amount')
  const commissionMinor = commission === undefined ? undefined : minorOf(commission, currency, 'commission')
  return { leftMinor, commissionMinor: commissionMinor === (largestShare(commissions)?.minor ?? 0) ? undefined : commissionMinor, paid, wasPaid: isPaid(conversion), method }
}

function refuseOtherwise({ order, identifiers }: Conversion, { kinds, externalId, coupon, currency }: OrderChange['said']): void {
  if (kinds !== undefined && !kinds.includes(order.kind)) throw never('kinds')
  if (externalId !== undefined && externalId !== order.externalId) throw never('externalId')
  const coupons = identifiers.filter((identifier) => identifier.kind === 'coupon').map(({ value }) => triggerValue(value))
  if (coupon !== undefined && (coupon === null ? coupons.length > 0 : !coupons.includes(triggerValue(coupon)))) throw never('coupon')
  if (currency !== undefined && (currency === null ? order.amount.minor > 0 : currency.toUpperCase() !== order.amount.currency)) throw never('currency')
}

function refunded({ conversion }: Standing, { leftMinor }: Wanted, doing: Doing): Entry[] {
  const left = amountLeft(conversion)
  if (leftMinor === undefined || leftMinor === left) return []
  if (leftMinor > left) throw conflict('amount', 'is more than is left of the order, which never grows')
  return giveBack(conversion, { request: leftMinor === 0 ? { kind: 'full' } : { kind: 'amount', minor: left - leftMinor } }, doing).entries
}

/** Sets the total before refunds so that this much stays. */
function corrected({ conversion }: Standing, { commissionMinor }: Wanted, doing: Doing): Entry[] {
  const share = largestShare(conversion.commissions)
  if (commissionMinor === undefined || commissionMinor === (share?.minor ?? 0)) return []
  if (share === undefined) throw conflict('commission', 'nobody has won this order')
  const { commission } = share
  const raises = conversion.commissions.filter(({ source }) => source.kind === 'raise' && source.commissionId === commission.id)
  const total = [commission, ...raises.filter(({ status }) => status !== 'REJECTED')].reduce((sum, { totalMinor }) => sum + BigInt(totalMinor), 0n)
  const minor = toMinor(total + BigInt(commissionMinor) - BigInt(share.minor), 'commission')
  const { entries, result } = adjusted({ commission, conversion, raises }, { type: 'CORRECTION', minor, reason: null }, doing)
  if (!result.adjusted) throw CORRECTION_REFUSALS[result.refused]()
  return entries
}

const nothingLeft = (): DomainError => conflict('commission', 'nothing is left of this commission; a credit by hand is another one')
const CORRECTION_REFUSALS: Record<Extract<Adjusted, { adjusted: false }>['refused'], () => DomainError> = {
  WRONG_STATE: nothingLeft,
  FULLY_REFUNDED: nothingLeft,
  BELOW_CLAWED: () => unfit('commission', 'would take the commission below what refunds took, or below 0; make a negative credit instead'),
  UNCHANGED: () => unfit('commission', 'would change nothing'),
}

/** Pays what the order earned, raises too, or takes its payment back. */
function settled({ conversion, earned }: Standing, { paid, wasPaid, method }: Wanted, doing: Doing): Entry[] {
  const payable = earned.filter(({ commission }) => commission.status !== 'REJECTED')
  if (paid === false) return wasPaid ? inPayment(() => unpayAll(payable, doing)) : []
  if (paid !== true || isPaid(conversion)) return []
  if (payable.length === 0) throw conflict('paid', 'nobody earns from this order')
  if (payable.some(({ commission }) => commission.status === 'IN_PAYOUT')) throw conflict('paid', 'a payout holds the commission; mark that as paid, or cancel it')
  return inPayment(() => payAll(payable, { method }, doing))
}

/** What a payment is refused for is said of the payment. */
function inPayment(settle: () => Decision<Commission[], Entry>): Entry[] {
  try {
    return settle().entries
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    throw new DomainError(error.code, `paid: ${error.message}`, { issues: [{ path: ['paid'], message: error.message }], isUnfit: error.isUnfit, cause: error })
  }
}

const isPaid = ({ commissions, attributed }: Conversion): boolean => conversionStatus(commissions, attributed) === 'PAID'

function minorOf(text: string, currency: string, field: string): number {
  const { minor } = fromMajor(text, currency, field)
  if (minor < 0) throw invalid(field, 'must not be negative')
  return minor
}

const conflict = (field: string, message: string): DomainError => new DomainError('CONFLICT', `${field}: ${message}`, { issues: [{ path: [field], message }] })
const never = (field: string): DomainError => conflict(field, 'an order never changes what was reported')
