import { crc32 } from 'node:zlib'
import { isbot } from 'isbot'
import type { Affiliate, Arrival, Mode } from '../../shared/domain.ts'
import { DomainError, invalid } from '../../shared/errors.ts'
import { instantOf, isUuid } from '../../shared/engine/ids.ts'
import { settleOpen, sumsNeeded } from '../../shared/engine/record.ts'
import { affiliateByCode, belongsTo, campaignOf, policyOf, statusOf, termsOf, triggerAt, triggerKey, triggerValue, type Settings } from '../../shared/engine/settings.ts'
import { dayOf } from '../../shared/engine/time.ts'
import { CAMPAIGN_PARAM, CLICK_PARAM, CODE_CHARS, CODE_PARAMS, DAY_MS, MAX_AGE_MS, WAITED_MS } from '../../shared/limits.ts'
import type { ClickDay } from '../store/queries.ts'
import type { NewVisit } from '../store/store.ts'
import { longestWindowDays } from './campaigns.ts'
import { newEntityId, newUuid, type Deps } from './deps.ts'
import { remembered, rememberedOf } from './remembered.ts'
import { refuseStranger, siteOf } from './sites.ts'

/** An arrival as it is told: by the script, or by a server through an API. */
export interface VisitReport {
  /** Event id from the browser; made here when there is none. */
  id?: string | undefined
  /** Made here when there is none. */
  session?: string | undefined
  url: string
  /** The code, where the caller has already found it in the address. */
  code?: string | undefined
  /** A coupon, which names its affiliate where no code does. */
  coupon?: string | undefined
  referrer?: string | undefined
  ageMs?: number | undefined
  userAgent: string
  /** The browser says that a program drives it. */
  bot?: boolean | undefined
  /** Where the page that calls says it is; must be a site of the same merchant. */
  origin?: string | undefined
  /** It is a cookie of another system that the script took over. */
  adopted?: boolean | undefined
  mode: Mode
  /** The merchant whose key came along; the address must be theirs. */
  owner?: number | undefined
  /** The field that names the address in the caller's own words. */
  field: 'url' | 'tracking_url'
}

/** What is kept of a browser's name. */
export const USER_AGENT_CHARS = 300
/** How far the time inside a browser's event id may be off before the id is made again here. */
const WILD_MS = MAX_AGE_MS + DAY_MS
/** Whether a browser by its name is a program; one that has none is taken for a person. */
export const isBot = remembered((userAgent) => userAgent !== '' && isbot(userAgent))

/** Clicks: arrivals through links, however they are told. */
export function touchService(deps: Deps) {
  const { store, now } = deps

  /**
   * Keeps an arrival and says which click it counts as; resolves once it is on disk.
   * Throws `INVALID` for an address of no known site and `NOT_FOUND` for a code of no affiliate.
   */
  async function visit(report: VisitReport): Promise<{ clickId: string; session: string; affiliateId: string; created: boolean; merchantId: number; host: string }> {
    const nowMs = now()
    const directory = store.directory()
    const url = new URL(report.url)
    const site = siteOf(directory, url.hostname)
    const settings = site && directory.merchants.get(site.merchantId)
    if (settings === undefined) throw invalid(report.field, `${url.hostname} is not a site of any merchant here`)
    if (report.owner !== undefined && report.owner !== site?.merchantId) throw invalid(report.field, `${url.hostname} is not a site of this key's merchant`)
    refuseStranger(directory, report.origin, settings.merchant.id)

    const { affiliate, code, campaign } = referredBy(settings, report, url, nowMs)
    const session = report.session ?? newUuid(deps)
    const ageMs = (report.ageMs ?? 0) < WAITED_MS ? 0 : Math.min(report.ageMs ?? 0, MAX_AGE_MS)
    const arrival: Arrival = {
      ...eventId(report.id, nowMs), session, code, campaign, host: url.hostname,
      occurredAtMs: nowMs - ageMs, receivedAtMs: nowMs, waited: ageMs > 0, clamped: (report.ageMs ?? 0) > MAX_AGE_MS, adopted: report.adopted ?? false, mode: report.mode, bot: report.bot === true || isBot(report.userAgent),
    }
    return { ...(await keep(settings, visitOf(settings, arrival, { ...report, url }))), session, affiliateId: affiliate.id, merchantId: settings.merchant.id, host: url.hostname }
  }

  /** A visit that waited in the browser may explain an order that nobody has won so far (ENGINE section 3, rule 8). */
  async function keep(settings: Settings, kept: NewVisit): Promise<{ clickId: string; created: boolean }> {
    const { arrival, merchantId } = kept
    if (!arrival.waited) return store.append(kept)
    const need = { merchantId, mode: arrival.mode, sessions: arrival.session === null ? [] : [arrival.session], identities: [], clicks: [arrival.id], sums: sumsNeeded, unsettledSinceMs: arrival.receivedAtMs - longestWindowDays(settings) * DAY_MS, visit: kept }
    return store.decide('arrival', need, (facts) => ({
      entries: settleOpen(facts, { nowMs: arrival.receivedAtMs, newId: (prefix) => newEntityId(deps, prefix) }).entries,
      result: { clickId: facts.clickId, created: facts.created },
    }))
  }

  function eventId(given: string | undefined, nowMs: number): Pick<Arrival, 'id' | 'clickId'> {
    const id = given?.toLowerCase()
    const madeAtMs = id === undefined ? undefined : instantOf(id)
    const usable = id !== undefined && madeAtMs !== undefined && Math.abs(nowMs - madeAtMs) <= WILD_MS
    const chosen = usable ? id : newUuid(deps)
    return { id: chosen, clickId: chosen }
  }

  /**
   * Where an affiliate's link leads: the campaign's landing page with the code, and with a click that was
   * counted on the way. Undefined when the code leads nowhere. The landing page is one of the merchant's own
   * sites, whatever the address asks for.
   */
  async function follow(settings: Settings, { code, campaign, userAgent, counts }: { code: string; campaign: string | null; userAgent: string; counts: boolean }): Promise<{ location: string; lost?: unknown } | undefined> {
    const nowMs = now()
    const affiliate = affiliateByCode(settings, code, nowMs)
    const place = affiliate && campaignOf(settings, affiliate, { campaign, host: null }, nowMs)
    if (affiliate === undefined || place === undefined || statusOf(affiliate, nowMs) === 'DENIED') return undefined
    const location = new URL(policyOf(place.campaign, nowMs).value.landingUrl)
    if (!settings.sites.some((site) => belongsTo(location.hostname, site))) return undefined
    location.searchParams.set(CODE_PARAMS[0], code)
    if (campaign !== null) location.searchParams.set(CAMPAIGN_PARAM, campaign)
    if (!counts || isBot(userAgent)) return { location: location.href }

    const id = newUuid(deps)
    const arrival: Arrival = { id, clickId: id, session: null, code: code.toLowerCase(), campaign, host: null, occurredAtMs: nowMs, receivedAtMs: nowMs, waited: false, clamped: false, adopted: false, mode: 'live', bot: false }
    try {
      await store.append({ merchantId: settings.merchant.id, arrival, page: '', referrer: '', userAgent: userAgent.slice(0, USER_AGENT_CHARS), urlHash: 0, handedOver: null, countedAs: (click) => countedAs(settings, click) })
    } catch (lost) {
      // The customer still gets to the shop, and the landing page's own visit will be counted.
      return { location: location.href, lost }
    }
    location.searchParams.set(CLICK_PARAM, id)
    return { location: location.href }
  }

  return { visit, follow }
}

function visitOf(settings: Settings, arrival: Arrival, { url, referrer, userAgent }: { url: URL; referrer?: string | undefined; userAgent: string }): NewVisit {
  const handedOver = url.searchParams.get(CLICK_PARAM)?.toLowerCase() ?? null
  return {
    merchantId: settings.merchant.id, arrival, page: `${url.host}${url.pathname}`, referrer: placeOf(referrer ?? ''), userAgent: userAgent.slice(0, USER_AGENT_CHARS),
    urlHash: crc32(withoutFragment(url)), handedOver: handedOver !== null && isUuid(handedOver) ? handedOver : null, countedAs: (click) => countedAs(settings, click),
  }
}

/** With which clicks one is counted, as of its receipt: the same object for the same clicks, until a setting changes. */
export function countedAs(settings: Settings, { code, campaign, host, occurredAtMs, mode }: Parameters<NewVisit['countedAs']>[0]): ClickDay {
  const day = dayOf(occurredAtMs, termsOf(settings, occurredAtMs).value.timezone)
  return clickDay(settings, `${day}\n${mode}\n${code}\n${host ?? ''}\n${campaign ?? ''}`)
}

const clickDay = rememberedOf((settings: Settings, question: string): ClickDay => {
  const [day = '', mode, code = '', host = '', ...campaign] = question.split('\n')
  const affiliate = affiliateByCode(settings, code, Number.MAX_SAFE_INTEGER)
  const place = affiliate && campaignOf(settings, affiliate, { campaign: campaign.join('\n') || null, host: host || null }, Number.MAX_SAFE_INTEGER)
  return { day, mode: mode === 'test' ? 'test' : 'live', campaignId: place?.campaign.id ?? '', affiliateId: affiliate?.id ?? '' }
})

/** Whom an arrival is for, under which code, and in which campaign where it says so. */
interface Referred {
  affiliate: Affiliate
  /** In lower case, as codes are compared. */
  code: string
  campaign: string | null
}

/**
 * The affiliate of the code, else of the coupon. Throws `INVALID` when there is neither, `NOT_FOUND` when they are nobody's.
 * Refersion's links say `NUMBER.CODE`: the number was its own, the code moves along.
 */
function referredBy(settings: Settings, report: VisitReport, url: URL, nowMs: number): Referred {
  const { coupon } = report
  const named = url.searchParams.get(CAMPAIGN_PARAM)?.slice(0, CODE_CHARS) || null
  const code = coupon === undefined ? codeIn(report, url) : report.code?.trim().toLowerCase()
  for (const spelling of code === undefined ? [] : [code, code.replace(/^\d+\./, '')]) {
    const affiliate = affiliateByCode(settings, spelling, nowMs)
    if (affiliate !== undefined) return { affiliate, code: spelling, campaign: named }
  }
  const trigger = coupon === undefined ? undefined : triggerAt(settings, triggerKey('coupon', triggerValue(coupon)), nowMs)
  const affiliate = trigger && settings.affiliates.get(trigger.affiliateId)
  const own = affiliate?.codes.at(-1)?.code
  if (affiliate === undefined || own === undefined) throw new DomainError('NOT_FOUND', code === undefined ? 'No affiliate has this coupon.' : `No affiliate has the code "${code}".`, { issues: [{ path: [code === undefined ? 'coupon' : 'ref'], message: code === undefined ? 'no affiliate has this coupon' : 'no affiliate has this code' }] })
  return { affiliate, code: own, campaign: trigger?.campaignId ?? named }
}

/** The code in lower case, as codes are compared; throws `INVALID` when the address carries none. */
function codeIn({ code, field }: VisitReport, url: URL): string {
  const found = code ?? CODE_PARAMS.map((param) => url.searchParams.get(param)).find((value) => value !== null && value.trim() !== '')
  if (found === undefined || found === null) throw invalid(field, `carries no affiliate code (${CODE_PARAMS.join(' or ')})`)
  return found.trim().toLowerCase()
}

export const withoutFragment = (url: URL): string => (url.hash === '' ? url.href : url.href.slice(0, -url.hash.length))

/** A referring page without its query, which may hold what is nobody's business. */
export const placeOf = remembered((referrer) => {
  const url = URL.parse(referrer)
  return url === null ? '' : `${url.host}${url.pathname}`
})
