import type { TriggerKind } from '../domain.ts'
import { isWin, type Evidence } from './attribution.ts'
import type { Receipt } from './receipt.ts'

/** What an affiliate won by: the evidence of their winning touch, of a trigger its kind. */
export type WonBy = Exclude<Evidence, 'trigger'> | TriggerKind

/** Of several winning touches of one affiliate the strongest says it (ENGINE section 3, rule 3). */
const STRENGTH: WonBy[] = ['explicit', 'click_id', 'session', 'affiliate_code', 'coupon', 'email', 'identity', 'renewal', 'sku']

/** What an affiliate's earning of a receipt was won by; undefined where the receipt has no winning touch of theirs. */
export function wonBy({ inputs, outcome }: Pick<Receipt, 'inputs' | 'outcome'>, affiliateId: string): WonBy | undefined {
  const won = new Set(inputs.touches.flatMap((touch, index): WonBy[] => {
    if (touch.affiliateId !== affiliateId || !isWin(outcome.verdicts[index])) return []
    return [touch.evidence === 'trigger' ? (touch.trigger?.kind ?? 'coupon') : touch.evidence]
  }))
  return STRENGTH.find((evidence) => won.has(evidence))
}
