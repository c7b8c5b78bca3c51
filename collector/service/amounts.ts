import type { Amounts, Rate } from '../../shared/engine/terms.ts'
import { invalid } from '../../shared/errors.ts'
import { currencyOf, fromMajor, percentToPpm } from '../../shared/engine/money.ts'
import type { RateInput } from '../../shared/wire/settings.ts'

/** How amounts of a field are read: in which currency where none is written, and from which one on. */
export interface AmountRule {
  field: string
  currency: string
  /** A limit of nothing would stop everything, and is more likely a mistake. */
  aboveZero?: boolean
}

/** Amounts as they are typed (`5.00`, `5.00:USD`), exact; throws `INVALID` on the field, also for a currency that is named twice. */
export function amountsOf(texts: string[], { field, currency, aboveZero = false }: AmountRule): Amounts {
  const amounts = texts.map((text) => {
    const [number = '', code] = text.split(':')
    const amount = fromMajor(number, currencyOf(code ?? currency, code === undefined ? 'currency' : field), field)
    if (amount.minor < 0) throw invalid(field, 'must not be negative')
    if (aboveZero && amount.minor === 0) throw invalid(field, 'must be above 0')
    return amount
  })
  const twice = amounts.find((amount, index) => amounts.findIndex((other) => other.currency === amount.currency) !== index)
  if (twice !== undefined) throw invalid(field, `names ${twice.currency} twice`)
  return amounts
}

/** A rate as it is typed; undefined when there is none. Throws `INVALID` with the field. */
export function rateOf({ percent, flat, currency }: RateInput, merchantCurrency: string): Rate | undefined {
  if (percent !== undefined && flat !== undefined) throw invalid('percent', 'give either percent or flat, not both')
  if (percent !== undefined) return { kind: 'percent', ppm: percentToPpm(percent) }
  if (flat === undefined) return undefined
  if (flat.length === 0) throw invalid('flat', 'must be an amount')
  return { kind: 'flat', amounts: amountsOf(flat, { field: 'flat', currency: currency ?? merchantCurrency }) }
}

/** The same, where there must be one. */
export function neededRate(input: RateInput, merchantCurrency: string): Rate {
  const rate = rateOf(input, merchantCurrency)
  if (rate === undefined) throw invalid('percent', 'give either percent or flat')
  return rate
}
