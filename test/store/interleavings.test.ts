import { describe, expect, test } from 'vitest'
import { ordersOf, Race, unlike } from '../helpers/races.ts'
import { SCENARIOS } from './race-scenarios.ts'

describe.each(Object.entries(SCENARIOS))('%s', (_name, scenario) => {
  test('jobs that are asked for in one turn, in every order, end as a serial order does', { timeout: 60_000 }, async () => {
    const race = await Race.of(scenario)
    const serial = await race.serialEnds(race.line)
    // Else the order would not matter, and nothing were shown.
    expect(serial.ends.size).toBeGreaterThan(1)
    expect(serial.broken).toEqual([])

    for (const line of ordersOf(race.line)) expect(unlike(serial, await race.together(line), line)).toBeUndefined()
  })
})
