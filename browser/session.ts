import Cookies from 'js-cookie'
import { SESSION_COOKIE, SESSION_DAYS } from '../shared/limits.ts'
import { days, domain } from './config.ts'

/**
 * The session of an earlier arrival, undefined when there is none.
 *
 * What cannot be one of ours is left alone: the collector would refuse every visit.
 */
export const readSession = (): string | undefined => /^[\da-f-]{36}$/.exec(Cookies.get(SESSION_COOKIE) ?? '')?.[0]

/**
 * Keeps the session for later pages and for the order, on the tag's domain or else the
 * collector's; without either, on this host alone.
 */
export const writeSession = (session: string, sharedDomain: string | null | undefined): void => {
  Cookies.set(SESSION_COOKIE, session, {
    sameSite: 'Lax',
    secure: location.protocol === 'https:',
    expires: days ?? SESSION_DAYS,
    // js-cookie leaves out what is empty, null as well.
    domain: (domain || sharedDomain) as string | undefined,
  })
}
