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
 * Commands, answered one after the other; none of them ever throws or rejects:
 *
 *     refledger('ready')             when the arrival was handled, whatever came of it
 *     refledger('session')           the session's id, undefined when there is none
 *     refledger('identify', email)   whether the collector bound the session to this customer
 *     refledger('cart', id)          whether the cart is this session's: your server may report its order by this id
 *     refledger('link', url)         the address with a pass, where it leads to another of `data-domains`
 *     refledger('click', code)       counts an arrival by hand, also where nothing may be kept; without a code, the address's
 *     refledger('consent', word)     'granted' or 'denied'
 *     refledger('forget')            removes every trace of the visitor
 */
import { arrivalBy } from './capture.ts'
import { allow } from './beacon.ts'
import { attach } from './cart.ts'
import { manual } from './config.ts'
import { fillFields } from './fill.ts'
import { watchAddress } from './history.ts'
import { identify } from './identify.ts'
import { handOver, mark, renew } from './pass.ts'
import { readSession } from './session.ts'
import { keepsNothing } from './store.ts'
import { flush, forget, look, note } from './visit.ts'

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
  let done: Promise<unknown> = Promise.resolve()
  /** One after the other. A fault of ours ends here: the shop's page must not notice it. */
  const then = (act: () => unknown): Promise<unknown> => {
    const result = done.then(act).catch(() => undefined)
    done = result.then(fillFields)
    return result
  }
  /** The address may have moved on by the time that a call in flight is answered. */
  const start = (): void => {
    try {
      if (manual == null) look()
    } catch {
      // A page without an origin, or an address bar that is closed to us.
    }
    then(flush)
  }

  // What was kept before the visitor asked for privacy goes as well.
  if (keepsNothing) then(forget)

  // A page that was loaded ahead waits until somebody comes to see it.
  if ((document as { prerendering?: boolean }).prerendering) then(() => new Promise((resolve) => addEventListener('prerenderingchange', resolve)))
  start()
  handOver()
  watchAddress(start)
  addEventListener('online', start)
  addEventListener('submit', fillFields, true)
  then(renew)

  // `ready` has nothing to do but wait, like any word that is none of ours.
  const commands: Record<string, (given: string) => unknown> = {
    forget,
    session: readSession,
    identify,
    link: async (address) => {
      await renew()
      return mark(address)
    },
    cart: attach,
    click: (code) => {
      if (code) note(arrivalBy({ ref: '' + code }))
      else look()
      return flush()
    },
  }
  const refledger: Refledger = (command, given) => {
    if (command === 'consent') {
      if (allow(given)) {
        then(flush)
        return then(renew)
      }
      command = 'forget'
    }
    // A visitor's no waits for no call in flight, and is heard again in its turn.
    if (command === 'forget') done = Promise.all([done, forget()])
    return then(() => commands[command]?.(given!))
  }
  const answer = ([args, resolve]: EarlyCall): void => resolve(refledger(...args))

  // A page may have kept the stub itself in a variable: what it still pushes is answered too.
  window.refledger = refledger
  refledger.q = { push: answer }
  early.forEach(answer)
}
