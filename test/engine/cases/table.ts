import { expect, test } from 'vitest'
import type { Settings } from '../../../shared/engine/settings.ts'
import { tell, type Step, type Story } from '../story.ts'

/** A worked case: what happened, what comes of it, and what a naive program would make of it. */
export type Case<T> = [name: string, settings: Settings, steps: Step[], expected: T, notNaive: T]

/** Tells each case's story to a book of its own, and asks it. */
export function cases<T>(ask: (told: Story) => T, rows: Case<T>[]): void {
  test.each(rows)('%s', (...[, settings, steps, expected, notNaive]) => {
    const found = ask(tell(settings, steps))
    expect(found).toEqual(expected)
    expect(found).not.toEqual(notNaive)
  })
}
