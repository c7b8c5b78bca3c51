/** Arrivals: noticed, kept until the collector has answered, and counted once by their ids. */
import { SESSION_COOKIE } from '../shared/limits.ts'
import type { VisitBody, VisitReply } from '../shared/wire/script.ts'
import { allowed, post } from './beacon.ts'
import { arrivalBy, capture, rest, type Arrival } from './capture.ts'
import { clean, days, domain } from './config.ts'
import { takePass } from './pass.ts'
import { say } from './say.ts'
import { closeSession, dropSession, foreignCode, keepSession, openSession, readSession } from './session.ts'
import { keepsNothing, load, save } from './store.ts'
import { uuidv7 } from './uuid.ts'

/** Arrivals by their event ids, each with when it happened. */
type Arrivals = Record<string, readonly [atMs: number, arrival: Arrival]>

const KEPT = '_rlq'
const SEEN = '_rls'

/** What this page has noticed and nobody has answered. */
let open: Arrivals = {}
/** What addresses told in this tab. */
let seen = load(SEEN, 'sessionStorage') ?? ''
/** A reload, a way back and this page itself tell an arrival again that counts no second time. */
let again: unknown = performance.navigation?.type

/** Those of earlier pages and other tabs as well. */
const unanswered = (): Arrivals => {
  try {
    return { ...JSON.parse(load(KEPT)!), ...open }
  } catch {
    // Nothing there, or somebody else wrote over it.
    return open
  }
}
const keep = (): void => save(KEPT, JSON.stringify(open))

/** Remembers an arrival until it can be sent. */
export const note = (arrival: Arrival): void => {
  open[uuidv7()] = [Date.now(), arrival]
}

const send = async (id: string): Promise<void> => {
  const [atMs, arrival] = open[id]!
  const body: Omit<VisitBody, 'session'> = { bot: navigator.webdriver, ...arrival, days, domain, ageMs: Date.now() - atMs, keep: !keepsNothing, id }
  const answer = await post<VisitReply>('visit', body)
  if (!answer) return say('kept')
  open = unanswered()
  delete open[id]
  keep()
  if (answer.message == null) {
    takePass(answer.pass)
    keepSession(answer)
    say('counted')
    // A cookie of another system stays: without a session it would be told again on every page. Others may wait for theirs.
  } else if (!(arrival.adopted || load(KEPT))) closeSession()
}

/**
 * Sends what waits, where the visitor allows it; resolves when all of it was answered or lost.
 *
 * It is kept first: a page may be left before the answer, and the next one sends it again.
 */
export const flush = async (): Promise<void> => {
  if (!allowed) return say('no consent')
  open = unanswered()
  const ids = Object.keys(open)
  if (ids[0]) {
    keep()
    save(SEEN, seen, 'sessionStorage')
    try {
      // One tab after the other, so that two of them open one session.
      await navigator.locks.request(SESSION_COOKIE, openSession)
    } catch {
      openSession()
    }
    await Promise.all(ids.map((id) => send(id)))
  }
}

/** Notes the arrival that the page's address stands for, or a visitor whom another system knew; once. */
export const look = (): void => {
  if (keepsNothing) return say('GPC')
  const code = foreignCode()
  const arrival = capture() ?? (code && !readSession() && !seen ? arrivalBy({ ref: code, adopted: true }) : undefined)
  const told = arrival?.url + ' '
  if (!arrival) say('no code')
  else if (seen.includes(told) && again) say('seen')
  else {
    seen += told
    note(arrival)
    if (clean != null) history.replaceState(history.state, '', rest)
  }
  again = true
}

/** Removes every trace of the visitor, here and on the collector. */
export const forget = async (): Promise<void> => {
  const told = post('forget')
  open = {}
  takePass()
  save(SEEN, '', 'sessionStorage')
  save(KEPT)
  dropSession()
  await told
}

