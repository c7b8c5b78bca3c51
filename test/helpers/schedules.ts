import { hash } from 'node:crypto'
import type { Store } from '../../collector/store/store.ts'

/** All orders of some things. */
export function permutations<T>(things: T[]): T[][] {
  if (things.length < 2) return [things]
  return things.flatMap((first, index) => permutations(things.toSpliced(index, 1)).map((rest) => [first, ...rest]))
}

/** All pairs, each once. */
export const pairsOf = <T>(things: T[]): [T, T][] => things.flatMap((first, index) => things.slice(index + 1).map((second): [T, T] => [first, second]))

/** One turn of the event loop: promises that are settled are followed up, and a group commit looks once. */
const turn = (): Promise<void> => new Promise((resolve) => {
  setImmediate(resolve)
})

/** A call of the store that waits to be let go. */
interface Held {
  writes: boolean
  /** Hands the call to the store; resolves when the store has answered. */
  go: () => Promise<unknown>
}

/** The calls that services make of a store, held back; so a test says in what order they come. */
export class Gate {
  #held: Held[] = []

  /** The store, with every call held at this gate. */
  before(store: Store): Store {
    const hold = <T>(writes: boolean, run: () => Promise<T>): Promise<T> => new Promise<T>((resolve, reject) => {
      this.#held.push({
        writes,
        go: () => {
          const answer = run()
          answer.then(resolve, reject)
          return answer.then(() => undefined, () => undefined)
        },
      })
    })
    return {
      append: (visit) => hold(true, () => store.append(visit)),
      decide: (kind, need, decide) => hold(true, () => store.decide(kind, need, decide)),
      read: (kind, query) => hold(false, () => store.read(kind, query)),
      snapshot: (look) => store.snapshot(look),
      directory: () => store.directory(),
      scrub: () => store.scrub(),
      close: () => store.close(),
    }
  }

  #take(): Held[] {
    const held = this.#held
    this.#held = []
    return held
  }

  /** Lets reads go at once, until all that is held are writes. */
  async #passReads(): Promise<void> {
    await turn()
    while (this.#held.some(({ writes }) => !writes)) {
      const held = this.#take()
      this.#held = held.filter(({ writes }) => writes)
      await Promise.all(held.filter(({ writes }) => !writes).map(({ go }) => go()))
      await turn()
    }
  }

  /** Starts operations in order, and lets their writes go together: all of a round are asked for before one is committed. */
  async together<R>(operations: (() => Promise<R>)[]): Promise<R[]> {
    // Each comes to its first write before the next begins, so that the writes stand in the order of the operations.
    const running: Promise<R>[] = []
    for (const operation of operations) {
      running.push(operation())
      await this.#passReads()
    }
    while (this.#held.length > 0) {
      await Promise.all(this.#take().map(({ go }) => go()))
      await this.#passReads()
    }
    return Promise.all(running)
  }

  /**
   * Starts operations, then lets one call go after the other: `choose` picks among as many as are held. What an operation
   * asks next stands where its last call stood.
   */
  async oneByOne<R>(operations: (() => Promise<R>)[], choose: (held: number) => number): Promise<R[]> {
    const held: (Held | undefined)[] = []
    const running: Promise<R>[] = []
    const runs = async (at: number): Promise<void> => {
      await turn()
      const [call, another] = this.#take()
      if (another !== undefined) throw new Error('an operation that asks for two things at once has no single step')
      held[at] = call
    }
    for (const [at, operation] of operations.entries()) {
      running.push(operation())
      await runs(at)
    }
    for (let waiting = standing(held); waiting.length > 0; waiting = standing(held)) {
      const at = waiting[choose(waiting.length)] ?? 0
      await held[at]?.go()
      await runs(at)
    }
    return Promise.all(running)
  }
}

const standing = (held: (Held | undefined)[]): number[] => held.flatMap((call, at) => (call === undefined ? [] : [at]))

/** Runs `run` once for every way of choosing, each choice among as many as it names; returns what came of each. */
export async function everyChoice<R>(run: (choose: (among: number) => number) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let prefix: number[] | undefined = []; prefix !== undefined;) {
    const made: { choice: number; among: number }[] = []
    const given: number[] = prefix
    results.push(await run((among) => {
      const choice = given[made.length] ?? 0
      made.push({ choice, among })
      return choice
    }))
    const last = made.findLastIndex(({ choice, among }) => choice + 1 < among)
    prefix = last < 0 ? undefined : [...made.slice(0, last).map(({ choice }) => choice), (made[last]?.choice ?? 0) + 1]
  }
  return results
}

/** So many of each, in an order that looks random and is the same in every run. */
export function mixed<T>(each: number, ...kinds: ((n: number) => T)[]): (() => T)[] {
  const all = kinds.flatMap((kind, which) => Array.from({ length: each }, (_, n) => ({ make: () => kind(n), key: hash('sha256', `${which} ${n}`) })))
  return all.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ make }) => make)
}
