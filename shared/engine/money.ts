import type { Money } from '../domain.ts'
import { invalid } from '../errors.ts'

/** ISO 4217 currencies by number of decimals: our own table, because `Intl` follows CLDR and not ISO. */
const BY_DECIMALS: Record<number, string> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: 'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
}
const DECIMALS = new Map(Object.entries(BY_DECIMALS).flatMap(([decimals, codes]) => codes.split(' ').map((code) => [code, Number(decimals)] as const)))

/** Every currency that can be booked, in alphabetical order. */
export const CURRENCIES: readonly string[] = [...DECIMALS.keys()].toSorted()

/** An exact fraction; the denominator is positive. */
export interface Rational {
  n: bigint
  d: bigint
}

export const rational = (n: bigint, d = 1n): Rational => ({ n, d })

/** A fraction as "n/d", so that a cent can be explained. */
export const rationalText = ({ n, d }: Rational): string => `${n}/${d}`
/** What `rationalText` wrote. */
export function parseRational(text: string): Rational {
  const [n = '0', d = '1'] = text.split('/')
  return rational(BigInt(n), BigInt(d))
}

/** The nearest integer; a half goes away from zero, for negative amounts too (DESIGN section 6). */
export function halfUp({ n, d }: Rational): bigint {
  const sign = n < 0n ? -1n : 1n
  return (sign * (2n * sign * n + d)) / (2n * d)
}

/** A BigInt as a safe integer; throws `INVALID` on the field beyond 2^53-1 either way. */
export function toMinor(value: bigint, field = 'amount'): number {
  const minor = Number(value)
  if (!Number.isSafeInteger(minor)) throw invalid(field, 'is beyond 9007199254740991 minor units')
  return minor
}

/** The ISO code in capitals; throws `INVALID` for symbols, names and unknown codes. */
export function currencyOf(text: string, field = 'currency'): string {
  const code = text.toUpperCase()
  if (!/^[a-z]{3}$/i.test(text) || !DECIMALS.has(code)) throw invalid(field, 'must be a 3-letter ISO 4217 code such as EUR')
  return code
}

/** Decimals of a currency's minor unit (JPY 0, EUR 2, KWD 3). */
export function decimalsOf(currency: string): number {
  const decimals = DECIMALS.get(currency)
  if (decimals === undefined) throw invalid('currency', `${currency} is not an ISO 4217 currency`)
  return decimals
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/
/** More digits than any amount has, and few enough that a hostile exponent costs nothing. */
const MAX_PLACES = 400

/** A decimal as it was written, exact: no float comes near it. Throws `INVALID` on the field when it is none. */
export function decimal(text: string, field = 'amount'): Rational {
  const match = DECIMAL.exec(text)
  const exponent = Number(match?.[4] ?? 0)
  if (match === null || text.length > MAX_PLACES || Math.abs(exponent) > MAX_PLACES) throw invalid(field, 'must be a decimal number of reasonable length')
  const [, sign, whole = '', fraction = ''] = match
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n)
  const places = fraction.length - exponent
  return places > 0 ? rational(digits, 10n ** BigInt(places)) : rational(digits * 10n ** BigInt(-places))
}

/**
 * An amount written in major units ("49.90") as minor units, rounded half up once.
 * Throws `INVALID` on the field for what is no decimal or too large.
 */
export function fromMajor(text: string, currency: string, field = 'amount'): Money {
  const { n, d } = decimal(text, field)
  return { minor: toMinor(halfUp(rational(n * 10n ** BigInt(decimalsOf(currency)), d)), field), currency }
}

/** The amount in major units with all its decimals: `{4990, EUR}` is "49.90". */
export const toMajor = ({ minor, currency }: Money): string => majorText(BigInt(minor), currency)

/** The same for a sum, which may be larger than any amount. */
export function majorText(minor: bigint, currency: string): string {
  const decimals = decimalsOf(currency)
  const digits = String(minor < 0n ? -minor : minor).padStart(decimals + 1, '0')
  const sign = minor < 0n ? '-' : ''
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** "12.5" percent in parts per million; throws `INVALID` outside 0 to 100 or beyond four decimals. */
export function percentToPpm(text: string, field = 'percent'): number {
  const { n, d } = decimal(text, field)
  const scaled = n * 10_000n
  if (scaled < 0n || scaled > 1_000_000n * d) throw invalid(field, 'must be from 0 to 100')
  if (scaled % d !== 0n) throw invalid(field, 'may have at most four decimals')
  return Number(scaled / d)
}

/** 125000 ppm is "12.5". */
export function ppmToPercent(ppm: number): string {
  return `${Math.floor(ppm / 10_000)}.${String(ppm % 10_000).padStart(4, '0')}`.replace(/\.?0+$/, '')
}
