import { lookedAt, type EndState } from './end-state.ts'
import type { Operation } from './operations.ts'
import { Gate, permutations } from './schedules.ts'
import { memoryDir, templateIn, type Template, type World } from './world.ts'

/** Operations on one conversion, affiliate or payout that may come at once, and what stands before them. */
export interface Scenario {
  prepare: (world: World) => Promise<void>
  operations: Record<string, Operation>
  /** What must hold besides, as queries that find nothing. */
  laws?: Record<string, string>
}

/** What each caller was told, sorted, and what stands at the end. */
export interface End {
  told: string[]
  state: EndState
  /** Laws that it breaks: there should be none. */
  broken: string[]
}

/** Operations by name, in the order in which they come. */
export type Line = [name: string, operation: Operation][]

/** All orders of a line. Which of two comes first that are the very same operation does not matter: they keep their order. */
export const ordersOf = (line: Line): Line[] => permutations(line).filter((order) => order.every(([name, operation], index) =>
  order.slice(0, index).every(([before, same]) => same !== operation || placeOf(line, before) < placeOf(line, name))))

const placeOf = (line: Line, name: string): number => line.findIndex(([other]) => other === name)

/** A scenario that can be run again and again, each time from the same beginning. */
export class Race {
  readonly #template: Template
  readonly #laws: Record<string, string>
  readonly line: Line

  private constructor(template: Template, { operations, laws = {} }: Scenario) {
    this.#template = template
    this.#laws = laws
    this.line = Object.entries(operations)
  }

  static async of(scenario: Scenario): Promise<Race> {
    return new Race(await templateIn(memoryDir(), scenario.prepare), scenario)
  }

  /** Each operation comes when the one before has its answer. */
  serially(line: Line): Promise<End> {
    return this.#run(line, undefined, async (operations) => {
      const told: string[] = []
      for (const operation of operations) told.push(await operation())
      return told
    })
  }

  /** What serial orders end in. */
  async serialEnds(line: Line): Promise<SerialEnds> {
    const found = []
    for (const order of ordersOf(line)) found.push(await this.serially(order))
    return { ends: new Set(found.map(textOf)), broken: [...new Set(found.flatMap(({ broken }) => broken))] }
  }

  /** All jobs of the operations stand in line before the first is committed; with two connections, every other one is another process's. */
  together(line: Line, connections = 1): Promise<End> {
    const gate = new Gate()
    return this.#run(line, { gate, connections }, (operations) => gate.together(operations))
  }

  /** One call of the store after the other, each committed before the next, as `choose` picks among the operations. */
  stepwise(line: Line, choose: (among: number) => number, connections = 1): Promise<End> {
    const gate = new Gate()
    return this.#run(line, { gate, connections }, (operations) => gate.oneByOne(operations, choose))
  }

  #run(line: Line, over: { gate: Gate; connections: number } | undefined, run: (operations: (() => Promise<string>)[]) => Promise<string[]>): Promise<End> {
    return this.#template.copy(async (worlds, file) => {
      const told = await run(line.map(([, operation], index) => {
        const world = worlds[index % worlds.length]
        if (world === undefined) throw new Error('there is no connection')
        return () => operation(world)
      }))
      return { told: line.map(([name, operation], index) => `${nameOf(this.line, operation) ?? name}: ${told[index]}`).toSorted(), ...lookedAt(file, this.#laws) }
    }, over === undefined ? {} : { connections: over.connections, between: (store) => over.gate.before(store) })
  }
}

const textOf = (end: End): string => JSON.stringify(end)

/** The ends that some serial order gives, and the laws that any of them breaks. */
export interface SerialEnds {
  ends: ReadonlySet<string>
  broken: string[]
}

/** An end that no serial order gives, with the line that led to it; undefined for one that is as it must be. */
export const unlike = ({ ends }: SerialEnds, end: End, line: Line): object | undefined => (ends.has(textOf(end)) ? undefined : { line: line.map(([name]) => name), ...end })

/** Of two that are the very same operation, either may be told what the other is: they go by one name. */
const nameOf = (line: Line, operation: Operation): string | undefined => line.find(([, same]) => same === operation)?.[0]
