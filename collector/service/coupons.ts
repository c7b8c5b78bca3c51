import { isDeepStrictEqual } from 'node:util'
import type { Trigger } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import { triggerKey, triggerValue, type Settings } from '../../shared/engine/settings.ts'
import type { Page } from '../store/pages.ts'
import type { CouponBook, CouponNotes } from '../store/referrals.ts'
import type { Directory, Entry, NewTrigger } from '../store/store.ts'
import { affiliateNumbered } from './affiliate-names.ts'
import { settingsFor, type Deps } from './deps.ts'
import { assigner } from './triggers.ts'

/** A coupon as it stands: the trigger that it has now, under the number of its first. */
export interface CouponView extends Omit<CouponNotes, 'deleted'> {
  number: number
  affiliateId: string
  active: boolean
  createdAtMs: number
}

interface Held extends CouponView {
  /** Its first trigger. */
  id: string
  latest: Trigger
}

/** What may be said of a coupon; the affiliate by number. */
export interface CouponChange {
  code?: string | undefined
  affiliate?: number | undefined
  active?: boolean | undefined
  stripeCouponId?: string | null | undefined
  lemonsqueezyDiscountCode?: string | null | undefined
}

export interface CouponFilter {
  affiliateId?: string | undefined
  active?: boolean | undefined
  /** A part of the code, whatever its case. */
  code?: string | undefined
  limit: number
  offset: number
}

/** Coupons that stay the same while their codes and affiliates change, and that can be switched off and on again. */
export function couponService(deps: Deps) {
  const { store, now } = deps
  const assign = assigner(deps)

  /** A trigger, in force or switched off as soon as it is made. */
  const made = (trigger: NewTrigger, active: boolean): Entry[] => [{ kind: 'trigger', trigger }, ...(active ? [] : [ended(trigger, now())])]

  function find(merchantId: number, number: number, directory = store.directory()): Held {
    const found = listed(directory, merchantId).find((coupon) => coupon.number === number)
    if (found === undefined) throw new DomainError('NOT_FOUND', 'Coupon not found')
    return found
  }

  return {
    find: (merchantId: number, number: number): CouponView => find(merchantId, number),

    /** A page of them, the first made first. */
    page(merchantId: number, { affiliateId, active, code, limit, offset }: CouponFilter): Page<CouponView> {
      const found = listed(store.directory(), merchantId).filter((coupon) =>
        (affiliateId === undefined || coupon.affiliateId === affiliateId) && (active === undefined || coupon.active === active) && (code === undefined || triggerValue(coupon.code).includes(triggerValue(code))))
      return { rows: found.slice(offset, offset + limit), total: found.length }
    },

    /** Makes a coupon; throws `CONFLICT` for a code that there is, `NOT_FOUND` for an unknown affiliate. */
    async create(merchantId: number, { code, affiliate, active = true, stripeCouponId = null, lemonsqueezyDiscountCode = null }: CouponChange & { code: string; affiliate: number }): Promise<CouponView> {
      const id = await store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const affiliateId = affiliateNumbered(settings, affiliate).id
        refuseListed(listed(directory, merchantId), code)
        const trigger = assign(settings, { kind: 'coupon', value: code, affiliateId, campaignId: null })
        const entries: Entry[] = [...made(trigger, active), { kind: 'coupon_version', merchantId, coupon: trigger.id, validFromMs: now(), value: { code, stripeCouponId, lemonsqueezyDiscountCode, deleted: false } }]
        return { entries, result: trigger.id }
      })
      const view = listed(store.directory(), merchantId).find((coupon) => coupon.id === id)
      if (view === undefined) throw new Error('the coupon that was just written is not there')
      return view
    },

    /** Changes a coupon from now on: another code or affiliate ends its trigger and assigns another, in one go. Throws as `create`. */
    async update(merchantId: number, number: number, change: CouponChange): Promise<CouponView> {
      await store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const held = find(merchantId, number, directory)
        const nowMs = now()
        const affiliateId = change.affiliate === undefined ? held.affiliateId : affiliateNumbered(settings, change.affiliate).id
        const { code = held.code, active = held.active } = change
        if (triggerValue(code) !== triggerValue(held.code)) refuseListed(listed(directory, merchantId), code)
        const isAnother = triggerValue(code) !== held.latest.value || affiliateId !== held.affiliateId
        const entries: Entry[] = []
        if (held.active && (isAnother || !active)) entries.push(ended(held.latest, nowMs))
        if (isAnother || (active && !held.active)) {
          const campaignId = affiliateId === held.affiliateId ? held.latest.campaignId : null
          const trigger = assign(without(settings, held.latest, nowMs), { kind: 'coupon', value: code, affiliateId, campaignId })
          entries.push(...made(trigger, active), { kind: 'coupon_trigger', merchantId, triggerId: trigger.id, coupon: held.id })
        }
        const { stripeCouponId = held.stripeCouponId, lemonsqueezyDiscountCode = held.lemonsqueezyDiscountCode } = change
        const value = { code, stripeCouponId, lemonsqueezyDiscountCode, deleted: false }
        if (!isDeepStrictEqual(value, notesOf(held))) entries.push({ kind: 'coupon_version', merchantId, coupon: held.id, validFromMs: nowMs, value })
        return { entries, result: undefined }
      })
      return find(merchantId, number)
    },

    /** Ends a coupon and takes it off the list; orders that it won stay as they are. Throws `NOT_FOUND`. */
    remove(merchantId: number, number: number): Promise<void> {
      return store.decide('settings', {}, ({ directory }) => {
        const held = find(merchantId, number, directory)
        const nowMs = now()
        const version: Entry = { kind: 'coupon_version', merchantId, coupon: held.id, validFromMs: nowMs, value: { ...notesOf(held), deleted: true } }
        return { entries: [...(held.active ? [ended(held.latest, nowMs)] : []), version], result: undefined }
      })
    },
  }
}

const listed = (directory: Directory, merchantId: number): Held[] => couponsIn(settingsFor(directory, merchantId), directory.coupons.get(merchantId))

const notesOf = ({ code, stripeCouponId, lemonsqueezyDiscountCode }: Held): CouponNotes => ({ code, stripeCouponId, lemonsqueezyDiscountCode, deleted: false })

const ended = ({ merchantId, id }: Pick<Trigger, 'merchantId' | 'id'>, endedAtMs: number): Entry => ({ kind: 'trigger_ended', merchantId, id, endedAtMs })

/** All coupons that were not taken off, whichever dialect made them. */
function couponsIn(settings: Settings, book: CouponBook | undefined): Held[] {
  const triggers = [...settings.triggers.values()].flat().filter(({ kind }) => kind === 'coupon').toSorted((a, b) => a.number - b.number)
  return [...Map.groupBy(triggers, ({ id }) => book?.of.get(id) ?? id)].flatMap(([id, own]): Held[] => {
    const [first, latest, notes] = [own[0], own.at(-1), book?.notes.get(id)]
    if (first === undefined || latest === undefined || notes?.deleted) return []
    return [{
      id, latest, number: first.number, affiliateId: latest.affiliateId, active: latest.endedAtMs === null, createdAtMs: first.recordedAtMs,
      code: notes !== undefined && triggerValue(notes.code) === latest.value ? notes.code : latest.value, stripeCouponId: notes?.stripeCouponId ?? null, lemonsqueezyDiscountCode: notes?.lemonsqueezyDiscountCode ?? null,
    }]
  })
}

/** The settings as they will be once a trigger has ended. */
function without(settings: Settings, { id, kind, value }: Trigger, endedAtMs: number): Settings {
  const key = triggerKey(kind, value)
  const own = (settings.triggers.get(key) ?? []).map((trigger) => (trigger.id === id && trigger.endedAtMs === null ? { ...trigger, endedAtMs } : trigger))
  return { ...settings, triggers: new Map([...settings.triggers, [key, own]]) }
}

function refuseListed(coupons: Held[], code: string): void {
  if (coupons.some((coupon) => triggerValue(coupon.code) === triggerValue(code))) throw new DomainError('CONFLICT', `There is a coupon ${code} already.`, { issues: [{ path: ['coupon'], message: 'is there already' }] })
}
