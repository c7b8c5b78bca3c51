import { assert, constantFrom, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { bucketsOf } from '../../shared/engine/buckets.ts'
import { DAY_MS } from '../../shared/limits.ts'

const at = (text: string): number => Date.parse(text)
const cut = (from: string, to: string, timezone = 'UTC') => {
  const { size, buckets } = bucketsOf({ fromMs: at(from), toMs: at(to) }, timezone)
  return { size, starts: buckets.map(({ fromMs }) => new Date(fromMs).toISOString()), buckets }
}

test.each([
  ['two days are hours', '2026-11-18T00:00:00Z', '2026-11-20T00:00:00Z', 'hour', 48],
  ['a millisecond more is days', '2026-11-18T00:00:00Z', '2026-11-20T00:00:00.001Z', 'day', 3],
  ['92 days are days', '2026-08-20T00:00:00Z', '2026-11-20T00:00:00Z', 'day', 92],
  ['two years are weeks', '2024-11-20T00:00:00Z', '2026-11-20T00:00:00Z', 'week', 105],
  ['more is months', '2023-11-20T00:00:00Z', '2026-11-20T00:00:00Z', 'month', 37],
  ['a moment is an hour', '2026-11-20T09:30:00Z', '2026-11-20T09:30:00.001Z', 'hour', 1],
])('%s', (...[_what, from, to, size, count]) => {
  const found = cut(from, to)
  expect([found.size, found.starts.length]).toEqual([size, count])
})

test('the first bucket begins and the last ends on a border, also where the window does not', () => {
  expect(cut('2026-11-18T09:30:00Z', '2026-11-21T00:00:00Z').starts).toEqual(['2026-11-18T00:00:00.000Z', '2026-11-19T00:00:00.000Z', '2026-11-20T00:00:00.000Z'])
  expect(cut('2026-11-18T09:30:00Z', '2026-11-21T00:00:00.001Z').starts).toHaveLength(4)
})

test('days, weeks and months are those of the zone; weeks begin on Monday', () => {
  expect(cut('2026-03-28T12:00:00Z', '2026-03-31T12:00:00Z', 'Europe/Berlin').starts).toEqual(['2026-03-27T23:00:00.000Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z', '2026-03-30T22:00:00.000Z'])
  expect(cut('2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z').starts.slice(0, 2)).toEqual(['2025-12-29T00:00:00.000Z', '2026-01-05T00:00:00.000Z'])
  expect(cut('2020-01-15T00:00:00Z', '2026-01-15T00:00:00Z', 'America/New_York').starts.slice(0, 4)).toEqual(['2020-01-01T05:00:00.000Z', '2020-02-01T05:00:00.000Z', '2020-03-01T05:00:00.000Z', '2020-04-01T04:00:00.000Z'])
})

test('hours begin where the zone’s do, and a day that changes its clocks has 23 or 25', () => {
  expect(cut('2026-11-20T00:20:00Z', '2026-11-20T02:00:00Z', 'Asia/Kathmandu').starts).toEqual(['2026-11-20T00:15:00.000Z', '2026-11-20T01:15:00.000Z'])
  expect(cut('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 'Europe/Berlin').starts).toHaveLength(23)
  expect(cut('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 'Europe/Berlin').starts).toHaveLength(25)
})

test('a day that a zone skipped is no bucket', () => {
  expect(cut('2011-12-29T00:00:00Z', '2012-01-02T00:00:00Z', 'Pacific/Apia').buckets.map(({ days }) => days?.from)).toEqual(['2011-12-28', '2011-12-29', '2011-12-31', '2012-01-01', '2012-01-02'])
})

test('buckets follow one another without a gap, cover the window, and are few', () => {
  const zones = constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Apia', 'Australia/Lord_Howe', 'Asia/Kathmandu')
  assert(property(integer({ min: at('2000-01-01'), max: at('2030-01-01') }), integer({ min: 1, max: 3660 * DAY_MS }), zones, (fromMs, lengthMs, zone) => {
    const { buckets } = bucketsOf({ fromMs, toMs: fromMs + lengthMs }, zone)
    expect(buckets.length).toBeLessThanOrEqual(123)
    expect(buckets[0]?.fromMs).toBeLessThanOrEqual(fromMs)
    expect(buckets.at(-1)?.toMs).toBeGreaterThanOrEqual(fromMs + lengthMs)
    expect(buckets.at(-1)?.fromMs).toBeLessThan(fromMs + lengthMs)
    buckets.slice(1).forEach((bucket, index) => expect(bucket.fromMs).toBe(buckets[index]?.toMs))
    expect(buckets.every((bucket) => bucket.fromMs < bucket.toMs)).toBe(true)
  }), { numRuns: 500 })
})
