import type { Trigger, Version } from '../../../shared/domain.ts'
import type { Rate } from '../../../shared/engine/terms.ts'
import { scopeKey, triggerKey, type Settings } from '../../../shared/engine/settings.ts'
import { campaignPolicy, enrolment, trigger } from '../builders.ts'
import type { SettingChange } from './steps.ts'
import { affiliateAt, campaignAt, triggerOf } from './world.ts'

const later = <T>(held: Version<T>[], value: T, nowMs: number): Version<T>[] => [...held, { version: held.length + 1, validFromMs: nowMs, value }]
const put = <T>(map: ReadonlyMap<string, T>, key: string, value: T): Map<string, T> => new Map(map).set(key, value)

/** The settings after a change, which is valid from its recording; what is not to be changed so stays. */
export function changed(settings: Settings, change: SettingChange, nowMs: number): Settings {
  if (change.of === 'timezone') return { ...settings, terms: later(settings.terms, { ...settings.terms.at(-1)!.value, timezone: change.timezone }, nowMs) }
  if (change.of === 'trigger' || change.of === 'trigger_end') return { ...settings, triggers: triggersAfter(settings, change, nowMs) }
  if (change.of === 'status' || change.of === 'enrolment') return { ...settings, affiliates: affiliatesAfter(settings, change, nowMs) }
  const campaign = settings.campaigns.get(campaignAt(settings, change.campaign))!
  const after = change.of === 'policy'
    ? { ...campaign, versions: later(campaign.versions, campaignPolicy({ ...change.terms, status: change.archived ? 'ARCHIVED' : 'ACTIVE' }), nowMs) }
    : { ...campaign, specialRates: put(campaign.specialRates, scopeKey(change.scope), later<Rate | null>(campaign.specialRates.get(scopeKey(change.scope)) ?? [], change.rate, nowMs)) }
  return { ...settings, campaigns: put(settings.campaigns, campaign.id, after) }
}

function affiliatesAfter(settings: Settings, change: Extract<SettingChange, { of: 'status' | 'enrolment' }>, nowMs: number): Settings['affiliates'] {
  const affiliate = settings.affiliates.get(affiliateAt(settings, change.affiliate))!
  if (change.of === 'status') return put(settings.affiliates, affiliate.id, { ...affiliate, versions: later(affiliate.versions, { status: change.status }, nowMs) })
  const campaignId = campaignAt(settings, change.campaign)
  const isJoined = affiliate.enrolments.some((one) => one.campaignId === campaignId && one.leftAtMs === null)
  const enrolments = isJoined
    ? affiliate.enrolments.map((one) => (one.campaignId === campaignId && one.leftAtMs === null ? { ...one, leftAtMs: nowMs } : one))
    : [...affiliate.enrolments, enrolment(campaignId, nowMs)]
  return put(settings.affiliates, affiliate.id, { ...affiliate, enrolments })
}

/** A trigger is one affiliate's at a time. */
function triggersAfter(settings: Settings, change: Extract<SettingChange, { of: 'trigger' | 'trigger_end' }>, nowMs: number): Settings['triggers'] {
  const value = triggerOf(change.kind, change.value)
  const key = triggerKey(change.kind, value)
  const held: Trigger[] = settings.triggers.get(key) ?? []
  const isHeld = held.some(({ endedAtMs }) => endedAtMs === null)
  if (change.of === 'trigger_end') return isHeld ? put(settings.triggers, key, held.map((one) => ({ ...one, endedAtMs: one.endedAtMs ?? nowMs }))) : settings.triggers
  if (isHeld) return settings.triggers
  const number = [...settings.triggers.values()].flat().length + 1
  const campaignId = change.campaign === null ? null : campaignAt(settings, change.campaign)
  return put(settings.triggers, key, [...held, trigger(change.kind, value, { number, affiliateId: affiliateAt(settings, change.affiliate), campaignId, validFromMs: nowMs, recordedAtMs: nowMs })])
}
