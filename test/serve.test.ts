import { expect, test } from 'vitest'
import { steadyClock } from '../collector/serve.ts'

test('the clock stands while it is set back by a minute at most, and follows a larger step', () => {
  const readings = [1_000_000, 999_000, 1_000_500, 940_500, 940_499, 940_600]
  const clock = steadyClock(() => readings.shift() ?? 0)
  expect([clock(), clock(), clock(), clock(), clock(), clock()]).toEqual([1_000_000, 1_000_000, 1_000_500, 1_000_500, 940_499, 940_600])
})
