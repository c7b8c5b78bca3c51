import { z } from 'zod'

/** What can happen; an order that nobody had won and that is settled later is a settlement. */
export const EVENT_KINDS = ['click', 'identify', 'forgotten', 'conversion', 'settlement', 'refund', 'approval', 'rejection', 'credit', 'payout', 'audit'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** The most that is told of what happened before. */
const MOST_LAST = 100_000

const RULE = `must be some of ${EVENT_KINDS.join(', ')}, separated by commas`

/** Which events are to be told, and from where on. */
export const EventsInput = z.object({
  since: z.union([z.iso.date(), z.iso.datetime({ offset: true })], 'must be a day such as 2026-11-01, or an instant with its offset').optional(),
  last: z.string().regex(/^\d{1,6}$/, 'must be a whole number').transform(Number).refine((count) => count <= MOST_LAST, `must be at most ${MOST_LAST}`).optional(),
  kind: z.string().transform((text) => text.split(',').map((kind) => kind.trim())).pipe(z.array(z.enum(EVENT_KINDS, RULE))).optional(),
  test: z.boolean().default(false),
}).refine(({ since, last }) => since === undefined || last === undefined, { path: ['last'], error: 'does not go with since' })
export type EventsInput = z.infer<typeof EventsInput>
