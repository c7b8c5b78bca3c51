import { CAMPAIGN_PARAM, CLICK_PARAM, PAGE_CHARS, PASS_PARAM, REFERRER_CHARS, URL_CHARS } from '../shared/limits.ts'
import type { VisitBody } from '../shared/wire/script.ts'
import { coupon, params } from './config.ts'

/** What an address and its referrer tell about an arrival. */
export type Arrival = Pick<VisitBody, 'ref' | 'coupon' | 'pass' | 'url' | 'referrer' | 'adopted'>

/** The page without its query, which may name a customer. */
export const pageUrl = (): string => (location.origin + location.pathname).slice(0, PAGE_CHARS)

/** An arrival on this page, with what of its query is told; some codes grow ninefold in an address. */
export const arrivalBy = (what: Partial<Arrival>, query = ''): Arrival => ({ referrer: document.referrer.slice(0, REFERRER_CHARS), url: (pageUrl() + query).slice(0, URL_CHARS), ...what })

/** The page's address without what was told of it. */
export let rest: URL

/**
 * The arrival that the page's address stands for, in its query or behind its `#`; undefined when it carries nothing.
 *
 * Of the query only what attribution reads goes out: the rest is the shop's business.
 */
export const capture = (): Arrival | undefined => {
  rest = new URL(location.href)
  const found = new URLSearchParams(rest.search + '&' + rest.hash.replace(/^#(.*\?)?/, ''))
  const told = new URLSearchParams()
  const tell = (name: string | undefined): string | undefined => {
    // Longer than any code: nobody's, and too long to be sent.
    const value = (name && found.get(name)?.slice(0, 99)) || undefined
    if (value) told.set(name!, value)
    rest.searchParams.delete(name!)
    return value
  }
  const what = { ref: params.map(tell).find(Boolean), pass: tell(PASS_PARAM), coupon: tell(coupon) }
  if (!('' + told)) return undefined
  tell(CAMPAIGN_PARAM)
  tell(CLICK_PARAM)
  return arrivalBy(what, '?' + told)
}
