import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { hex, uuidv7 } from '../../browser/uuid.ts'

const NOW_MS = Date.UTC(2026, 4, 1)
/** The last millisecond that eleven hex digits hold, in the year 2527. */
const LAST_MS = 16 ** 11 - 1
const uuidAt = (nowMs: number): string => {
  vi.setSystemTime(nowMs)
  return uuidv7()
}
const msOf = (id: string): number => parseInt(id.replace('-', '').slice(0, 12), 16)

beforeEach(() => void vi.useFakeTimers({ now: NOW_MS }))
afterEach(() => void vi.useRealTimers())

test('is a UUID of version 7', () => {
  for (let n = 0; n < 200; n++) expect(z.uuidv7().safeParse(uuidv7()).success).toBe(true)
})

test.each([NOW_MS, NOW_MS + 1, LAST_MS])('begins with the time %i', (nowMs) => {
  expect(msOf(uuidAt(nowMs))).toBe(nowMs)
})

test('sorts by time until the year 2527', () => {
  const ids = [NOW_MS - 1, NOW_MS, NOW_MS + 1, NOW_MS + 256, Date.UTC(2100, 0), Date.UTC(2526, 0), LAST_MS].map(uuidAt)
  expect(ids.toSorted()).toEqual(ids)
  expect(ids.filter((id) => !z.uuidv7().safeParse(id).success)).toEqual([])
})

test('never repeats within a millisecond', () => {
  expect(new Set(Array.from({ length: 10_000 }, () => uuidv7())).size).toBe(10_000)
})

test('hex keeps leading zeros', () => {
  expect(hex(Uint8Array.of(0, 9, 16, 255))).toBe('000910ff')
})
