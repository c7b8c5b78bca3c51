/** Amounts, shares and times as a person reads them. */
import type { Money, Weight } from '../domain.ts'
import type { Amounts, Rate } from './terms.ts'
import { DAY_MS } from '../limits.ts'
import { decimalsOf, halfUp, ppmToPercent, rational, toMajor, type Rational } from './money.ts'

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'] as const

/** "18 November 2026, 09:00 UTC". */
export function dateText(atMs: number): string {
  const at = new Date(atMs)
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}, ${at.toISOString().slice(11, 16)} UTC`
}

/** "2026-11" is "November 2026". */
export function monthText(month: string): string {
  const [year = '', number = '1'] = month.split('-')
  return `${MONTHS[Number(number) - 1]} ${year}`
}

export const moneyText = (money: Money): string => `${toMajor(money)} ${money.currency}`
export const amountsText = (amounts: Amounts): string => amounts.map(moneyText).join(' or ')

/** A rate as a person writes it: "12.5 %", "5.00 EUR", and of several currencies "5.00 EUR or 5.50 USD". */
export const rateText = (rate: Rate): string => (rate.kind === 'percent' ? `${ppmToPercent(rate.ppm)} %` : amountsText(rate.amounts))

/** A share in percent, to two decimals. */
export function shareText({ n, d }: Weight): string {
  const hundredths = Number(halfUp(rational(BigInt(n) * 10_000n, BigInt(d))))
  return hundredths === 0 && n > 0 ? 'less than 0.01 %' : `${ppmToPercent(hundredths * 100)} %`
}

/** Digits beyond the minor unit that an exact amount is written with; what goes on after them shows as "…". */
const EXACT_PLACES = 4

/** An exact amount in minor units, before any rounding: "6.2375 EUR", "3.3333… EUR". */
export function exactText({ n, d }: Rational, currency: string): string {
  const decimals = decimalsOf(currency)
  const scaled = n * 10n ** BigInt(EXACT_PLACES)
  const digits = String(scaled / d).padStart(decimals + EXACT_PLACES + 1, '0')
  const whole = digits.slice(0, -(decimals + EXACT_PLACES))
  const fraction = digits.slice(-(decimals + EXACT_PLACES))
  const endless = scaled % d !== 0n
  const kept = endless ? fraction : fraction.slice(0, decimals) + fraction.slice(decimals).replace(/0+$/, '')
  return `${whole}${kept === '' ? '' : `.${kept}`}${endless ? '…' : ''} ${currency}`
}

const SPANS = [['day', DAY_MS], ['hour', 3_600_000], ['minute', 60_000], ['second', 1000], ['millisecond', 1]] as const

/** How long something took, by its two largest units: "2 days 3 hours". */
export function spanText(ms: number): string {
  let rest = ms
  const units = SPANS.flatMap(([unit, length]) => {
    const count = Math.floor(rest / length)
    rest -= count * length
    return count === 0 ? [] : [counted(count, unit)]
  })
  return units.slice(0, 2).join(' ')
}

/** "1 day", "2 days". */
export const counted = (count: number, noun: string, plural = `${noun}s`): string => `${count} ${count === 1 ? noun : plural}`

/** "a", "a and b", "a, b and c". */
export const listText = (items: string[]): string => (items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`)

/** What an address is made of; an at sign may be written as a URL, HTML or a wide keyboard has it. */
const AT = String.raw`(?:[@＠﹫]|%(?:25)*40|&#0*64;|&#x0*40;|&commat;)`
/** Quotes and accents stand in names, and in front of the at sign; what RFC 5321 wants quoted ends it. */
const LOCAL = String.raw`(?:"[^"\n]+"|[^\s"'“”«»<>()\[\]\\,:;@＠﹫][^\s"“”«»<>()\[\]\\,:;@＠﹫]*?)`
const LABEL = String.raw`[\p{L}\p{M}\p{N}\p{Cf}_-]`
/** Ends in something with a letter, or is an IP address: "3@4.50" is a price. */
const DOMAIN = String.raw`(?:${LABEL}+(?:\.|%(?:25)*2e|[。．｡]))+(?=${LABEL}{2})[\p{N}_-]*\p{L}${LABEL}*|\d{1,3}(?:\.\d{1,3}){3}|\[[^\]\s]+\]`
const EMAIL = new RegExp(`${LOCAL}${AT}(?:${DOMAIN})`, 'giu')

/** The text without e-mail addresses: shoppers type them where a code belongs, and what is explained is read by others. */
export const withoutEmails = (text: string): string => text.replace(EMAIL, '(an e-mail address)')
