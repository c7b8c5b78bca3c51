import { isSession } from './session-id.ts'

/** Cookie and `localStorage` item alike, as RefCampaign names them. */
const NAME = '_rc_sid'
const PROBE = '_rc_probe'
const DAY_MS = 86_400_000
const LIFE_MS = 90 * DAY_MS
const GONE = 'expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/; SameSite=Lax'
/** The first of them that is there wins. */
const PARAMS = ['_rcid', 'rcsid'] as const
/** Marks a visit that the dashboard sent to try out the set-up. */
const TEST_PARAM = 'rctest'

/** The page's local storage; null where the browser keeps it from us. */
export function storage(): Storage | null {
  try {
    return globalThis.localStorage ?? null
  } catch {
    // Reading the property throws in a sandboxed frame.
    return null
  }
}

/** The session in the page's address, and the dashboard's test. */
export function fromAddress(): { session: string | null; test: string | null } {
  const query = new URLSearchParams(location.search)
  const named = PARAMS.map((name) => query.get(name)).find((value) => value)
  return { session: isSession(named) ? named : null, test: query.get(TEST_PARAM) }
}

/** Takes the session out of the address bar, so that nobody passes their own on with a link. A router's state stays. */
export function cleanAddress(): void {
  const url = new URL(location.href)
  for (const name of [...PARAMS, TEST_PARAM]) url.searchParams.delete(name)
  try {
    if (url.href !== location.href) history.replaceState(history.state, '', url)
  } catch {
    // A sandboxed or much too busy page may not; the session counts all the same.
  }
}

/** The cookie's session, null when there is none. */
export function fromCookie(): string | null {
  const value = document.cookie.split('; ').find((pair) => pair.startsWith(`${NAME}=`))?.slice(NAME.length + 1)
  return isSession(value) ? value : null
}

/** The stored session, null when there is none or its 90 days are over. */
export function fromStorage(): string | null {
  try {
    const kept: unknown = JSON.parse(storage()?.getItem(NAME) ?? 'null')
    if (typeof kept !== 'object' || kept === null || !('sessionId' in kept && 'timestamp' in kept)) return null
    if (!(Date.now() - Number(kept.timestamp) <= LIFE_MS)) storage()?.removeItem(NAME)
    else if (isSession(kept.sessionId)) return kept.sessionId
  } catch {
    // No JSON: not ours.
  }
  return null
}

/** False when the browser keeps nothing: private mode, or a full disk. */
export function toStorage(session: string): boolean {
  try {
    storage()?.setItem(NAME, JSON.stringify({ sessionId: session, timestamp: Date.now() }))
    return fromStorage() === session
  } catch {
    return false
  }
}

/** False where there is no cookie to be had, or plain http would show it to the network. */
export function toCookie(session: string): boolean {
  const secure = location.protocol === 'https:'
  const local = isLocal(location.hostname)
  if (!secure && !local) return false
  document.cookie = `${NAME}=${session}; max-age=${LIFE_MS / 1000}; path=/; SameSite=Lax${secure ? '; Secure' : ''}${local ? '' : sharedDomain()}`
  return fromCookie() === session
}

/** Removes what was kept; false when something is still there. */
export function forget(): boolean {
  storage()?.removeItem(NAME)
  for (const domain of ['', ...domains()]) document.cookie = `${NAME}=; ${GONE}${domain}`
  return fromCookie() === null && fromStorage() === null
}

export function cookiesWork(): boolean {
  document.cookie = `${PROBE}=1; path=/; SameSite=Lax`
  const works = document.cookie.includes(`${PROBE}=1`)
  document.cookie = `${PROBE}=; ${GONE}`
  return works
}

/** Localhost and plain addresses have no domain to share. */
const isLocal = (host: string): boolean => /^localhost$|\.localhost$|^[\d.]+$|:/.test(host)

/** From the broadest to the page's own host: `acme.co.uk` before `shop.acme.co.uk`, and `co.uk` before both. */
function domains(): string[] {
  const labels = location.hostname.split('.')
  return labels.slice(1).map((_, index) => `; domain=.${labels.slice(-(index + 2)).join('.')}`)
}

/** The broadest domain that this browser grants a cookie. It knows every public suffix; a list here would be long and old. */
function sharedDomain(): string {
  return domains().find((domain) => {
    document.cookie = `${PROBE}=1; path=/; SameSite=Lax${domain}`
    const granted = document.cookie.includes(`${PROBE}=1`)
    document.cookie = `${PROBE}=; ${GONE}${domain}`
    return granted
  }) ?? ''
}
