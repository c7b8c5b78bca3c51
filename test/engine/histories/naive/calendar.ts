import type { Order } from '../../../../shared/domain.ts'
import type { Settings } from '../../../../shared/engine/settings.ts'
import { inForceAt } from '../laws/settings.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

/** What the clocks of a zone show, as if it were UTC. */
export function wallOf(atMs: number, timeZone: string): Date {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' })
  formats.set(timeZone, format)
  const shown = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
  return new Date(Date.UTC(shown['year'] ?? 0, (shown['month'] ?? 1) - 1, shown['day'], shown['hour'], shown['minute'], shown['second']) + (((atMs % 1000) + 1000) % 1000))
}

const zoneAt = (settings: Settings, atMs: number): string => inForceAt(settings.terms, atMs).value.timezone

/** The calendar month of an order where the merchant is, as the zone was then. */
export const monthOf = ({ occurredAtMs }: Pick<Order, 'occurredAtMs'>, settings: Settings): string => wallOf(occurredAtMs, zoneAt(settings, occurredAtMs)).toISOString().slice(0, 7)

/** True when so many months have gone by on the merchant's wall since the first payment; undefined too near a change of its clocks to say so simply. */
export function monthsArePast(first: Order, later: Order, { months, settings }: { months: number; settings: Settings }): boolean | undefined {
  const zone = zoneAt(settings, first.occurredAtMs)
  const start = wallOf(first.occurredAtMs, zone)
  const last = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months + 1, 0)).getUTCDate()
  const end = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months, Math.min(start.getUTCDate(), last)) + (start.getTime() % 86_400_000)
  const now = wallOf(later.occurredAtMs, zone).getTime()
  return zone === 'America/New_York' && Math.abs(now - end) < 7_200_000 ? undefined : now >= end
}
