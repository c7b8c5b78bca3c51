import type { Mode } from '../../shared/domain.ts'
import { DomainError, invalid } from '../../shared/errors.ts'
import { affiliateByCode, type Settings } from '../../shared/engine/settings.ts'
import { CODE_PARAMS } from '../../shared/limits.ts'
import { settingsFor, type Deps } from './deps.ts'
import { cartService } from './carts.ts'
import { touchService, type VisitReport } from './touches.ts'
import { isGenuine, visitorCheck } from './visitor-check.ts'

/** Parameter of Refersion's links: `rfsn=NUMBER.CODE`. */
const LINK_PARAM = 'rfsn'

/** What a page remembers of its visitor: the session, the affiliate's number, and what shows that both are from here. */
export interface Visitor {
  session: string
  affiliate: number
  check: string
}

/** Visitors whose pages remember them as Refersion's script does. */
export function visitorService(deps: Deps) {
  const touches = touchService(deps)
  const carts = cartService(deps)

  return {
    /**
     * Counts an arrival through a link and says what the page is to remember; undefined when the address names no affiliate.
     * Throws as a visit does: `NOT_FOUND` for a code of nobody, `INVALID` for a page that is not the merchant's.
     */
    async arrive({ merchantId, mode, ...report }: Pick<VisitReport, 'url' | 'session' | 'referrer' | 'userAgent' | 'origin'> & { merchantId: number; mode: Mode }): Promise<Visitor | undefined> {
      const settings = settingsFor(deps.store.directory(), merchantId)
      const code = codeIn(settings, report.url, deps.now())
      if (code === undefined) return undefined
      const { session, affiliateId } = await touches.visit({ ...report, code, mode, owner: merchantId, field: 'url' })
      const affiliate = settings.affiliates.get(affiliateId)?.number ?? 0
      return { session, affiliate, check: visitorCheck(deps.secrets.signing, { merchantId, session, affiliate: String(affiliate) }) }
    },

    /** Hands a cart over to the visitor that a page remembers; throws `FORBIDDEN` for one who was not handed out here. */
    async checkOut({ merchantId, mode, cart, session, affiliate, check }: { merchantId: number; mode: Mode; cart: string; session: string; affiliate: string; check: string }): Promise<{ attached: boolean }> {
      if (!isGenuine(deps.secrets.signing, { merchantId, session, affiliate }, check)) throw new DomainError('FORBIDDEN', 'This visitor is not known here: rfsn_v4_cs does not fit.')
      return carts.attach({ merchantId, mode, cart, session })
    },
  }
}

/** The code in an address: of Refersion's parameter, or else of our own; an affiliate whose code is none any more is known by the number. */
function codeIn(settings: Settings, address: string, nowMs: number): string | undefined {
  const { searchParams } = new URL(address)
  const link = searchParams.get(LINK_PARAM)?.trim() ?? ''
  if (link === '') return CODE_PARAMS.map((param) => searchParams.get(param)?.trim()).find((value) => value !== undefined && value !== '')
  const { number, code } = /^(?<number>\d{1,15})?\.?(?<code>.*)$/s.exec(link)?.groups ?? {}
  if (code !== undefined && code !== '' && affiliateByCode(settings, code, nowMs) !== undefined) return code
  const found = [...settings.affiliates.values()].find((affiliate) => String(affiliate.number) === number)
  if (found === undefined) throw invalid('url', `${LINK_PARAM}=${link.slice(0, 40)} names no affiliate`)
  return found.codes.at(-1)?.code
}
