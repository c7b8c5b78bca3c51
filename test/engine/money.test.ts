import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { CURRENCIES, currencyOf, decimal, decimalsOf, fromMajor, halfUp, percentToPpm, ppmToPercent, rational, toMajor, toMinor } from '../../shared/engine/money.ts'
import { DomainError } from '../../shared/errors.ts'
import { holds } from './builders.ts'

const LARGEST = Number.MAX_SAFE_INTEGER
const aCurrency = fc.constantFrom(...CURRENCIES)

/** The refusal of a call, to look at its field. */
function refusalOf(call: () => unknown): DomainError {
  try {
    call()
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
  throw new Error('was not refused')
}

test.each([
  ['a half cent goes up', '1.005', 'EUR', 101],
  ['less than half a cent goes down, however long its digits', '1.00499999999999999999', 'EUR', 100],
  ['half a yen goes up', '1000.5', 'JPY', 1001],
  ['the dinar has three decimals', '8.165', 'KWD', 8165],
  ['the unidad de fomento has four', '1.00005', 'CLF', 10_001],
  ['the largest amount is exact', '90071992547409.91', 'EUR', LARGEST],
  ['the largest negative amount is exact', '-90071992547409.91', 'EUR', -LARGEST],
  ['rounding comes before the limit', '90071992547409.914', 'EUR', LARGEST],
  ['a half goes away from zero below it too', '-1.005', 'EUR', -101],
  ['less than a half goes towards zero below it too', '-1.0049', 'EUR', -100],
  ['nothing has no sign', '-0.001', 'EUR', 0],
  ['whole numbers need no decimals', '49', 'EUR', 4900],
  ['one decimal is tenths', '49.9', 'EUR', 4990],
  ['leading zeros mean nothing', '007.50', 'EUR', 750],
  ['what a float cannot hold is still exact', '0.1', 'EUR', 10],
  ['a number that floats round wrongly', '1.115', 'EUR', 112],
  ['an exponent moves the point', '1e2', 'EUR', 10_000],
  ['a signed exponent moves it too', '1.5E+1', 'EUR', 1500],
  ['a negative exponent moves it back', '12345e-3', 'EUR', 1235],
  ['a tiny amount is nothing', '1e-400', 'EUR', 0],
])('%s: %s %s', (_name, text, currency, minor) => {
  expect(fromMajor(text, currency)).toEqual({ minor, currency })
})

test.each([
  ['beyond the largest', '90071992547409.92'], ['rounded beyond the largest', '90071992547409.915'], ['beyond the largest negative', '-90071992547409.92'],
  ['a huge exponent', '1e400'], ['an exponent beyond all reason', '1e999999999'], ['its negative', '1e-999999999'], ['a million digits', '9'.repeat(1_000_000)], ['a thousand decimals', `1.${'0'.repeat(1000)}`],
  ['nothing', ''], ['a blank', ' '], ['a word', 'abc'], ['NaN', 'NaN'], ['infinity', 'Infinity'], ['a comma', '1,50'], ['thousands', '1,000.00'], ['two points', '1.2.3'],
  ['a point without digits', '1.'], ['a point before all digits', '.5'], ['a plus sign', '+1'], ['two signs', '--1'], ['hexadecimal', '0x10'], ['a sign of currency', '€5'],
  ['a line break', '5\n'], ['blanks around', ' 5 '], ['other scripts\' digits', '٥'], ['half an exponent', '1e'], ['a broken exponent', '1e1.5'],
])('%s is no amount', (_name, text) => {
  expect(refusalOf(() => fromMajor(text, 'EUR', 'order.amount'))).toMatchObject({ code: 'INVALID', issues: [{ path: ['order', 'amount'] }] })
})

test('every amount of every currency is read back as it was written', () => {
  holds(fc.property(aCurrency, fc.maxSafeInteger(), (currency, minor) => {
    expect(fromMajor(toMajor({ minor, currency }), currency)).toEqual({ minor, currency })
  }), 2000)
  for (const currency of CURRENCIES) for (const minor of [0, 1, -1, 99, LARGEST, -LARGEST]) expect(fromMajor(toMajor({ minor, currency }), currency)).toEqual({ minor, currency })
})

test('a decimal is rounded by its digits alone', () => {
  const parts = fc.record({ negative: fc.boolean(), whole: fc.bigInt({ min: 0n, max: 10n ** 10n }), fraction: fc.stringMatching(/^[0-9]{0,8}$/), exponent: fc.integer({ min: -14, max: 1 }), currency: aCurrency })
  holds(fc.property(parts, ({ negative, whole, fraction, exponent, currency }) => {
    const text = `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}e${exponent}`
    expect(BigInt(fromMajor(text, currency).minor)).toBe(byDigits({ digits: `${whole}${fraction}`, places: fraction.length - exponent - decimalsOf(currency), negative }))
  }), 2000)
})

/** Half up as on paper: cut the digits where the point falls, and look at the first one behind it. */
function byDigits({ digits, places, negative }: { digits: string; places: number; negative: boolean }): bigint {
  const padded = places > 0 ? digits.padStart(places + 1, '0') : digits + '0'.repeat(-places)
  const whole = places > 0 ? padded.slice(0, -places) : padded
  const next = places > 0 ? padded.charAt(padded.length - places) : '0'
  const rounded = BigInt(whole) + (next >= '5' ? 1n : 0n)
  return negative ? -rounded : rounded
}

test.each([
  [1n, 2n, 1n], [-1n, 2n, -1n], [3n, 2n, 2n], [-3n, 2n, -2n], [49n, 100n, 0n], [-49n, 100n, 0n], [5n, 1n, 5n], [0n, 7n, 0n], [-7n, 3n, -2n], [8n, 3n, 3n],
])('%d / %d is %d, a half away from zero', (n, d, nearest) => {
  expect(halfUp(rational(n, d))).toBe(nearest)
})

test('half up is the nearest integer, the farther from zero of two, and mirrors at zero', () => {
  holds(fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.bigInt({ min: 1n, max: 10n ** 12n }), (n, d) => {
    const rest = (n < 0n ? -n : n) % d
    const up = 2n * rest >= d ? (n < 0n ? -1n : 1n) : 0n
    expect(halfUp(rational(n, d))).toBe(n / d + up)
    expect(halfUp(rational(-n, d))).toBe(-halfUp(rational(n, d)))
  }), 2000)
})

test('a decimal is kept exact', () => {
  expect(decimal('-12.50')).toEqual(rational(-1250n, 100n))
  expect(decimal('1.5e3')).toEqual(rational(1500n))
})

test.each([[2n ** 53n], [-(2n ** 53n)], [2n ** 53n + 1n], [10n ** 400n]])('%d minor units are refused with the field', (value) => {
  expect(refusalOf(() => toMinor(value, 'total'))).toMatchObject({ code: 'INVALID', issues: [{ path: ['total'] }] })
})

test.each([
  ['EUR', 4990, '49.90'], ['EUR', 5, '0.05'], ['EUR', -5, '-0.05'], ['EUR', 0, '0.00'], ['JPY', 1001, '1001'], ['JPY', -1, '-1'], ['KWD', 8165, '8.165'], ['CLF', 1, '0.0001'], ['EUR', LARGEST, '90071992547409.91'],
])('%s %d is written %s', (currency, minor, text) => {
  expect(toMajor({ minor, currency })).toBe(text)
})

test.each([
  ['JPY', 0], ['ISK', 0], ['UYI', 0], ['EUR', 2], ['HUF', 2], ['AFN', 2], ['IDR', 2], ['MRU', 2], ['KWD', 3], ['IQD', 3], ['TND', 3], ['CLF', 4], ['UYW', 4],
])('%s has %d decimals, as ISO 4217 says', (currency, decimals) => {
  expect(decimalsOf(currency)).toBe(decimals)
})

test('the currencies are listed once, by their ISO codes, in order', () => {
  expect(CURRENCIES).toEqual([...new Set(CURRENCIES)].toSorted())
  expect(CURRENCIES.filter((code) => !/^[A-Z]{3}$/.test(code))).toEqual([])
  expect(CURRENCIES.length).toBeGreaterThan(160)
})

test.each([['EUR', 'EUR'], ['eur', 'EUR'], ['Jpy', 'JPY']])('%s is the currency %s', (text, currency) => {
  expect(currencyOf(text)).toBe(currency)
})

test.each(['', '€', '$', 'US$', 'Euro', 'EU', 'EURO', 'XXX', 'ABC', 'BTC', 'E R', ' EUR', 'EUR\n', '978', 'ＥＵＲ', 'K\u212Ad', 'uſd'])('"%s" is no currency', (text) => {
  expect(refusalOf(() => currencyOf(text, 'order.currency'))).toMatchObject({ code: 'INVALID', issues: [{ path: ['order', 'currency'] }] })
})

test('an unknown currency has no decimals', () => {
  expect(() => decimalsOf('XYZ')).toThrow('XYZ is not an ISO 4217 currency')
  expect(() => fromMajor('1', 'eur')).toThrow('eur is not an ISO 4217 currency')
})

test.each([['12.5', 125_000], ['0', 0], ['100', 1_000_000], ['0.0001', 1], ['33.3333', 333_333], ['1e1', 100_000], ['5.00000', 50_000]])('%s percent is %d ppm', (text, ppm) => {
  expect(percentToPpm(text)).toBe(ppm)
})

test.each([
  ['below zero', '-1', 'from 0 to 100'], ['above a hundred', '100.0001', 'from 0 to 100'], ['far above', '1e300', 'from 0 to 100'],
  ['with five decimals', '0.00001', 'four decimals'], ['with its sign', '10%', 'decimal number'], ['without digits', '', 'decimal number'],
])('a percentage %s is refused', (_name, text, rule) => {
  const refusal = refusalOf(() => percentToPpm(text, 'rate'))
  expect(refusal).toMatchObject({ code: 'INVALID', issues: [{ path: ['rate'] }] })
  expect(refusal.message).toContain(rule)
})

test('every rate is read back as it was written', () => {
  holds(fc.property(fc.integer({ min: 0, max: 1_000_000 }), (ppm) => {
    expect(percentToPpm(ppmToPercent(ppm))).toBe(ppm)
  }), 2000)
  expect([0, 100_000, 125_000, 1, 1_000_000].map(ppmToPercent)).toEqual(['0', '10', '12.5', '0.0001', '100'])
})
