import * as fc from 'fast-check'
import { histories } from './arbitrary.ts'
import { abides } from './laws/referee.ts'
import { orderOfArrivalIsNothing, orderOfLateArrivalIsNothing, permutations, testsTouchNothingLive } from './permuted.ts'
import { splits, splitsAreExact } from './splits.ts'

export interface Property {
  name: string
  /** How much of a run's histories this property is given. */
  share: number
  /** Tries so many examples from a seed. */
  check: (about: { seed: number; numRuns: number }) => fc.RunDetails<unknown>
}

function law<T>(name: string, share: number, [arbitrary, holds]: [fc.Arbitrary<T>, (example: T) => void]): Property {
  return { name, share, check: (about) => fc.check(fc.property(arbitrary, (example) => { holds(example) }), about) as fc.RunDetails<unknown> }
}

/** All that random histories are held against; by default histories are 10,000 of 10,000. */
export const PROPERTIES: Property[] = [
  law('every law holds after every step of a history', 1, [histories, (history) => { abides(history) }]),
  law('what is told before an order, in whatever order, leads to the same decision', 0.1, [permutations, orderOfArrivalIsNothing]),
  law('and so does what is told between an order and its settlement', 0.1, [permutations, orderOfLateArrivalIsNothing]),
  law('tests touch nothing live', 0.1, [permutations, testsTouchNothingLive]),
  law('splits are exact up to the largest amount', 0.2, [splits, splitsAreExact]),
]

/** A failure as it is reported: the law, how to find it again, and the smallest example. */
export const failureOf = ({ seed, counterexamplePath, counterexample, errorInstance }: fc.RunDetails<unknown>): string =>
  `seed ${seed}, path "${counterexamplePath ?? ''}"\n${String(errorInstance)}\n${fc.stringify(counterexample)}`
