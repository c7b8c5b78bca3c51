import { expect, test } from 'vitest'
import { failureOf, PROPERTIES } from './histories/properties.ts'

/** The same histories in every run; `npm run laws` tries others, and as many as one likes. */
const SEED = 20_261_120
const RUNS = 10_000

test.each(PROPERTIES)('$name', { timeout: 300_000 }, ({ share, check }) => {
  const found = check({ seed: SEED, numRuns: Math.round(RUNS * share) })
  expect(found.failed ? failureOf(found) : 'holds').toBe('holds')
})
