import { z } from 'zod'
import { MODELS } from '../engine/terms.ts'

/** A day in the merchant's zone, which counts to its end, or an instant. */
const Time = z.union([z.iso.date(), z.iso.datetime({ offset: true })], 'must be a day such as 2026-11-01, or an instant with its offset')

/** What may be asked: what if this had held all along? Nothing that is not named is changed. */
export const ReplayInput = z.object({
  from: Time,
  to: Time,
  mode: z.enum(['live', 'test'], 'must be live or test').default('live'),
  model: z.enum(MODELS, `must be one of: ${MODELS.join(', ')}`).optional(),
  windowDays: z.coerce.number('must be a number of days').int('must be whole days').min(1, 'must be at least 1').max(3650, 'must be at most 3650').optional(),
  couponFirst: z.boolean('must be true or false').optional(),
})
export type ReplayInput = z.infer<typeof ReplayInput>
