import { z } from 'zod'
import { DAY_MS } from '../limits.ts'

const UNIT_MS = { m: 60_000, h: 3_600_000, d: DAY_MS }
const RULE = 'must be a number of minutes, hours or days from 1m to 90d, such as 24h'
const MOST_MS = 90 * DAY_MS

/** How long a key goes on beside the one that takes its place, in milliseconds. */
const Grace = z.string(RULE).regex(/^[1-9]\d{0,5}[mhd]$/, RULE).transform((text) => Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS]).refine((graceMs) => graceMs <= MOST_MS, RULE)

export const RotationInput = z.object({ grace: Grace.default(DAY_MS), now: z.boolean().default(false) })
