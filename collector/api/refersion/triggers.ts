import { z } from 'zod'
import type { TriggerKind } from '../../../shared/domain.ts'
import { DomainError } from '../../../shared/errors.ts'
import { settingsFor } from '../../service/deps.ts'
import { TriggerInput } from '../../../shared/wire/settings.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { checked } from './body.ts'
import { refused, TEXTS, told } from './errors.ts'
import { Numeric } from './fields.ts'
import { affiliateCoded, affiliateNumbered } from './names.ts'
import { operation, type Call } from './operation.ts'

/** Triggers of one call. */
const MOST = 50
const Type = z.enum(['COUPON', 'SKU', 'EMAIL']).transform((type): TriggerKind => type.toLowerCase() as TriggerKind)
const value = TriggerInput.shape.coupon.unwrap()

export const TriggerBody = z.object({ affiliate_code: z.string('must be a string'), type: Type, trigger: value })
  .transform(({ affiliate_code, type, trigger }) => ({ affiliateCode: affiliate_code, input: { [type]: trigger } }))

const Ended = z.object({ id: Numeric, trigger: value, type: Type })
type Ended = z.output<typeof Ended>
/** Too many are no wrong value here, but too many: a 429. */
export const DeleteBody = z.object({
  affiliates: z.preprocess(refuseMany, z.array(Ended, 'must be a list of triggers').min(1, 'must name at least one').meta({ maxItems: MOST })),
}).transform(({ affiliates }) => affiliates)
/** The older call ends one trigger. */
export const LegacyDeleteBody = z.object({ affiliate_id: Numeric, trigger: value, type: Type }).transform(({ affiliate_id, ...one }) => [{ id: affiliate_id, ...one }])

function refuseMany(list: unknown): unknown {
  if (Array.isArray(list) && list.length > MOST) throw new DomainError('RATE_LIMITED', TEXTS.elements(MOST))
  return list
}

/** Refersion's calls about what credits without a click. */
export function triggerOperations({ services, store }: RouteDeps) {
  async function end({ key: { id: actor, merchantId }, body }: Call<Ended[]>): Promise<number[]> {
    const settings = settingsFor(store.directory(), merchantId)
    const owned = body.map(({ id, type, trigger }) => ({ id, kind: type, value: trigger, affiliateId: affiliateNumbered(settings, id)?.id }))
    const strangers = owned.flatMap(({ id, affiliateId }) => (affiliateId === undefined ? id : []))
    if (strangers.length > 0) throw refused(TEXTS.unknownAffiliates([...new Set(strangers)].join(', ')))
    const wanted = owned.map(({ affiliateId = '', ...one }) => ({ ...one, affiliateId }))
    const ended = await told(() => services.triggers.endAll(wanted, { merchantId, acting: { actor } }), (error) => {
      const missing = error.issues.map(({ path: [place] }) => body[Number(place)]?.trigger ?? '')
      return error.code === 'NOT_FOUND' && missing.length > 0 ? TEXTS.unknownTriggers([...new Set(missing)].join(', ')) : undefined
    })
    return ended.map(({ number }) => number)
  }

  return {
    create: operation('affiliates', TriggerBody, async ({ key: { merchantId }, body: { affiliateCode, input } }) => {
      const affiliate = affiliateCoded(settingsFor(store.directory(), merchantId), affiliateCode)
      if (affiliate === undefined) throw refused(TEXTS.noAffiliate)
      const { email } = TriggerInput.shape
      if (input['email'] !== undefined) checked(z.object({ trigger: email }), { trigger: input['email'] })
      const made = await told(() => services.triggers.assign({ ...input, affiliate: affiliate.id }, merchantId), (error) => (error.code === 'CONFLICT' ? TEXTS.triggerTaken : undefined))
      return { trigger_id: made.number, trigger: made.value }
    }),
    remove: operation('affiliates', DeleteBody, end),
    removeLegacy: operation('affiliates', LegacyDeleteBody, end),
  }
}
