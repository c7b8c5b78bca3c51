import type { Mark } from '../domain.ts'
import { explainTouch, whose, type Names } from './explain-touch.ts'
import type { Limit, Nothing, RateSource, Step, Story } from './explain-earnings.ts'
import { viewOf, type BaseStory, type Reader, type View } from './explain-view.ts'
import type { Receipt } from './receipt.ts'
import { counted, exactText, listText, moneyText, monthText, rateText, shareText, withoutEmails } from './words.ts'

export { explainTouch, whose, type Names } from './explain-touch.ts'
export type { Story } from './explain-earnings.ts'
export { viewOf, wholeVolume, type Reader, type View } from './explain-view.ts'

/**
 * The whole decision in plain sentences, the result first: who earns what, what became of each touch, how the money came
 * about, and remarks. An affiliate reads of their own part alone.
 */
export function explain(receipt: Receipt, names: Names, reader: Reader = 'merchant'): string[] {
  const view = viewOf(receipt, reader)
  return [...explainResult(view, names), ...explainReasons(view, names)]
}

/** What became of each touch, how the money came about, and remarks. */
export function explainReasons(view: View, names: Names): string[] {
  const rest = view.more > 0 ? [`${view.more} more ${view.more === 1 ? 'touch was' : 'touches were'} known and not judged: a receipt holds the ones that could matter most.`] : []
  return [
    ...view.touches.map(({ index }) => explainTouch(view, index, names)),
    ...rest,
    ...(view.base !== null && view.stories.some(isReckoned) ? [baseText(view.base, view.order.currency)] : []),
    ...view.stories.map((story) => explainEarning(story, view, names)),
    ...view.marks.map(explainMark),
  ]
}

/** The sentence of a remark. */
export const explainMark = (mark: Mark): string => MARKS[mark]

const MARKS: Record<Mark, string> = {
  LATE_ARRIVAL: 'The evidence came after the order; it was judged as of the order, and settled it then.',
  REPEAT_DIFFERS: 'The order was reported again and differently; what was reported first stands.',
  CAPPED: "A commission was limited, by the order's value or by a cap.",
  NO_RATE_FOR_CURRENCY: "Some amount of the campaign's terms is not given in the order's currency, and nothing is converted: what depends on it earns nothing.",
  MIN_ORDER: 'The order is below the minimum of a campaign, which therefore pays nothing for it.',
  RENEWAL: 'This is a later payment of a subscription: the winners of its first payment earn, and there is no new contest.',
  ADOPTED: 'A cookie of another system won, because there was nothing else that counts.',
  AGE_CLAMPED: 'A visit said that it had waited in the browser for longer than is believed, and was counted as 72 hours old.',
  UNVERIFIED_IDENTITY: "Only a browser's word ties a winner to the customer; such commissions are watched before approval.",
  TOLD_BY_BROWSER: "Only the buyer's browser told of this order: a person approves what it earns, and it counts for no tier and no cap.",
  IMPORTED: 'The order was imported with what another system had decided about it.',
  IDENTITY_CONFLICT: "More than one customer claimed the order's session; the first one counts.",
}

/** Who earns what; `now` is what stands of it by affiliate, where that is known. */
export function explainResult(view: View, names: Names, now: ReadonlyMap<string, number> = new Map()): string[] {
  const { kind, touches, earnings, reader } = view
  if (earnings.length > 0) {
    return earnings.map(({ affiliateId, amount, campaignId, parts }) => {
      const campaigns = [...new Set([campaignId, ...parts.map((part) => part.campaignId)])].map((id) => `"${names.campaign(id)}"`)
      const minor = now.get(affiliateId) ?? amount.minor
      const isSame = minor === amount.minor
      const sum = isSame || minor !== 0 ? moneyText({ ...amount, minor }) : 'nothing any more'
      return withoutEmails(`${names.affiliate(affiliateId)} earns ${sum} in ${campaigns.length === 1 ? 'campaign' : 'campaigns'} ${listText(campaigns)}${isSame ? '' : `; at first it was ${moneyText(amount)}`}.`)
    })
  }
  if (reader !== 'merchant') return [withoutEmails(touches.length === 0 ? `Nothing that is known ties ${names.affiliate(reader.affiliateId)} to this order.` : `${names.affiliate(reader.affiliateId)} earns nothing from this order.`)]
  if (kind === 'import') return [`Nobody earns from this order: so it was imported from ${view.importedFrom}.`]
  if (kind === 'renewal') return ['Nobody earns from this renewal: none of those who won the first payment earns any more.']
  return [touches.length === 0 ? 'Nobody earns from this order: no affiliate link, code or known customer leads to it.' : 'Nobody earns from this order: none of the touches below counts.']
}

const isReckoned = ({ steps, nothing }: Story): boolean => nothing?.kind === 'minimum' || steps.some(({ kind }) => kind === 'rate')

function baseText({ totalMinor, linesMinor, discountMinor, taxMinor, lines }: BaseStory, currency: string): string {
  const money = (minor: number): string => moneyText({ minor, currency })
  if (lines === null) return `Commissions are reckoned on ${money(totalMinor)}, the amount of the order as it was sent.`
  const less = [...(discountMinor > 0 ? [`a discount of ${money(discountMinor)}`] : []), ...(taxMinor > 0 ? [`${money(taxMinor)} of tax that the prices include`] : [])]
  return `Commissions are reckoned on ${money(totalMinor)}: ${counted(lines, 'line')} of ${money(linesMinor)}${less.length === 0 ? '' : `, less ${listText(less)}`}; shipping${taxMinor > 0 ? '' : ' and tax'} stay${taxMinor > 0 ? 's' : ''} out.`
}

/** How one commission came about, from the rate to what was booked. */
export function explainEarning(story: Story, { order: { currency } }: View, names: Names): string {
  const { affiliateId, campaignId, sku, weight, steps, nothing, unlimited, limits, minor, isWithheld } = story
  const money = (amount: number): string => moneyText({ minor: amount, currency })
  const head = `${sku === null ? names.affiliate(affiliateId) : `${whose(affiliateId, names)} SKU ${sku}`}: `
  if (nothing !== null) return withoutEmails(`${head}${nothingText(nothing, { campaign: names.campaign(campaignId), currency })}.`)

  const isWhole = weight.n === weight.d
  const limited = limits.map((one) => `; ${limitText(one, { campaign: names.campaign(campaignId), isWhole })}`).join('')
  if (isWithheld) return withoutEmails(`${head}a share of what this order pays${limited}; booked: ${money(minor)}.`)

  const priced = listText(steps.map((step) => stepText(step, { campaign: names.campaign(campaignId), affiliate: names.affiliate(affiliateId), currency })))
  const shared = isWhole ? '' : `, and ${shareText(weight)} of that`
  const exact = isWhole && isPlain(steps) ? '' : ` is ${unlimited.n % unlimited.d === 0n ? '' : 'exactly '}${exactText(unlimited, currency)}`
  const isAsBooked = unlimited.n === BigInt(minor) * unlimited.d
  const rounded = isAsBooked ? '' : limits.length > 0 ? `; booked: ${money(minor)}` : `, rounded to ${money(minor)}${isWhole ? '' : ', so that all parts add up'}`
  return withoutEmails(`${head}${priced}${shared}${exact}${limited}${rounded}.`)
}

/** True where the sum is said already, or where there is none. */
function isPlain(steps: Step[]): boolean {
  const [only, another] = steps
  if (steps.every(({ kind }) => kind === 'no_currency')) return true
  if (only === undefined || another !== undefined) return false
  return only.kind === 'rate' ? only.rate.kind === 'flat' && !only.perUnit : 'minor' in only && only.minor !== null
}

interface Terms {
  campaign: string
  currency: string
}

function nothingText(nothing: Nothing, { campaign, currency }: Terms): string {
  if (nothing.kind === 'minimum') return `nothing, because campaign "${campaign}" pays for orders from ${moneyText(nothing.minimum)} only`
  return `nothing, because the ${nothing.what} of campaign "${campaign}" is not given in ${currency}`
}

function stepText(step: Step, terms: Terms & { affiliate: string }): string {
  const { campaign, currency } = terms
  const money = (minor: number): string => moneyText({ minor, currency })
  if (step.kind === 'explicit') return step.minor === null ? 'the sum that the merchant named for this order' : `${money(step.minor)}, which the call itself names for all winners`
  if (step.kind === 'imported') return `${money(step.minor)}, as ${step.from} had it`
  if (step.kind === 'bounty') return `${step.minor === null ? '' : `${money(step.minor)}, `}the bounty of campaign "${campaign}"`
  if (step.kind === 'no_currency') return `nothing of ${money(step.baseMinor)} (${step.rate === null ? `the tiers of campaign "${campaign}" have no threshold in ${currency}` : `its rate of ${rateText(step.rate)} is not given in ${currency}`})`
  const { rate, perUnit, quantity, baseMinor, source } = step
  const from = `(${sourceText(source, terms)})`
  if (rate.kind === 'percent') return `${rateText(rate)} of ${money(baseMinor)} ${from}`
  const minor = rate.amounts.find((amount) => amount.currency === currency)?.minor ?? 0
  return perUnit ? `${money(minor)} for each of ${counted(quantity, 'unit')} ${from}` : `${money(minor)} flat ${from}`
}

function sourceText(source: RateSource, { campaign, affiliate, currency }: Terms & { affiliate: string }): string {
  switch (source.kind) {
    case 'affiliate_sku': return `the rate of ${affiliate} for ${skuText(source.sku)}`
    case 'sku': return `the rate of ${skuText(source.sku)}`
    case 'affiliate': return `the rate of ${affiliate}`
    case 'campaign': return `the rate of campaign "${campaign}"`
    case 'tier': {
      const volume = `a volume of ${exactText(source.volume, currency)} ${source.month === null ? 'of all time' : `in ${monthText(source.month)}`}`
      return source.threshold === null ? `the rate of campaign "${campaign}": ${volume} reaches no tier yet` : `the tier from ${moneyText(source.threshold)} of campaign "${campaign}", reached by ${volume}`
    }
  }
}

const skuText = (sku: string | null): string => (sku === null ? 'this product' : `SKU ${sku}`)

function limitText(limit: Limit, { campaign, isWhole }: { campaign: string; isWhole: boolean }): string {
  if (limit.kind === 'base') return isWhole ? 'no more than the value of the order is paid' : 'all parts together are no more than the value of the order'
  if (limit.kind === 'order') return `campaign "${campaign}" pays at most ${limit.cap === null ? 'its cap' : moneyText(limit.cap)} an order${isWhole ? '' : ', all its parts together'}`
  const { cap, bookedMinor, month } = limit
  const left = Math.max(0, cap.minor - bookedMinor)
  return `campaign "${campaign}" pays at most ${moneyText(cap)} a month, and ${moneyText({ minor: left, currency: cap.currency })} of it was left in ${monthText(month)}`
}
