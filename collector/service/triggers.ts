import { TRIGGER_KINDS, type Trigger, type TriggerKind } from '../../shared/domain.ts'
import { DomainError, invalid } from '../../shared/errors.ts'
import { triggerKey, triggerValue, type Settings } from '../../shared/engine/settings.ts'
import type { TriggerInput } from '../../shared/wire/settings.ts'
import type { Entry, NewTrigger } from '../store/store.ts'
import { at, auditOf, type Acting } from './acting.ts'
import { affiliateNamed } from './affiliate-names.ts'
import { assignSince, type Retroactive } from './assign-since.ts'
import { campaignNamed } from './campaigns.ts'
import { newEntityId, settingsFor, type Deps } from './deps.ts'
import { emailHash, identities, type IdentityOf } from './identity.ts'

/** A trigger with the code of whom it credits. */
export interface TriggerView extends Trigger {
  affiliateCode: string
}

/** What to credit whom for. */
export interface Assignment {
  kind: TriggerKind
  value: string
  affiliateId: string
  campaignId: string | null
}

/** Coupons, SKUs and e-mails that credit an affiliate without a click, each from its assignment to its end. */
export function triggerService(deps: Deps) {
  const { store, now } = deps
  const assign = assigner(deps)
  const identityOf = identities(deps.secrets.identity)

  return {
    /** Assigns a trigger from now on; throws `CONFLICT` while it is assigned to anybody, `INVALID` with the field. */
    async assign(input: TriggerInput, merchantId?: number): Promise<TriggerView> {
      const made = await store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const trigger = assign(settings, assignmentOf(settings, input))
        return { entries: [{ kind: 'trigger', trigger }], result: trigger }
      })
      const settings = settingsFor(store.directory(), made.merchantId)
      return viewOf(settings, triggerNamed(settings, made.id))
    },

    /**
     * Assigns a trigger as of an earlier time, and settles the orders since then that nobody had won (ENGINE section 3,
     * rule 8). Throws as `assign`, and `INVALID` for a time to come.
     */
    assignSince(input: TriggerInput, { sinceMs, dryRun, acting }: { sinceMs: number; dryRun: boolean; acting: Acting }, merchantId?: number): Promise<Retroactive> {
      if (sinceMs > now()) throw invalid('since', 'must not be in the future')
      const settings = settingsFor(store.directory(), merchantId)
      return assignSince(deps, { ...assign(settings, assignmentOf(settings, input)), validFromMs: sinceMs }, { dryRun, acting, refuseTaken })
    },

    /** Ends a trigger: orders from now on do not know it. Throws `NOT_FOUND` when there is none in force. */
    end(name: string, merchantId?: number): Promise<TriggerView> {
      return store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const trigger = triggerNamed(settings, name)
        if (trigger.endedAtMs !== null) throw new DomainError('NOT_FOUND', `Trigger ${name} has ended already.`)
        const endedAtMs = now()
        return { entries: [{ kind: 'trigger_ended', merchantId: trigger.merchantId, id: trigger.id, endedAtMs }], result: viewOf(settings, { ...trigger, endedAtMs }) }
      })
    },

    /** Ends triggers by what they are and whose, all or none. Throws `NOT_FOUND` with an issue for each, by its place, that is not in force. */
    endAll(wanted: Pick<Assignment, 'kind' | 'value' | 'affiliateId'>[], { merchantId, acting }: { merchantId: number; acting: Acting }): Promise<Trigger[]> {
      const then = at(deps)
      return store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const found = wanted.map(({ kind, value, affiliateId }) => {
          const key = triggerKey(kind, identityFor(identityOf, { merchantId, kind, text: value }) ?? triggerValue(value))
          return settings.triggers.get(key)?.find((trigger) => trigger.affiliateId === affiliateId && trigger.endedAtMs === null)
        })
        const missing = found.flatMap((trigger, index) => (trigger === undefined ? index : []))
        if (missing.length > 0) throw new DomainError('NOT_FOUND', 'Some of these triggers are not in force.', { issues: missing.map((index) => ({ path: [index], message: 'is not in force' })) })
        const ended = [...new Set(found)].flatMap((trigger) => trigger ?? [])
        const entries = ended.flatMap((trigger): Entry[] => [
          { kind: 'trigger_ended', merchantId, id: trigger.id, endedAtMs: then.nowMs },
          auditOf(acting, { now: then, about: { merchantId, mode: 'live' }, action: 'trigger end', subject: trigger.id, detail: { number: trigger.number } }),
        ])
        return { entries, result: ended }
      })
    },

    /** Those in force, or all that ever were, by number. */
    list({ all = false }: { all?: boolean } = {}, merchantId?: number): TriggerView[] {
      const settings = settingsFor(store.directory(), merchantId)
      return [...settings.triggers.values()].flat()
        .filter(({ endedAtMs }) => all || endedAtMs === null)
        .toSorted((a, b) => a.number - b.number)
        .map((trigger) => viewOf(settings, trigger))
    },
  }
}

const viewOf = (settings: Settings, trigger: Trigger): TriggerView => ({ ...trigger, affiliateCode: settings.affiliates.get(trigger.affiliateId)?.codes.at(-1)?.code ?? '' })

/** Makes assignments that count from now on; refuses what is assigned already with `CONFLICT`. */
export function assigner(deps: Deps): (settings: Settings, assignment: Assignment) => NewTrigger {
  const identityOf = identities(deps.secrets.identity)

  return (settings, { kind, value: text, affiliateId, campaignId }) => {
    const merchantId = settings.merchant.id
    const value = triggerValue(text)
    const identity = identityFor(identityOf, { merchantId, kind, text })
    const nowMs = deps.now()
    const trigger = { id: newEntityId(deps, 'trg'), merchantId, kind, value, identity, affiliateId, campaignId, validFromMs: nowMs, recordedAtMs: nowMs }
    refuseTaken(settings, trigger)
    return trigger
  }
}

/** Throws `CONFLICT` while a trigger is anybody's, and where it was another's for a part of the time that it is to hold. */
function refuseTaken(settings: Settings, { kind, value, identity, affiliateId, validFromMs }: NewTrigger): void {
  const before = settings.triggers.get(triggerKey(kind, identity ?? value)) ?? []
  const refuse = (message: string, advice: string): DomainError => new DomainError('CONFLICT', `${kind} ${value} ${message}; ${advice}.`, { issues: [{ path: [kind], message }] })
  const holder = before.find(({ endedAtMs }) => endedAtMs === null)
  if (holder !== undefined) throw refuse(`is trigger ${holder.number} already, of ${holder.affiliateId === affiliateId ? 'the same' : 'another'} affiliate`, 'end that first')
  const then = before.find((trigger) => trigger.affiliateId !== affiliateId && trigger.endedAtMs !== null && trigger.endedAtMs > Math.max(validFromMs, trigger.validFromMs))
  if (then !== undefined) throw refuse(`was trigger ${then.number} of another affiliate until ${new Date(then.endedAtMs ?? 0).toISOString()}`, 'assign it since then')
}

const identityFor = (identityOf: IdentityOf, { merchantId, kind, text }: { merchantId: number; kind: TriggerKind; text: string }): string | null => (kind === 'email' ? identityOf(merchantId, emailHash(text)) : null)

const assignmentOf = (settings: Settings, input: TriggerInput): Assignment => ({
  ...whatOf(input), affiliateId: affiliateNamed(settings, input.affiliate).id, campaignId: input.campaign === undefined ? null : campaignNamed(settings, input.campaign).id,
})

function whatOf(input: TriggerInput): Pick<Assignment, 'kind' | 'value'> {
  const [given, another] = TRIGGER_KINDS.flatMap((kind) => (input[kind] === undefined ? [] : [{ kind, value: input[kind] }]))
  if (given === undefined || another !== undefined) throw invalid(another?.kind ?? 'coupon', 'give one of coupon, sku and email')
  return given
}

/** A trigger by id or number; throws `NOT_FOUND`. */
function triggerNamed(settings: Settings, name: string): Trigger {
  const found = [...settings.triggers.values()].flat().find(({ id, number }) => id === name || String(number) === name)
  if (found === undefined) throw new DomainError('NOT_FOUND', `There is no trigger ${name}.`)
  return found
}
