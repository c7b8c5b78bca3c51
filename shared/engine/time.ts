/**
 * Calendar time in a merchant's zone, by the zone data of `Intl`. The zone's name is checked where it comes in:
 * here an unknown one is a RangeError.
 */
import { DAY_MS } from '../limits.ts'

interface Zone {
  formatter: Intl.DateTimeFormat
  /** The zone's offset at the start of a UTC day, by that day's number since 1970. */
  offsetMsAtDay: Map<number, number>
}

/** Merchants have few zones and replay few years: a cache that fills up starts anew instead of growing. */
const MAX_ZONES = 100
const MAX_DAYS = 5000

const zones = new Map<string, Zone>()
/** The names of days, by their number since 1970: asked of every click. */
const days = new Map<number, string>()

/** The calendar month of an instant in a zone, as 'YYYY-MM'. */
export const monthOf = (atMs: number, timezone: string): string => wallClock(atMs, zoneOf(timezone)).toISOString().slice(0, 7)

/** The calendar day of an instant in a zone, as 'YYYY-MM-DD'. */
export function dayOf(atMs: number, timezone: string): string {
  const day = Math.floor((atMs + offsetMsAt(atMs, zoneOf(timezone))) / DAY_MS)
  const known = days.get(day)
  if (known !== undefined) return known
  if (days.size >= MAX_DAYS) days.clear()
  const name = new Date(day * DAY_MS).toISOString().slice(0, 10)
  days.set(day, name)
  return name
}

/** The instant at which a calendar day, 'YYYY-MM-DD', begins in a zone. */
export const startOfDay = (day: string, timezone: string): number => instantOf(Date.parse(`${day}T00:00:00Z`), zoneOf(timezone))

/** The instant at which a zone's clocks show this, given as if it were UTC: the first of two; of what they skip, what they would have shown. */
export const instantAt = (wallMs: number, timezone: string): number => instantOf(wallMs, zoneOf(timezone))

/**
 * The instant this many calendar months later at the same local time, the day clamped to the month's length
 * (ENGINE, section 4, rule 7).
 *
 * The result is always one of the right month, except where a zone skipped the end of one: the last day of 1994 in
 * Kiritimati is read as the first of 1995.
 */
export function addMonths(atMs: number, months: number, timezone: string): number {
  const zone = zoneOf(timezone)
  const wall = wallClock(atMs, zone)
  const day = wall.getUTCDate()
  // By way of the first of the month: 31 January and a month would overflow into March.
  wall.setUTCMonth(wall.getUTCMonth() + months, 1)
  wall.setUTCDate(Math.min(day, daysIn(wall)))
  return instantOf(wall.getTime(), zone)
}

const daysIn = (month: Date): number => new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 0)).getUTCDate()

/** What the zone's clocks show at an instant, as the UTC fields of a date. */
const wallClock = (atMs: number, zone: Zone): Date => new Date(atMs + offsetMsAt(atMs, zone))

/**
 * The instant at which the zone's clocks show this: the first of two, and for a time that they skip what they
 * would have shown without the change.
 *
 * A day either way is beyond any offset, so it is before and after the only change that can matter: since 1970 no
 * zone has two within six days.
 */
function instantOf(wallMs: number, zone: Zone): number {
  const beforeMs = offsetMsAt(wallMs - DAY_MS, zone)
  const afterMs = offsetMsAt(wallMs + DAY_MS, zone)
  const atMs = wallMs - beforeMs
  // Before the change comes first: it is right for a doubled time, and the rule for a skipped one.
  if (offsetMsAt(atMs, zone) === beforeMs) return atMs
  return offsetMsAt(wallMs - afterMs, zone) === afterMs ? wallMs - afterMs : atMs
}

/** Formatting takes microseconds, and a day that ends with the offset that it started with had no other in between. */
function offsetMsAt(atMs: number, zone: Zone): number {
  const day = Math.floor(atMs / DAY_MS)
  const offsetMs = offsetMsAtDay(day, zone)
  return offsetMs === offsetMsAtDay(day + 1, zone) ? offsetMs : formattedOffsetMs(atMs, zone.formatter)
}

function offsetMsAtDay(day: number, { formatter, offsetMsAtDay: known }: Zone): number {
  const cached = known.get(day)
  if (cached !== undefined) return cached
  if (known.size >= MAX_DAYS) known.clear()
  const offsetMs = formattedOffsetMs(day * DAY_MS, formatter)
  known.set(day, offsetMs)
  return offsetMs
}

/** "GMT", "GMT+05:45", and for Liberia's local mean time, until 1972, "GMT-00:44:30". */
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

function formattedOffsetMs(atMs: number, formatter: Intl.DateTimeFormat): number {
  const match = OFFSET.exec(formatter.format(atMs))
  // A platform that writes offsets in another way must not pass for UTC.
  if (match === null) throw new Error('Intl wrote a UTC offset in an unknown form')
  const [, sign, hours = 0, minutes = 0, seconds = 0] = match
  const offsetMs = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000
  return sign === '-' ? -offsetMs : offsetMs
}

function zoneOf(timezone: string): Zone {
  const cached = zones.get(timezone)
  if (cached !== undefined) return cached
  if (zones.size >= MAX_ZONES) zones.clear()
  const zone = { formatter: new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' }), offsetMsAtDay: new Map<number, number>() }
  zones.set(timezone, zone)
  return zone
}
