import { DomainError } from '../../shared/errors.ts'
import { PASS_MS, PASS_PARAM } from '../../shared/limits.ts'
import { newUuid, type Deps } from './deps.ts'
import { sessionPasses } from './passes.ts'
import { hostOf, merchantOfPage, registrableDomain, siteOf } from './sites.ts'
import type { touchService, VisitReport } from './touches.ts'

/** An arrival as the script tells it: by a link, with a coupon, or from another site of the shop. */
export interface ArrivalReport extends VisitReport {
  session: string
  pass: string | undefined
}

/** Who arrived, and how they go on. */
export interface Arrived {
  /** Null where there was a pass and no code that anybody has. */
  clickId: string | null
  session: string
  /** Lets the session into the shop's other sites; null where there are none. */
  pass: string | null
}

const nameOf = (merchantId: number, session: string): string => `${merchantId} ${session}`
const domainOf = (host: string): string => registrableDomain(host) ?? host

/** With each pass the address would be another link. */
function withoutPass(address: string): string {
  const url = new URL(address)
  url.searchParams.delete(PASS_PARAM)
  return url.href
}

/** Visitors' sessions: how they come to a site, go on to another one, and end. */
export function arrivalService(deps: Deps, { touches }: { touches: ReturnType<typeof touchService> }) {
  const { store, now } = deps
  const passes = sessionPasses(deps.secrets.signing)
  // Most shops are one site, and sealing a pass costs a quarter of what a visit does.
  const passFor = (merchantId: number, session: string): string | null => ((store.directory().merchants.get(merchantId)?.sites.length ?? 0) > 1 ? passes.issue(merchantId, session, now()) : null)
  /** Until when a session that was forgotten stays so, whatever was on its way or stands in a link, by its name. */
  const forgotten = new Map<string, number>()
  const merchantOf = (page: { url: string; origin?: string | undefined }): number => merchantOfPage(store.directory(), page)

  return {
    /**
     * Keeps an arrival; resolves once it is on disk. A pass goes before the session that the browser had on this site, where
     * the visitor comes from another of the shop's: else a stranger's link could put a stranger's session into the browser.
     * Undefined, and nothing kept, for a session that was forgotten a moment ago: the call was on its way by then.
     * Throws `INVALID` for an address of no known site, `FORBIDDEN` for a pass that ended and nothing else, and
     * `NOT_FOUND` for a code of no affiliate, but where a pass came along.
     */
    async arrive({ pass, ...report }: ArrivalReport): Promise<Arrived | undefined> {
      if (forgotten.size > 0 && isForgotten(merchantOf(report), report.session)) return undefined
      if (pass !== undefined) return comeOver(report, pass)
      const { clickId, merchantId } = await touches.visit(report)
      return { clickId, session: report.session, pass: passFor(merchantId, report.session) }
    },

    /** A new pass for the session of a page; throws `INVALID` and `FORBIDDEN` as a visit does. */
    pass: (page: { session: string; url: string; origin?: string | undefined }): string => passes.issue(merchantOf(page), page.session, now()),

    /**
     * Lets go of a session: neither it nor a customer's e-mail leads to its clicks any more, which go on to count; a
     * click's own id still does. Resolves once that is on disk; throws as a visit does.
     */
    forget(page: { session: string; url: string; origin?: string | undefined }): Promise<void> {
      const merchantId = merchantOf(page)
      const nameless = newUuid(deps)
      forgotten.delete(nameOf(merchantId, page.session))
      forgotten.set(nameOf(merchantId, page.session), now() + PASS_MS)
      return store.decide('settings', {}, () => ({ entries: [{ kind: 'session_forgotten', merchantId, session: page.session, nameless, atMs: now() }], result: undefined }))
    },
  }

  /** From another site of the shop: within one the cookie goes along, and an address may have been copied by a redirect. */
  function comesFromOtherSite({ referrer = '', url }: VisitReport, merchantId: number): boolean {
    const from = hostOf(referrer)
    return siteOf(store.directory(), from)?.merchantId === merchantId && domainOf(from) !== domainOf(new URL(url).hostname)
  }

  /** Forgets on the way what was forgotten long enough ago: the oldest stand first. */
  function isForgotten(merchantId: number, session: string): boolean {
    for (const [name, untilMs] of forgotten) {
      if (untilMs > now()) break
      forgotten.delete(name)
    }
    return forgotten.has(nameOf(merchantId, session))
  }

  async function comeOver(report: Omit<ArrivalReport, 'pass'>, pass: string): Promise<Arrived> {
    const merchantId = merchantOf(report)
    const held = comesFromOtherSite(report, merchantId) ? passes.sessionOf(merchantId, pass, now()) : undefined
    const handed = held === undefined || isForgotten(merchantId, held) ? undefined : held
    const session = handed ?? report.session
    const clickId = await clicked({ ...report, url: withoutPass(report.url), session }, { isHandedOver: handed !== undefined })
    return { clickId, session, pass: passFor(merchantId, session) }
  }

  async function clicked(report: VisitReport, { isHandedOver }: { isHandedOver: boolean }): Promise<string | null> {
    if (report.code === undefined && report.coupon === undefined) {
      if (isHandedOver) return null
      throw new DomainError('FORBIDDEN', 'The pass has ended, is none of this shop, or the visitor does not come from its pages.')
    }
    try {
      return (await touches.visit(report)).clickId
    } catch (error) {
      // The parameter may be the page's own: what let the visitor in is enough.
      if (isHandedOver && error instanceof DomainError && error.code === 'NOT_FOUND') return null
      throw error
    }
  }
}
