import { once } from 'node:events'
import process from 'node:process'
import { adjust, approve, change, order, payOut, refund, type Operation } from '../helpers/operations.ts'
import { openWorld, type World } from '../helpers/world.ts'

/** What a process is told: which copy it opens, and which of them it is. */
export interface Orders extends Pick<World, 'campaignId' | 'clock'> {
  file: string
  which: number
}
/** What one was answered, by the kind of what it asked. */
export type Answers = Record<string, string[]>

const ROUNDS = 12
/** Several of each in every round, asked for at once; rounds follow each other, so that processes take turns. */
const KINDS: Record<string, (n: string) => Operation> = {
  refund: (n) => refund('o-1', 100, n), payOut: () => payOut, pay: () => change('pay', '1'), cancel: () => change('cancel', '1'), adjust: () => adjust('1', 'BONUS', 1), approve: () => approve('2'),
  order: (n) => order(`order ${n}`, 1_000, { code: 'ben' }), 'the same order': (n) => order(`shared ${n.split(' ').at(-1)}`, 1_000, { code: 'ben' }),
}

/** One process of several, with a connection of its own: nothing but the database file is between it and the others. */
async function race({ file, which, ...about }: Orders): Promise<Answers> {
  const world = openWorld(file, about)
  process.send?.('ready')
  await once(process, 'message')
  const answers: Answers = {}
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(Object.entries(KINDS).map(async ([kind, ask]) => (answers[kind] ??= []).push(await ask(`${which} ${round}`)(world))))
  }
  await world.store.close()
  return answers
}

const [orders] = await once(process, 'message') as [Orders]
process.send?.(await race(orders))
process.disconnect()
