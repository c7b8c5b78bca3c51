import { AsyncLocalStorage } from 'node:async_hooks'
import { DomainError } from '../../shared/errors.ts'
import { ERASED, type Entry, type Answer, type AnswerKey, type Store } from '../store/store.ts'
import type { Deps } from './deps.ts'

/** A call that came with an `Idempotency-Key`. */
export interface OnceCall {
  key: AnswerKey
  bodyHash: string
  atMs: number
  /** Its key is kept: what it does is done. */
  isKept: boolean
}

const calls = new AsyncLocalStorage<OnceCall>()

/**
 * The store, which keeps the key of such a call in the transaction of the first thing that it writes (DESIGN section 5):
 * a repeat that comes while the first one runs fails on the key, and writes nothing.
 */
export function onceStore(store: Store): Store {
  return {
    ...store,
    async decide(kind, need, decide) {
      const call = calls.getStore()
      if (call === undefined) return store.decide(kind, need, decide)
      let wasKeptHere = false
      try {
        return await store.decide(kind, need, (facts) => {
          const { entries, result } = decide(facts)
          // An arrival is kept by what reads its facts, whatever is decided about it.
          if ((entries.length === 0 && kind !== 'arrival') || call.isKept) return { entries, result }
          call.isKept = wasKeptHere = true
          return { entries: [...entries, { kind: 'answer', key: call.key, answer: { bodyHash: call.bodyHash, status: 0, body: '', createdAtMs: call.atMs } } satisfies Entry], result }
        })
      } catch (error) {
        if (wasKeptHere) call.isKept = false
        throw error
      }
    },
  }
}

/** Throws `CONFLICT` for an answer that was erased: the call was done, and must not be done a second time. */
export function refuseErased({ status }: Pick<Answer, 'status'>): void {
  if (status === ERASED) throw new DomainError('CONFLICT', 'A call with this Idempotency-Key was carried out; its answer was erased with the person it told of.')
}

/** Answers of calls with an `Idempotency-Key`. */
export function answerService({ store, now }: Pick<Deps, 'store' | 'now'>) {
  return {
    find: (key: AnswerKey): Promise<Answer | undefined> => store.read('answer', key),

    /** Runs a call; `isKept` tells whether it wrote anything, its key included. */
    async run(call: Omit<OnceCall, 'isKept' | 'atMs'>, does: () => Promise<void>): Promise<{ isKept: boolean; error: unknown }> {
      const running: OnceCall = { ...call, atMs: now(), isKept: false }
      try {
        await calls.run(running, does)
        return { isKept: running.isKept, error: undefined }
      } catch (error) {
        return { isKept: running.isKept, error: error ?? new Error('the call failed without saying why') }
      }
    },

    /** Keeps what a call is answered with, before it is sent. */
    tell: (key: AnswerKey, told: { status: number; body: string }): Promise<void> => store.decide('nothing', {}, () => ({ entries: [{ kind: 'answer_told', key, ...told }], result: undefined })),
  }
}
