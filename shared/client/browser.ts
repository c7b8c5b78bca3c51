import { cleanAddress, cookiesWork, forget, fromAddress, fromCookie, fromStorage, storage, toCookie, toStorage } from './browser-session.ts'

const DAY_MS = 86_400_000
/** Longest wait of `identify`: somebody may be waiting to be logged in. */
const IDENTIFY_MS = 3000

export interface BrowserOptions {
  /** The collector's address; the page's own origin when left out. */
  apiBase?: string | undefined
  /** Names the shop in the set-up pings. */
  siteToken?: string | undefined
  /** Tells the console what happens. */
  debug?: boolean | undefined
  /** Of older set-ups; it does nothing. */
  publicKey?: string | undefined
}

export type SessionIdSource = 'url' | 'cookie' | 'localStorage' | 'none'

export interface SessionCaptureResult {
  sessionId: string | null
  source: SessionIdSource
}

export interface SessionInfo {
  sessionId: string | null
  cookieSupported: boolean
  localStorageSupported: boolean
  cookieSessionId: string | null
  storageSessionId: string | null
  urlSessionId: string | null
}

/** One page's tracker. Nothing here throws into the page, and on a server every call answers that there is no session. */
class BrowserTracker {
  #apiBase = ''
  #siteToken: string | undefined
  #debug = false

  /** Sets what is given, leaves the rest, and tells the collector once a day that the shop's pages run this. */
  configure(options: BrowserOptions): void {
    if (options.apiBase) this.#apiBase = options.apiBase.replace(/\/+$/, '')
    if (options.siteToken) this.#siteToken = options.siteToken
    if (options.debug !== undefined) this.#debug = options.debug
    if (inPage()) void this.#tellInstalled()
  }

  /** `configure` by its old name. */
  init(options: BrowserOptions): void {
    this.configure(options)
  }

  /** Finds the visitor's session in the address, the cookie, or local storage, in this order, and keeps it for 90 days. */
  captureSession(): SessionCaptureResult {
    const captured = this.#guard((): SessionCaptureResult => this.#capture(), { sessionId: null, source: 'none' })
    this.#log(`session ${captured.sessionId ?? 'none'} from ${captured.source}`)
    return captured
  }

  /** The kept session, null when there is none. */
  getSessionId(): string | null {
    return this.#guard(() => fromCookie() ?? fromStorage(), null)
  }

  /**
   * Ties the session to a customer, by the hash of the e-mail; the address itself never leaves the page.
   * Resolves within three seconds, whatever became of it.
   */
  async identify(email: string): Promise<void> {
    const sessionId = this.getSessionId()
    if (sessionId === null || typeof email !== 'string' || email.trim() === '') return this.#log('identify: no session, or no e-mail')
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(), IDENTIFY_MS)
    try {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(email.trim().toLowerCase()))
      const emailHash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
      const body = JSON.stringify({ sessionId, emailHash })
      const { status } = await fetch(`${this.#apiBase}/api/track/identify`, { method: 'POST', keepalive: true, headers: { 'content-type': 'application/json' }, body, signal: limit.signal })
      this.#log(`identify: ${status}`)
    } catch (error) {
      // Offline, blocked, or a plain http page, which has no Web Crypto: the shop goes on.
      this.#log(`identify: ${String(error)}`)
    } finally {
      clearTimeout(timer)
    }
  }

  /** What this browser keeps and where, for debugging. */
  getSessionInfo(): SessionInfo {
    const nothing = { sessionId: null, cookieSupported: false, localStorageSupported: false, cookieSessionId: null, storageSessionId: null, urlSessionId: null }
    return this.#guard(() => ({
      sessionId: this.getSessionId(), cookieSupported: cookiesWork(), localStorageSupported: storage() !== null,
      cookieSessionId: fromCookie(), storageSessionId: fromStorage(), urlSessionId: fromAddress().session,
    }), nothing)
  }

  /** Forgets the session; false when the browser still has it. */
  clearSession(): boolean {
    return this.#guard(forget, false)
  }

  #capture(): SessionCaptureResult {
    const { session, test } = fromAddress()
    if (session !== null) {
      this.#guard(() => toCookie(session), false)
      toStorage(session)
      if (test && this.#siteToken) void this.#ping('session-captured', { siteToken: this.#siteToken, testId: test, sessionId: session, source: 'url' })
      cleanAddress()
      return { sessionId: session, source: 'url' }
    }
    const cookie = fromCookie()
    const stored = fromStorage()
    if (cookie === null) return { sessionId: stored, source: stored === null ? 'none' : 'localStorage' }
    if (stored !== cookie) toStorage(cookie)
    return { sessionId: cookie, source: 'cookie' }
  }

  async #tellInstalled(): Promise<void> {
    const name = ['_rc_installed_at', this.#apiBase, this.#siteToken].filter((part) => part !== undefined).join(':')
    const lastMs = this.#guard(() => Number(storage()?.getItem(name)), 0)
    if (Date.now() - lastMs < DAY_MS) return
    const told = await this.#ping('installed', this.#siteToken === undefined ? undefined : { siteToken: this.#siteToken })
    if (told) this.#guard(() => storage()?.setItem(name, String(Date.now())), undefined)
  }

  /** A text body needs no preflight. True when the collector took it. */
  async #ping(name: string, body?: object): Promise<boolean> {
    try {
      const init: RequestInit = { method: 'POST', keepalive: true, credentials: 'omit', ...(body && { headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body) }) }
      const { ok, status } = await fetch(`${this.#apiBase}/api/sdk/${name}`, init)
      this.#log(`${name}: ${status}`)
      return ok
    } catch (error) {
      // A ping is for the set-up page; the visitor loses nothing.
      this.#log(`${name}: ${String(error)}`)
      return false
    }
  }

  /** What cannot be had, on a server or in a browser that forbids it, is not there. */
  #guard<T>(read: () => T, nothing: T): T {
    try {
      return inPage() ? read() : nothing
    } catch (error) {
      this.#log(String(error))
      return nothing
    }
  }

  #log(line: string): void {
    if (this.#debug) console.log(`[RefCampaign] ${line}`)
  }
}

const inPage = (): boolean => typeof document !== 'undefined'

/** The page's tracker, under the name of RefCampaign's own package. Importing it does nothing. */
export const RefCampaignBrowser: BrowserTracker = /* @__PURE__ */ new BrowserTracker()
