import type { Version } from '../../../../shared/domain.ts'
import type { Receipt } from '../../../../shared/engine/receipt.ts'
import type { Book } from '../../book.ts'
import { must } from './must.ts'

/** The last version that was valid by then; before all of them the first. */
export const inForceAt = <T>(held: Version<T>[], atMs: number): Version<T> => held.filter(({ validFromMs }) => validFromMs <= atMs).at(-1) ?? held[0]!

/** A decision uses the settings of when the order was placed, also when it is made later (ENGINE section 1). */
export function settingsAreOfTheOrder({ conversionId, inputs: { kind, policies, touches } }: Receipt, { conversions, settings }: Book): void {
  if (kind === 'renewal') return
  const atMs = conversions.get(conversionId)!.order.occurredAtMs
  for (const policy of policies) {
    const { versions, specialRates } = settings.campaigns.get(policy.campaignId)!
    const { version, value } = inForceAt(versions, atMs)
    must(policy.version === version && policy.rate === value.rate && policy.archived === (value.status === 'ARCHIVED'), 'a campaign is as it was at the order', () => [policy, version, value])
    const rates = [...specialRates].flatMap(([, held]) => held.filter(({ validFromMs }) => validFromMs <= atMs).at(-1)?.value ?? []).length
    must(policy.specialRates.length <= rates, 'special rates are those of the order\'s time', () => [policy, rates])
  }
  if (kind === 'credit') return
  for (const { affiliateId, affiliateActive, trigger, code } of touches) {
    const affiliate = settings.affiliates.get(affiliateId ?? '')
    must(affiliateActive === (affiliate !== undefined && inForceAt(affiliate.versions, atMs).value.status === 'ACTIVE'), 'an affiliate is as they were at the order', () => [affiliateId, affiliateActive])
    if (trigger === null) continue
    const held = [...settings.triggers.values()].flat().filter((one) => one.kind === trigger.kind && (trigger.kind === 'email' ? `#${one.number}` : one.value) === code)
    must(held.some((one) => one.affiliateId === affiliateId && one.validFromMs <= atMs && (one.endedAtMs === null || atMs < one.endedAtMs)), 'a trigger counts from its assignment to its end', () => [trigger, code, held])
  }
}
