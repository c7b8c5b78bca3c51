import { describe, expect, test } from 'vitest'
import { everyChoice, pairsOf } from '../helpers/schedules.ts'
import { Race, unlike, type Line } from '../helpers/races.ts'
import { SCENARIOS } from './race-scenarios.ts'

/** What interleavings of the steps end in that no serial order does: there should be nothing. */
async function strangeEnds(race: Race, line: Line, connections: number): Promise<object[]> {
  const serial = await race.serialEnds(line)
  const found = await everyChoice(async (choose) => unlike(serial, await race.stepwise(line, choose, connections), line))
  return found.filter((difference) => difference !== undefined)
}

describe('a call of the store at a time, in every interleaving, ends as one operation after the other does', () => {
  test.each(Object.entries(SCENARIOS))('%s: each two, one here and one over another connection, as the command line beside the collector', { timeout: 60_000 }, async (_name, scenario) => {
    const race = await Race.of(scenario)
    for (const line of pairsOf(race.line)) expect(await strangeEnds(race, line, 2)).toEqual([])
  })

  // Three that take two steps each, a reading and a decision, meet in 90 ways.
  test.each([
    ['refund/payout', ['sixty of one', 'all of two', 'pay out']],
    ['payout/cancel', ['cancel', 'pay out', 'refund what is in it']],
    ['settle/settle by the job', ['run', 'run again', 'disable']],
  ])('%s: three over one connection', { timeout: 60_000 }, async (name, three) => {
    const scenario = SCENARIOS[name]
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`)
    const race = await Race.of(scenario)
    const line = race.line.filter(([operation]) => three.includes(operation))
    expect(line).toHaveLength(three.length)
    expect(await strangeEnds(race, line, 1)).toEqual([])
  })
})
