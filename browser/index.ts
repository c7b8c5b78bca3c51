/**
 * The script's entry: reports the arrival and answers `window.refledger(command, ...args)`.
 *
 * What a merchant puts on every page:
 *
 *     <script async src="https://track.shop.example/r.js"></script>
 *
 * and before it, on pages that call `refledger` and cannot wait for the script (under a strict
 * CSP in a file of the shop's own, or with a nonce):
 *
 *     window.refledger = window.refledger || function () {
 *       var args = arguments
 *       return new Promise(function (resolve) {
 *         (refledger.q = refledger.q || []).push([args, resolve])
 *       })
 *     }
 *
 * Commands, none of which ever throws or rejects:
 *
 *     refledger('ready')             when the arrival was handled, whatever came of it
 *     refledger('session')           the session's id, undefined when there is none
 *     refledger('identify', email)   whether the collector bound the session to this customer
 *     refledger('cart', id)          whether the cart is this session's: your server may report its order by this id
 */
import { attach } from './cart.ts'
import { identify } from './identify.ts'
import { visit } from './visit.ts'

type Command = (command: string, given?: string) => Promise<unknown>
/** A call that came before the script: its arguments, and what its promise waits for. */
type EarlyCall = readonly [args: Parameters<Command>, resolve: (result: unknown) => void]

interface Refledger extends Command {
  /** The stub's is an array that fills up. Ours answers at once, and has no `forEach`. */
  q?: { push(call: EarlyCall): void; forEach?(answer: (call: EarlyCall) => void): void }
}

declare global {
  interface Window {
    refledger?: Refledger
  }
}

const early = window.refledger?.q ?? []

// A queue that is ours already tells that the script ran before: a second copy stays idle.
if (early.forEach) {
  // A fault of ours ends here: the shop's page must not notice it.
  const arrived = visit().catch(() => undefined)

  const refledger: Refledger = async (command, given) => {
    const session = await arrived
    if (command === 'session') return session
    if (command === 'identify') return identify(session, given)
    if (command === 'cart') return attach(session, given)
    return undefined
  }
  const answer = ([args, resolve]: EarlyCall): void => resolve(refledger(...args))

  // A page may have kept the stub itself in a variable: what it still pushes is answered too.
  refledger.q = { push: answer }
  window.refledger = refledger
  early.forEach(answer)
}
