import { DAY_MS } from '../limits.ts'
import { dayOf, startOfDay } from './time.ts'

export type BucketSize = 'hour' | 'day' | 'week' | 'month'

/** A stretch of a timeline, its end not included. */
export interface Bucket {
  fromMs: number
  toMs: number
  /** The calendar days that it is made of, the last not included; null where it is shorter than one. */
  days: { from: string; to: string } | null
}

export interface Buckets {
  size: BucketSize
  buckets: Bucket[]
}

const HOUR_MS = 3_600_000
/** The longest window that each size is picked for, in days: never more than about a hundred buckets. */
const LONGEST: [BucketSize, number][] = [['hour', 2], ['day', 92], ['week', 732]]

/**
 * A window cut into whole hours, days, weeks (from Monday) or months of a zone's calendar, whichever fits its length.
 * The first and the last reach beyond the window where it does not begin and end on their borders.
 */
export function bucketsOf({ fromMs, toMs }: { fromMs: number; toMs: number }, timezone: string): Buckets {
  const size = LONGEST.find(([, days]) => toMs - fromMs <= days * DAY_MS)?.[0] ?? 'month'
  return { size, buckets: size === 'hour' ? hours({ fromMs, toMs }, timezone) : calendar({ fromMs, toMs }, { size, timezone }) }
}

function hours({ fromMs, toMs }: { fromMs: number; toMs: number }, timezone: string): Bucket[] {
  const midnightMs = startOfDay(dayOf(fromMs, timezone), timezone)
  const buckets: Bucket[] = []
  for (let atMs = midnightMs + Math.floor((fromMs - midnightMs) / HOUR_MS) * HOUR_MS; atMs < toMs; atMs += HOUR_MS) buckets.push({ fromMs: atMs, toMs: atMs + HOUR_MS, days: null })
  return buckets
}

function calendar({ fromMs, toMs }: { fromMs: number; toMs: number }, { size, timezone }: { size: Exclude<BucketSize, 'hour'>; timezone: string }): Bucket[] {
  const buckets: Bucket[] = []
  for (let day = firstOf(size, dayOf(fromMs, timezone)); startOfDay(day, timezone) < toMs;) {
    const next = following(size, day)
    const bucket = { fromMs: startOfDay(day, timezone), toMs: startOfDay(next, timezone), days: { from: day, to: next } }
    // Samoa had no 30 December 2011.
    if (bucket.fromMs < bucket.toMs) buckets.push(bucket)
    day = next
  }
  return buckets
}

/** The day that the week or month of a day begins with. */
function firstOf(size: Exclude<BucketSize, 'hour'>, day: string): string {
  if (size === 'day') return day
  if (size === 'month') return `${day.slice(0, -2)}01`
  return later(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7))
}

function following(size: Exclude<BucketSize, 'hour'>, day: string): string {
  // From the first of a month, 32 days are always in the next one.
  return size === 'month' ? firstOf('month', later(day, 32)) : later(day, size === 'week' ? 7 : 1)
}

const later = (day: string, days: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
