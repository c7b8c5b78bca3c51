import { affiliateByCode, termsOf, type Settings } from '../../shared/engine/settings.ts'
import { dayOf } from '../../shared/engine/time.ts'
import type { ClickQuarter, DailyClicks } from '../store/queries.ts'

/** Every offset of a time zone is a multiple of this. */
const QUARTER_MS = 15 * 60_000

interface Counted {
  is: number
  /** How many there must be at least, and may be at most. */
  least: number
  most: number
}

/**
 * Counts clicks by day and affiliate anew, and names each counter that differs. Which campaign a click was counted under is
 * as of its receipt, so campaigns are added up.
 */
export function clickDifferences(settings: Settings, quarters: ClickQuarter[], daily: DailyClicks[]): string[] {
  const counted = new Map<string, Counted>()
  const at = (name: string): Counted => {
    const held = counted.get(name) ?? { is: 0, least: 0, most: 0 }
    counted.set(name, held)
    return held
  }
  for (const { day, mode, affiliateId, clicks } of daily) at(key(day, mode, affiliateId)).is += clicks
  for (const { quarter, mode, code, clicks } of quarters) {
    const atMs = quarter * QUARTER_MS
    const affiliateId = affiliateByCode(settings, code, Number.MAX_SAFE_INTEGER)?.id ?? ''
    // Where the zone was changed within the quarter, a click of it may be of either day; one of the very instant, too.
    const changes = settings.terms.map(({ validFromMs }) => validFromMs).filter((fromMs) => fromMs >= atMs && fromMs < atMs + QUARTER_MS)
    const days = new Set([atMs, ...changes.flatMap((fromMs) => [fromMs - 1, fromMs])].map((thenMs) => dayOf(atMs, termsOf(settings, thenMs).value.timezone)))
    for (const day of days) {
      const held = at(key(day, mode, affiliateId))
      held.most += clicks
      if (days.size === 1) held.least += clicks
    }
  }
  return [...counted].flatMap(([name, { is, least, most }]) => (is >= least && is <= most ? [] : [`the clicks of ${name} are counted ${is}, and there are ${most}`]))
}

const key = (day: string, mode: string, affiliateId: string): string => `${day}, ${mode}, affiliate ${affiliateId || 'unknown'}`
