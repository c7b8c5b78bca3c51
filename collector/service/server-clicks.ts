import { crc32 } from 'node:zlib'
import type { Arrival, Mode } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import { sumsNeeded } from '../../shared/engine/record.ts'
import { affiliateByCode } from '../../shared/engine/settings.ts'
import { CAMPAIGN_PARAM, CODE_CHARS } from '../../shared/limits.ts'
import type { NewVisit } from '../store/store.ts'
import { newUuid, settingsFor, type Deps } from './deps.ts'
import { siteOf } from './sites.ts'
import { countedAs, isBot, placeOf, USER_AGENT_CHARS, withoutFragment } from './touches.ts'

/** A click that a merchant's server tells of: by its code, and with no session. */
export interface ServerClick {
  merchantId: number
  mode: Mode
  code: string
  /** The field that names the code in the caller's own words. */
  field: string
  /** Where the visitor was: on a page of the merchant's, or wherever the link stood. */
  url?: string | undefined
  userAgent?: string | undefined
}

/** Clicks that no browser tells of. An order names them by their ids. */
export function serverClickService(deps: Deps) {
  const { store, now } = deps

  return {
    /** Keeps a click and counts it, unless a bot made it; resolves once it is on disk. Throws `NOT_FOUND` for a code of no affiliate. */
    async tell({ merchantId, mode, code, field, url: text, userAgent = '' }: ServerClick): Promise<{ clickId: string; affiliateId: string; atMs: number }> {
      const nowMs = now()
      const directory = store.directory()
      const settings = settingsFor(directory, merchantId)
      const affiliate = affiliateByCode(settings, code, nowMs)
      if (affiliate === undefined) throw new DomainError('NOT_FOUND', `No affiliate has the code "${code}".`, { issues: [{ path: [field], message: 'no affiliate has this code' }] })

      const url = text === undefined ? null : URL.parse(text)
      // A page of the merchant's own is what was visited, and tells the campaign as any visit does; any other is where the link stood.
      const page = url !== null && siteOf(directory, url.hostname)?.merchantId === merchantId ? url : null
      const id = newUuid(deps)
      const arrival: Arrival = {
        id, clickId: id, session: null, code: code.toLowerCase(), campaign: page?.searchParams.get(CAMPAIGN_PARAM)?.slice(0, CODE_CHARS) || null, host: page?.hostname ?? null,
        occurredAtMs: nowMs, receivedAtMs: nowMs, waited: false, clamped: false, adopted: false, mode, bot: isBot(userAgent),
      }
      const visit: NewVisit = {
        merchantId, arrival, page: page === null ? '' : `${page.host}${page.pathname}`, referrer: page === null && url !== null ? placeOf(url.href) : '', userAgent: userAgent.slice(0, USER_AGENT_CHARS),
        urlHash: page === null ? 0 : crc32(withoutFragment(page)), handedOver: null, countedAs: (click) => countedAs(settings, click),
      }
      // Decided, though there is nothing to decide: so that a repeated call with its key counts once.
      await store.decide('arrival', { merchantId, mode, sessions: [], identities: [], clicks: [], sums: sumsNeeded, unsettledSinceMs: nowMs, visit }, () => ({ entries: [], result: undefined }))
      return { clickId: id, affiliateId: affiliate.id, atMs: nowMs }
    },
  }
}
