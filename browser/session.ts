/** The visitor's session: in a cookie, in the browser's storage until that is set or where it cannot be, at least in this page. */
import Cookies from 'js-cookie'
import { SESSION_COOKIE } from '../shared/limits.ts'
import type { VisitReply } from '../shared/wire/script.ts'
import { keepsNothing, load, save } from './store.ts'
import { uuidv7 } from './uuid.ts'

const FOREIGN = ['refgrow_ref_code', 'refersion_rfsn']

let here: string | undefined
/** Nobody has heard of it yet: where the collector refuses the arrival, nothing stays. */
let isNew: boolean

/**
 * The session of this arrival or an earlier one, RefCampaign's own included; undefined when there is none.
 *
 * What cannot be one of ours is left alone: the collector would refuse every visit.
 */
export const readSession = (): string | undefined =>
  (keepsNothing ? [here] : [Cookies.get(SESSION_COOKIE), load(SESSION_COOKIE), here, Cookies.get('_rc_sid')]).find((id) => /^[0-9a-f-]{36}$/.test(id!))

/** True while the cookie does not hold this page's session. */
const isMissing = (): boolean => Cookies.get(SESSION_COOKIE) != here

/** Makes sure that there is a session, and that other tabs find it before the collector has answered. */
export const openSession = (): void => {
  const known = readSession()
  isNew = !known
  here = known ?? uuidv7()
  if (isMissing()) save(SESSION_COOKIE, here)
}

/**
 * Goes on with the session that the collector answered, also on later pages.
 *
 * A cookie that the server set is left alone, because browsers shorten the life of one that a
 * script wrote. Where no cookie stays, the browser's storage does.
 */
export const keepSession = (answer: VisitReply): void => {
  isNew = false
  here = answer.session
  if (!keepsNothing && (!answer.cookie || isMissing())) Cookies.set(SESSION_COOKIE, here, answer.attributes)
  save(SESSION_COOKIE, isMissing() ? here : '')
}

/** Lets go of a session that was opened for an arrival which the collector refused. */
export const closeSession = (): void => {
  if (isNew) save(SESSION_COOKIE, (here = ''))
}

/** Removes the session, and what other systems knew, wherever it may lie: nobody tells a script on which domain a cookie is. */
export const dropSession = (): void => {
  save(SESSION_COOKIE, (here = ''))
  for (const name of [SESSION_COOKIE, '_rc_sid', ...FOREIGN]) {
    for (let domain = '.' + location.hostname; domain; domain = domain.replace(/.[^.]*/, '')) Cookies.remove(name, { domain })
    Cookies.remove(name)
  }
}

/** The code that Refgrow or Refersion left in a cookie of theirs. */
export const foreignCode = (): string | undefined => FOREIGN.map((name) => Cookies.get(name)).find(Boolean)
