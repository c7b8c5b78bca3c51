import type { Conversion, Trigger } from '../../shared/domain.ts'
import { settleOpen, sumsNeeded, type CustomerHistory } from '../../shared/engine/record.ts'
import { triggerKey, type Settings } from '../../shared/engine/settings.ts'
import type { Entry, NewTrigger } from '../store/store.ts'
import { at, auditOf, type Acting } from './acting.ts'
import type { Deps } from './deps.ts'

/** What a retroactive assignment settles. */
export interface Retroactive {
  trigger: NewTrigger
  /** Orders that nobody had won, and that the trigger gives to its affiliate now. */
  settled: { conversionId: string; externalId: string | null; affiliateId: string; minor: number; remainsMinor: number; currency: string }[]
  /** True when nothing was written. */
  dryRun: boolean
}

/**
 * Assigns a trigger as of an earlier time and settles the orders since then that it explains and nobody has won
 * (ENGINE section 3, rule 8): explicit, audited, and tried first with `dryRun`. Attributed orders stay as they are.
 */
export async function assignSince(deps: Deps, trigger: NewTrigger, { dryRun, acting, refuseTaken }: { dryRun: boolean; acting: Acting; refuseTaken: (settings: Settings, trigger: NewTrigger) => void }): Promise<Retroactive> {
  const { merchantId, kind, value, identity, validFromMs } = trigger
  const now = at(deps)
  const need = { merchantId, trigger: kind, value: identity ?? value, sinceMs: validFromMs, sums: (history: Omit<CustomerHistory, 'usage'>) => sumsNeeded({ ...history, settings: withTrigger(history.settings, trigger) }) }
  return deps.store.decide('open', need, (history) => {
    // Whoever assigned it since the caller looked, has it.
    refuseTaken(history.settings, trigger)
    const { entries } = settleOpen({ ...history, settings: withTrigger(history.settings, trigger) }, now)
    const settled = settledBy(entries, history.unsettled)
    const result: Retroactive = { trigger, settled, dryRun }
    if (dryRun) return { entries: [], result }
    const detail = { kind, value: kind === 'email' ? null : value, affiliateId: trigger.affiliateId, validFromMs, settled: settled.length }
    return { entries: [{ kind: 'trigger', trigger }, ...entries, auditOf(acting, { now, about: { merchantId, mode: 'live' }, action: 'trigger assign since', subject: trigger.id, detail })], result }
  })
}

/** The settings as they will be; the number is the store's to give. */
function withTrigger(settings: Settings, trigger: NewTrigger): Settings {
  const key = triggerKey(trigger.kind, trigger.identity ?? trigger.value)
  const known: Trigger = { ...trigger, number: 0, endedAtMs: null }
  return { ...settings, triggers: new Map([...settings.triggers, [key, [...(settings.triggers.get(key) ?? []), known]]]) }
}

function settledBy(entries: Entry[], unsettled: Conversion[]): Retroactive['settled'] {
  return entries.flatMap((entry) => {
    if (entry.kind !== 'commission') return []
    const { id, conversionId, affiliateId, amount } = entry.commission
    // What refunds took of the order before is clawed in the same go.
    const after = entries.findLast((one) => one.kind === 'commission_change' && one.commission.id === id)
    const { totalMinor, clawedMinor } = after?.kind === 'commission_change' ? after.commission : entry.commission
    const externalId = unsettled.find(({ order }) => order.id === conversionId)?.order.externalId ?? null
    return [{ conversionId: conversionId ?? '', externalId, affiliateId, minor: amount.minor, remainsMinor: totalMinor - clawedMinor, currency: amount.currency }]
  })
}
