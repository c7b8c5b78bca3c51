import { invalid } from '../../shared/errors.ts'
import { decimal, fromMajor, toMinor } from '../../shared/engine/money.ts'
import { instantAt } from '../../shared/engine/time.ts'
import { DAY_MS } from '../../shared/limits.ts'

/** No affiliate programme is older, and broken exports say 1970. */
const EARLIEST_MS = Date.UTC(1995, 0, 1)

/** How days are written where no year comes first: `31/03/2026` or `03/31/2026`. */
export type DayOrder = 'dmy' | 'mdy' | undefined

/**
 * An amount in minor units, read from its digits and never below zero; what has more decimals than the currency is rounded
 * half up, as everywhere. Throws `INVALID` on the field.
 */
export function amountIn(text: string, { unit, currency, field }: { unit: 'major' | 'minor'; currency: string; field: string }): number {
  if (/\d,\d/.test(text)) throw invalid(field, 'has a comma: write 1234.50, with a point before the decimals and nothing between thousands')
  const { n, d } = decimal(text.trim(), field)
  if (n < 0n) throw invalid(field, 'is below zero: what was taken back is told as "refunded", and a debt is booked by "refledger credit"')
  if (unit === 'major') return fromMajor(text.trim(), currency, field).minor
  if (n % d !== 0n) throw invalid(field, 'must be a whole number of minor units (cents); where the file has major units, say --amounts major')
  return toMinor(n / d, field)
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?$/i
const SLASHED = /^(\d\d?)[/.](\d\d?)[/.](\d{4})(?:[ T,]+(\d\d):(\d\d)(?::(\d\d))?)?$/

/** When something happened, and whether only its day is told. */
export interface Told {
  atMs: number
  isDay: boolean
}

/**
 * An instant; without a zone it is in the merchant's. Throws `INVALID` on the field for what is no time, for one to come and
 * for one that no programme is old enough for.
 */
export function timeIn(text: string, { field, timezone, nowMs, days }: { field: string; timezone: string; nowMs: number; days: DayOrder }): Told {
  const parts = partsOf(text.trim(), days)
  if (parts === undefined) throw invalid(field, days === undefined ? 'must be a time such as 2026-03-31T14:05:00Z, or a day; for 31/03/2026 say --dates dmy' : 'must be a time such as 2026-03-31 14:05, or a day')
  const { year, month, day, hour, minute, second, ms, zone, isDay } = parts
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second, ms)
  const back = new Date(wallMs)
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) throw invalid(field, 'is no day or time that there is')
  const atMs = zone === undefined ? instantAt(wallMs, timezone) : wallMs - zone
  if (atMs > nowMs) throw invalid(field, 'is in the future')
  if (atMs < EARLIEST_MS) throw invalid(field, 'is before 1995: no order is that old')
  return { atMs, isDay }
}

/** The last instant that a told time may mean. */
export const endOf = ({ atMs, isDay }: Told): number => (isDay ? atMs + DAY_MS - 1 : atMs)

interface Parts { year: number; month: number; day: number; hour: number; minute: number; second: number; ms: number; zone: number | undefined; isDay: boolean }

function partsOf(text: string, days: DayOrder): Parts | undefined {
  const iso = ISO.exec(text)
  if (iso !== null) {
    const [, year, month, day, hour, minute = '0', second = '0', fraction = '', zone] = iso
    return { year: Number(year), month: Number(month), day: Number(day), hour: Number(hour ?? 0), minute: Number(minute), second: Number(second), ms: Number(fraction.slice(0, 3).padEnd(3, '0')), zone: zone === undefined ? undefined : offsetOf(zone), isDay: hour === undefined }
  }
  const slashed = days === undefined ? null : SLASHED.exec(text)
  if (slashed === null) return undefined
  const [, first, second, year, hour, minute = '0', seconds = '0'] = slashed
  const [day, month] = days === 'dmy' ? [first, second] : [second, first]
  return { year: Number(year), month: Number(month), day: Number(day), hour: Number(hour ?? 0), minute: Number(minute), second: Number(seconds), ms: 0, zone: undefined, isDay: hour === undefined }
}

/** "+01:00", "-0530" and "+01" in milliseconds. */
function offsetOf(zone: string): number {
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone)
  if (match === null) return 0
  const [, sign, hours = '0', minutes = '0'] = match
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
