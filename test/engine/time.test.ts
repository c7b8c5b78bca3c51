import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addMonths, dayOf, monthOf } from '../../shared/engine/time.ts'
import { DAY_MS } from '../../shared/limits.ts'

/** Worked cases lie in the past: a government can still change the rest. */
const at = (iso: string): number => Date.parse(iso)

test.each([
  ['UTC', '2026-02-01T00:00:00.000Z', '2026-02-01'],
  ['UTC', '2101-01-01T00:00:00.000Z', '2101-01-01'],
  ['Europe/Berlin', '2024-01-31T23:00:00.000Z', '2024-02-01'],
  ['Europe/Berlin', '2024-06-30T22:00:00.000Z', '2024-07-01'],
  ['Europe/Berlin', '2023-12-31T23:00:00.000Z', '2024-01-01'],
  ['Europe/Berlin', '2024-02-29T23:00:00.000Z', '2024-03-01'],
  ['Asia/Kathmandu', '2024-01-31T18:15:00.000Z', '2024-02-01'],
  ['America/St_Johns', '2024-02-01T03:30:00.000Z', '2024-02-01'],
  ['America/St_Johns', '2024-07-01T02:30:00.000Z', '2024-07-01'],
  ['Pacific/Apia', '2024-01-31T11:00:00.000Z', '2024-02-01'],
  ['Australia/Lord_Howe', '2024-01-31T13:00:00.000Z', '2024-02-01'],
  ['Australia/Lord_Howe', '2024-06-30T13:30:00.000Z', '2024-07-01'],
  ['Africa/Casablanca', '2024-03-31T00:00:00.000Z', '2024-03-31'],
  ['Africa/Casablanca', '2024-04-30T23:00:00.000Z', '2024-05-01'],
  ['Africa/Monrovia', '1970-01-01T00:44:30.000Z', '1970-01-01'],
  ['America/New_York', '1969-10-26T04:00:00.000Z', '1969-10-26'],
])('in %s, %s begins the day %s', (zone, iso, day) => {
  const yesterday = new Date(at(day) - DAY_MS).toISOString()
  expect([dayOf(at(iso), zone), dayOf(at(iso) - 1, zone)]).toEqual([day, yesterday.slice(0, 10)])
  expect([monthOf(at(iso), zone), monthOf(at(iso) - 1, zone)]).toEqual([day.slice(0, 7), yesterday.slice(0, 7)])
})

test('a month that has begun ends again where clocks are set back over midnight', () => {
  const minutes = ['02:29:59.999', '02:30:00.000', '02:30:59.999', '02:31:00.000', '03:29:59.999', '03:30:00.000']
  expect(minutes.map((time) => monthOf(at(`2009-11-01T${time}Z`), 'America/St_Johns'))).toEqual(['2009-10', '2009-11', '2009-11', '2009-10', '2009-10', '2009-11'])
})

test('Samoa had no 30 December 2011', () => {
  expect([dayOf(at('2011-12-30T09:59:59.999Z'), 'Pacific/Apia'), dayOf(at('2011-12-30T10:00:00Z'), 'Pacific/Apia')]).toEqual(['2011-12-29', '2011-12-31'])
})

test.each([
  ['no months change nothing', 'UTC', '2024-05-05T05:05:05.005Z', 0, '2024-05-05T05:05:05.005Z'],
  ['December is followed by January', 'UTC', '2024-12-15T12:34:56.789Z', 1, '2025-01-15T12:34:56.789Z'],
  ['31 January and one month', 'UTC', '2025-01-31T12:00:00.000Z', 1, '2025-02-28T12:00:00.000Z'],
  ['31 January and one month of a leap year', 'UTC', '2024-01-31T12:00:00.000Z', 1, '2024-02-29T12:00:00.000Z'],
  ['31 January and two, not clamped on the way', 'UTC', '2025-01-31T12:00:00.000Z', 2, '2025-03-31T12:00:00.000Z'],
  ['31 March and one', 'UTC', '2025-03-31T12:00:00.000Z', 1, '2025-04-30T12:00:00.000Z'],
  ['a leap day and a year', 'UTC', '2024-02-29T12:00:00.000Z', 12, '2025-02-28T12:00:00.000Z'],
  ['a leap day and four years', 'UTC', '2024-02-29T12:00:00.000Z', 48, '2028-02-29T12:00:00.000Z'],
  ['a leap day and a hundred years: 2100 is none', 'UTC', '2000-02-29T12:00:00.000Z', 1200, '2100-02-28T12:00:00.000Z'],
  ['the day is the local one, already the 31st', 'Europe/Berlin', '2023-01-30T23:30:00.000Z', 1, '2023-02-27T23:30:00.000Z'],
  ['the same local time in summer', 'Europe/Berlin', '2024-01-15T08:00:00.000Z', 6, '2024-07-15T07:00:00.000Z'],
  ['02:30 is skipped in spring: 03:30', 'Europe/Berlin', '2024-01-31T01:30:00.000Z', 2, '2024-03-31T01:30:00.000Z'],
  ['02:30 is skipped, from summer time', 'Europe/Berlin', '2023-08-31T00:30:00.000Z', 7, '2024-03-31T01:30:00.000Z'],
  ['the last moment before the skipped hour', 'Europe/Berlin', '2024-01-31T00:59:59.999Z', 2, '2024-03-31T00:59:59.999Z'],
  ['the first moment after the skipped hour', 'Europe/Berlin', '2024-01-31T02:00:00.000Z', 2, '2024-03-31T01:00:00.000Z'],
  ['02:30 is doubled in autumn: the first', 'Europe/Berlin', '2024-09-27T00:30:00.000Z', 1, '2024-10-27T00:30:00.000Z'],
  ['02:30 is doubled, from winter time', 'Europe/Berlin', '2023-11-27T01:30:00.000Z', 11, '2024-10-27T00:30:00.000Z'],
  ['03:00 after the doubled hour is one', 'Europe/Berlin', '2023-11-27T02:00:00.000Z', 11, '2024-10-27T02:00:00.000Z'],
  ['the first 02:30 and no months', 'Europe/Berlin', '2024-10-27T00:30:00.000Z', 0, '2024-10-27T00:30:00.000Z'],
  ['the second 02:30 and no months is the first', 'Europe/Berlin', '2024-10-27T01:30:00.000Z', 0, '2024-10-27T00:30:00.000Z'],
  ['the second 02:30 is 02:30 a month later', 'Europe/Berlin', '2024-10-27T01:30:00.000Z', 1, '2024-11-27T01:30:00.000Z'],
  ['half an hour is doubled', 'Australia/Lord_Howe', '2023-07-06T15:15:00.000Z', 9, '2024-04-06T14:45:00.000Z'],
  ['half an hour is skipped', 'Australia/Lord_Howe', '2024-09-05T15:45:00.000Z', 1, '2024-10-05T15:45:00.000Z'],
  ['a month to the day before the skipped one', 'Pacific/Apia', '2011-11-29T22:00:00.000Z', 1, '2011-12-29T22:00:00.000Z'],
  ['a month to the skipped day', 'Pacific/Apia', '2011-11-30T22:00:00.000Z', 1, '2011-12-30T22:00:00.000Z'],
  ['two months to the day after it', 'Pacific/Apia', '2011-10-31T22:00:00.000Z', 2, '2011-12-30T22:00:00.000Z'],
  ['a skipped last day of the year is the first of the next', 'Pacific/Kiritimati', '1994-10-31T22:00:00.000Z', 2, '1994-12-31T22:00:00.000Z'],
  ['a doubled time before midnight, of the month before', 'America/St_Johns', '2009-01-01T03:00:00.000Z', 10, '2009-11-01T02:00:00.000Z'],
  ['a quarter of an hour is skipped for good', 'Asia/Kathmandu', '1985-11-30T18:30:00.000Z', 1, '1985-12-31T18:30:00.000Z'],
  ['the same local time at a new offset', 'Asia/Kathmandu', '1985-12-01T18:30:00.000Z', 1, '1986-01-01T18:15:00.000Z'],
  ['doubled at the start of Ramadan', 'Africa/Casablanca', '2023-04-10T02:30:00.000Z', 11, '2024-03-10T01:30:00.000Z'],
  ['skipped at its end', 'Africa/Casablanca', '2024-03-14T02:30:00.000Z', 1, '2024-04-14T02:30:00.000Z'],
  ['an offset with seconds ends', 'Africa/Monrovia', '1971-12-07T12:44:30.000Z', 1, '1972-01-07T12:00:00.000Z'],
  ['and skips a time', 'Africa/Monrovia', '1971-12-07T00:54:30.000Z', 1, '1972-01-07T00:54:30.000Z'],
])('%s: in %s, %s and %d months is %s', (...[, zone, from, months, to]) => {
  expect(new Date(addMonths(at(from), months, zone)).toISOString()).toBe(to)
})

test.each(['Mars/Olympus', ''])('"%s" is no zone', (zone) => {
  expect(() => monthOf(0, zone)).toThrow(RangeError)
})

test('a cache that overflows gives the same answers', () => {
  const hours = Array.from({ length: 6000 }, (_, day) => day * DAY_MS + 20 * 3_600_000)
  const read = (): string[] => hours.map((hour) => dayOf(hour, 'America/St_Johns'))
  const before = read()
  const zones = Intl.supportedValuesOf('timeZone')
  expect(zones.map((zone) => dayOf(0, zone))).toEqual(zones.map((zone) => wallOf(0, zone).slice(0, 10)))
  expect(read()).toEqual(before)
  expect(before).toEqual(hours.map((hour) => wallOf(hour, 'America/St_Johns').slice(0, 10)))
})

/** Tries a law on random examples, the same ones in every run. */
function holds<T>(property: fc.IProperty<T>, numRuns = 2000): void {
  fc.assert(property, { seed: 20_261_120, numRuns })
}

/** What is odd about each: fractions of hours, changes at midnight, twice a year, of half an hour, of a day, of seconds. */
const ZONES = [
  'UTC', 'Europe/Berlin', 'America/New_York', 'America/Sao_Paulo', 'Asia/Kathmandu', 'America/St_Johns', 'Africa/Casablanca', 'Australia/Lord_Howe',
  'Pacific/Apia', 'Pacific/Kwajalein', 'Pacific/Kiritimati', 'Asia/Singapore', 'Asia/Gaza', 'Antarctica/Troll', 'Africa/Monrovia',
]
const START_MS = Date.UTC(1970, 0, 2)
const END_MS = Date.UTC(2101, 0)
/** Wide enough for a hundred years and some months after the last instant. */
const SCAN_MS = Date.UTC(1969, 0)
const SCAN_END_MS = Date.UTC(2204, 0)

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const formatter = formatters.get(timeZone) ?? new Intl.DateTimeFormat('en-US', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  })
  formatters.set(timeZone, formatter)
  return formatter
}

/** The clock on the wall as `Intl` writes it, field by field: '2024-03-31T02:30:00.000'. */
function wallOf(atMs: number, zone: string): string {
  const field = Object.fromEntries(formatterOf(zone).formatToParts(atMs).map(({ type, value }) => [type, value]))
  const ms = String(((atMs % 1000) + 1000) % 1000).padStart(3, '0')
  return `${field['year']}-${field['month']}-${field['day']}T${field['hour']}:${field['minute']}:${field['second']}.${ms}`
}

const offsetOf = (atMs: number, zone: string): number => at(`${wallOf(atMs, zone)}Z`) - atMs

interface Change {
  atMs: number
  beforeMs: number
  afterMs: number
}

/** Every change of a zone's clocks; no two of one zone are within the six days of a step. */
function changesOf(zone: string): Change[] {
  const changes: Change[] = []
  const stepMs = 6 * DAY_MS
  let beforeMs = offsetOf(SCAN_MS, zone)
  for (let fromMs = SCAN_MS; fromMs < SCAN_END_MS; fromMs += stepMs) {
    const afterMs = offsetOf(fromMs + stepMs, zone)
    if (afterMs !== beforeMs) changes.push({ atMs: firstAt(afterMs, { fromMs, toMs: fromMs + stepMs, zone }), beforeMs, afterMs })
    beforeMs = afterMs
  }
  return changes
}

/** The second at which this offset begins, by halving. */
function firstAt(offsetMs: number, { fromMs, toMs, zone }: { fromMs: number; toMs: number; zone: string }): number {
  if (toMs - fromMs <= 1000) return toMs
  const middleMs = Math.floor((fromMs + toMs) / 2000) * 1000
  return firstAt(offsetMs, offsetOf(middleMs, zone) === offsetMs ? { fromMs, toMs: middleMs, zone } : { fromMs: middleMs, toMs, zone })
}

const CHANGES = new Map(ZONES.map((zone) => [zone, changesOf(zone)]))

/** Every instant at which a zone's clocks show this, found by trying all its offsets. */
function instantsAt(wall: string, zone: string): number[] {
  const offsets = new Set((CHANGES.get(zone) ?? []).flatMap(({ beforeMs, afterMs }) => [beforeMs, afterMs]).concat(offsetOf(SCAN_MS, zone)))
  return [...offsets].map((offsetMs) => at(`${wall}Z`) - offsetMs).filter((atMs) => wallOf(atMs, zone) === wall).toSorted((a, b) => a - b)
}

/** A skipped time as if its change had not come yet. */
function skippedInstant(wall: string, zone: string): number | undefined {
  const wallMs = at(`${wall}Z`)
  const change = CHANGES.get(zone)?.find(({ atMs, beforeMs, afterMs }) => atMs + beforeMs <= wallMs && wallMs < atMs + afterMs)
  return change && wallMs - change.beforeMs
}

/** Another month's wall time, as on paper. */
function monthsLater(wall: string, months: number): string {
  const count = Number(wall.slice(0, 4)) * 12 + Number(wall.slice(5, 7)) - 1 + months
  const [year, month] = [Math.floor(count / 12), (count % 12) + 1]
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
  const day = Math.min(Number(wall.slice(8, 10)), days)
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}${wall.slice(10)}`
}

const anInstant = fc.integer({ min: START_MS, max: END_MS - 1 })
const someMonths = fc.integer({ min: 0, max: 1200 })
const aMoment = fc.record({ zone: fc.constantFrom(...ZONES), atMs: anInstant })

/** An instant within two days of a change, in either direction. */
const nearChange = fc.record({
  zone: fc.constantFrom(...ZONES.filter((zone) => zone !== 'UTC')), pick: fc.nat(), byMs: fc.oneof(fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }), fc.integer({ min: -3_700_000, max: 3_700_000 })),
}).map(({ zone, pick, byMs }) => {
  const changes = (CHANGES.get(zone) ?? []).filter(({ atMs }) => atMs > START_MS && atMs < END_MS)
  return { zone, atMs: (changes[pick % changes.length]?.atMs ?? 0) + byMs }
})

/** A moment and a number of months, most of which lead to a change of the clocks. */
const aStep = fc.oneof(
  fc.record({ moment: aMoment, months: someMonths }),
  fc.record({ target: nearChange, months: someMonths, skipMs: fc.integer({ min: -DAY_MS / 12, max: DAY_MS / 12 }) }).map(({ target: { zone, atMs }, months, skipMs }) => {
    const back = Math.min(months, Math.floor((atMs - START_MS) / (31 * DAY_MS)))
    // The shift of the wall time reaches those that are skipped, which no instant shows.
    const wall = new Date(at(`${wallOf(atMs, zone)}Z`) + skipMs).toISOString().slice(0, -1)
    return { moment: { zone, atMs: instantsAt(monthsLater(wall, -back), zone)[0] ?? atMs }, months: back }
  }),
)

test('months later, the clocks show the same time: the first instant of two, and a skipped time by the offset before', () => {
  const seen = { once: 0, twice: 0, skipped: 0 }
  holds(fc.property(aStep, ({ moment: { zone, atMs }, months }) => {
    const wall = monthsLater(wallOf(atMs, zone), months)
    const instants = instantsAt(wall, zone)
    seen[(['skipped', 'once', 'twice'] as const)[instants.length] ?? 'once'] += 1
    expect(addMonths(atMs, months, zone)).toBe(instants[0] ?? skippedInstant(wall, zone))
  }), 6000)
  // The law says nothing about a kind of time that the examples never meet.
  expect(Math.min(seen.once, seen.twice, seen.skipped)).toBeGreaterThan(100)
})

test('the month is the one so many later, unless the zone skipped its end', () => {
  holds(fc.property(aStep, ({ moment: { zone, atMs }, months }) => {
    const wall = monthsLater(wallOf(atMs, zone), months)
    fc.pre(instantsAt(wall, zone).length > 0)
    expect(monthOf(addMonths(atMs, months, zone), zone)).toBe(wall.slice(0, 7))
    expect(dayOf(addMonths(atMs, months, zone), zone)).toBe(wall.slice(0, 10))
  }))
})

test('day and month are those of the clock, also next to a change', () => {
  holds(fc.property(fc.oneof(aMoment, nearChange), ({ zone, atMs }) => {
    expect([dayOf(atMs, zone), monthOf(atMs, zone)]).toEqual([wallOf(atMs, zone).slice(0, 10), wallOf(atMs, zone).slice(0, 7)])
  }), 4000)
})

test('no months are no change, but for the second of a doubled time', () => {
  holds(fc.property(fc.oneof(aMoment, nearChange), ({ zone, atMs }) => {
    expect(addMonths(atMs, 0, zone)).toBe(instantsAt(wallOf(atMs, zone), zone)[0])
  }))
})

test('more months are later', () => {
  holds(fc.property(aStep, fc.integer({ min: 1, max: 24 }), ({ moment: { zone, atMs }, months }, more) => {
    expect(addMonths(atMs, months + more, zone)).toBeGreaterThan(addMonths(atMs, months, zone))
  }))
})

test('of two moments the later stays later, once clamping and a change of clocks cannot turn them round', () => {
  holds(fc.property(aStep, fc.integer({ min: 6 * DAY_MS, max: 400 * DAY_MS }), ({ moment: { zone, atMs }, months }, byMs) => {
    expect(addMonths(atMs + byMs, months, zone)).toBeGreaterThan(addMonths(atMs, months, zone))
  }))
})
