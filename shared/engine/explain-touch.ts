/** What became of one touch, in one sentence. */
import type { Weight } from '../domain.ts'
import type { Model } from './terms.ts'
import { DAY_MS } from '../limits.ts'
import type { Touch, Verdict } from './attribution.ts'
import type { SeenTouch, View, Winner } from './explain-view.ts'
import { byLatest } from './models.ts'
import { counted, dateText, moneyText, shareText, spanText, withoutEmails } from './words.ts'

/** Names for the ids on a receipt, as of today; an id without a name is shown itself. */
export interface Names {
  affiliate: (id: string) => string
  campaign: (id: string) => string
}

export const MODEL_NAME: Record<Model, string> = { last_click: 'last click', first_click: 'first click', linear: 'linear', position: 'position', time_decay: 'time decay' }

/** "Ana's", "Chris'": whose something is. */
export const whose = (affiliateId: string | null, names: Names): string => {
  const name = who(affiliateId, names)
  return name.endsWith('s') ? `${name}'` : `${name}'s`
}
const who = (affiliateId: string | null, names: Names): string => (affiliateId === null ? 'another affiliate' : names.affiliate(affiliateId))

/** The sentence of a touch; empty for one that the reader may not see. */
export function explainTouch(view: View, index: number, names: Names): string {
  const seen = view.touches.find((one) => one.index === index)
  return seen === undefined ? '' : withoutEmails(SENTENCE[seen.verdict]({ ...seen, view, names }))
}

interface Told extends SeenTouch {
  view: View
  names: Names
}

const SENTENCE: Record<Verdict, (told: Told) => string> = {
  WON: won,
  SHARED: ({ touch, weight, view, names }) => (touch.evidence === 'renewal' ? renewed({ touch, weight, names }) : `${subject(touch, names)} carries ${partText(weight)} of the order under the ${MODEL_NAME[view.rules.model]} model.`),
  LATER_TOUCH_WON: (told) => lost(told, (winner) => (isTie(told, winner) ? TIE : told.touch.evidence === 'click_id' || told.touch.evidence === 'explicit' ? 'of several that the order names the latest wins' : 'under last click the later one wins')),
  EARLIER_TOUCH_WON: (told) => lost(told, (winner) => (isTie(told, winner) ? TIE : 'under first click the earlier one wins')),
  WEAKER_EVIDENCE: (told) => lost(told, (winner) => whyWeaker(told, winner)),
  UNKNOWN_CODE: (told) => refused(told, told.touch.evidence === 'explicit' ? 'no affiliate has this id' : 'no affiliate had this code when the order was placed'),
  MODE_MISMATCH: (told) => refused(told, 'it was a test, and the order is not'),
  BOT: (told) => refused(told, 'a bot made it'),
  AFTER_CONVERSION: (told) => refused(told, `it came ${spanText(told.touch.occurredAtMs - told.view.order.occurredAtMs)} after the order`),
  OUTSIDE_WINDOW: (told) => refused(told, outsideOf(told)),
  AFFILIATE_INACTIVE: (told) => refused(told, `${who(told.touch.affiliateId, told.names)} was not active when the order was placed`),
  NOT_ENROLLED: (told) => refused(told, `${who(told.touch.affiliateId, told.names)} was ${told.touch.campaignId === null ? 'in no open campaign' : `not in ${campaign(told)}`} when the order was placed`),
  CAMPAIGN_ARCHIVED: (told) => refused(told, `${campaign(told)} was archived when the order was placed`),
  SELF_REFERRAL: (told) => refused(told, `${who(told.touch.affiliateId, told.names)} is the buyer`),
  RENEWALS_ENDED: (told) => refused(told, endedAt(told)),
  FIRST_PAYMENT_REJECTED: (told) => refused(told, 'the commission on the first payment was rejected'),
}

const partText = (weight: Weight | null): string => (weight === null ? 'a part' : shareText(weight))

const TIE = 'both count from the same moment, and the tie goes by their ids'

const campaign = ({ touch, names }: Told): string => `campaign "${names.campaign(touch.campaignId ?? '')}"`

function won({ touch, weight, view, names }: Told): string {
  if (view.kind === 'credit') return `${who(touch.affiliateId, names)} was credited with this order by hand.`
  if (view.kind === 'import') return `${view.importedFrom} had decided that this order is ${whose(touch.affiliateId, names)}; it was imported so, and not judged here.`
  if (touch.evidence === 'renewal') return renewed({ touch, weight, names })
  if (touch.evidence === 'sku') return `${touch.code} is ${whose(touch.affiliateId, names)} SKU: ${partOf({ touch, view, names })}`
  return `${subject(touch, names)} won, and carries ${view.carved ? 'the order but for the lines that are carved out' : 'the whole order'}.`
}

function partOf({ touch, view, names }: Pick<Told, 'touch' | 'view' | 'names'>): string {
  const steps = view.stories.find(({ sku, affiliateId }) => sku === touch.code && affiliateId === touch.affiliateId)?.steps ?? []
  const minor = steps.reduce((sum, step) => sum + ('baseMinor' in step ? step.baseMinor : 0), 0)
  return `these lines${steps.length === 0 ? '' : `, ${moneyText({ minor, currency: view.order.currency })} of the order,`} are ${whose(touch.affiliateId, names)} part of it.`
}

function renewed({ touch, weight, names }: Pick<Told, 'touch' | 'weight' | 'names'>): string {
  const isWhole = weight !== null && weight.n === weight.d
  return `${who(touch.affiliateId, names)} won ${isWhole ? 'the first payment of this subscription, and carries the whole of this one' : `${partText(weight)} of the first payment of this subscription, and carries as much of this one`}.`
}

/** Other winners than the one that is named are counted only. */
function lost({ touch, view, names }: Told, why: (winner: Winner) => string): string {
  const [winner, ...others] = view.winners.toSorted((a, b) => byLatest(timed(a), timed(b)))
  if (winner === undefined) return `${subject(touch, names)} lost.`
  return `${subject(touch, names)} lost to ${thing(winner, names)}${others.length === 0 ? '' : ` and ${others.length} more ${others.length === 1 ? 'touch' : 'touches'}`}, because ${why(winner)}.`
}

const timed = ({ eventId, affiliateId, occurredAtMs }: Winner) => ({ eventId: eventId ?? '', affiliateId, occurredAtMs: occurredAtMs ?? 0 })
const isTie = ({ touch }: Told, winner: Winner): boolean => touch.occurredAtMs === winner.occurredAtMs

const refused = ({ touch, names, view }: Told, why: string): string => `${subject(touch, names)} ${view.kind === 'renewal' ? 'earns nothing' : 'does not count'}: ${why}.`

/** What each kind of evidence is, where two of them are compared. */
const STRENGTH: Record<Touch['evidence'], string> = {
  explicit: 'an affiliate whom the order names outright', click_id: 'a click that the order names', session: "a click in the order's own session", affiliate_code: 'a code on the order',
  trigger: 'a coupon', identity: "a click in another session of the same customer", sku: 'a SKU', renewal: 'the first payment',
}

const isLink = ({ evidence, adopted }: Pick<Touch, 'evidence' | 'adopted'>): boolean => !adopted && (evidence === 'click_id' || evidence === 'session')

function whyWeaker({ touch, view: { rules, ruledByCampaign } }: Told, winner: Winner): string {
  const rule = ruledByCampaign ? 'this campaign puts' : "the merchant's rules put"
  if (touch.adopted && !winner.adopted) return 'a cookie of another system counts only where there is nothing else'
  if (touch.trigger !== null && winner.trigger !== null) {
    if (touch.trigger.kind === winner.trigger.kind) return touch.trigger.kind === 'coupon' ? 'the order lists that coupon first' : 'one e-mail trigger is enough'
    return 'coupons stand above e-mail triggers'
  }
  if (rules.couponFirst && winner.trigger?.kind === 'coupon') return `${rule} coupons first`
  if (touch.trigger?.kind === 'coupon' && isLink(winner)) return `${rule} links first`
  return `${strength(winner)} is stronger evidence than ${strength(touch)}`
}

const strength = ({ evidence, trigger }: Pick<Touch, 'evidence' | 'trigger'>): string => (trigger?.kind === 'email' ? 'an e-mail trigger' : STRENGTH[evidence])

/** The window, the time at which it was told, or the end of the time in which other systems' cookies count. */
function outsideOf(told: Told): string {
  const { touch, view: { order, policies } } = told
  const policy = policies.find(({ campaignId }) => campaignId === touch.campaignId)
  const days = policy?.windowDays ?? 0
  const ageMs = order.occurredAtMs - touch.occurredAtMs
  const windowMs = days * DAY_MS
  if (ageMs > windowMs) return `the window of ${campaign(told)} is ${counted(days, 'day')}, and it was ${spanText(ageMs - windowMs)} too old`
  if (touch.adopted && policy !== undefined && order.occurredAtMs > policy.adoptUntilMs) return `${campaign(told)} counted cookies of other systems until ${dateText(policy.adoptUntilMs)} only`
  return `it became known on ${dateText(touch.knownAtMs)} only, later than the ${counted(days, 'day')} of ${campaign(told)} after the order`
}

function endedAt(told: Told): string {
  const endMs = told.view.policies.find(({ campaignId }) => campaignId === told.touch.campaignId)?.renewalsEndAtMs ?? 0
  return endMs === 0 ? `${campaign(told)} pays the first payment of a subscription only` : `${campaign(told)} paid renewals until ${dateText(endMs)}`
}

/** The touch, and how it is tied to the order. */
function subject(touch: Touch, names: Names): string {
  const note = touch.adopted ? undefined : NOTE[touch.evidence]
  return `${touch.affiliateId === null ? unknown(touch) : thing(touch, names)}${note === undefined ? '' : ` (${note})`}`
}

const NOTE: Partial<Record<Touch['evidence'], string>> = {
  click_id: 'the order names this click', session: "the order's own session", identity: 'another session of the same customer',
}

/** "Ana's link of 18 November 2026, 09:00 UTC"; of another affiliate no more than "another affiliate's link". */
const thing = (touch: Winner, names: Names): string => `${whose(touch.affiliateId, names)} ${noun(touch)}${isDated(touch) && touch.occurredAtMs !== null ? ` of ${dateText(touch.occurredAtMs)}` : ''}`

const unknown = (touch: Touch): string => (touch.evidence === 'explicit' ? `The affiliate "${touch.code}" on the order` : `The ${isDated(touch) ? `${touch.adopted ? 'cookie of another system' : 'link'} with the code "${touch.code}" of ${dateText(touch.occurredAtMs)}` : `code "${touch.code}" on the order`}`)

/** What the order itself names has no time of its own. */
const isDated = ({ evidence }: Pick<Touch, 'evidence'>): boolean => evidence === 'click_id' || evidence === 'session' || evidence === 'identity'

function noun({ evidence, trigger, adopted, code }: Winner): string {
  const named = code === null ? '' : ` ${code}`
  if (adopted) return 'cookie of another system'
  if (evidence === 'trigger') return `${trigger?.kind === 'email' ? 'e-mail trigger' : 'coupon'}${named}`
  if (evidence === 'affiliate_code') return `code${named} on the order`
  if (evidence === 'sku') return `SKU${named}`
  if (evidence === 'explicit') return 'name on the order'
  return evidence === 'renewal' ? 'part in the first payment' : 'link'
}
