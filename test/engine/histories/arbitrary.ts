import * as fc from 'fast-check'
import type { History } from './laws/referee.ts'
import { moneyGoesRound, steps } from './steps.ts'
import { worlds } from './world.ts'

/** Random histories of a small world: long enough for money to go round, short enough to be read when one fails. */
export const histories: fc.Arbitrary<History> = fc.record({
  world: worlds,
  steps: fc.array(fc.oneof({ weight: 16, arbitrary: steps.map((step) => [step]) }, { weight: 1, arbitrary: moneyGoesRound }), { minLength: 6, maxLength: 34, size: 'max' }).map((chunks) => chunks.flat()),
})
