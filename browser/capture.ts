import { CAMPAIGN_PARAM, CLICK_PARAM, PAGE_CHARS, PASS_PARAM, REFERRER_CHARS } from '../shared/limits.ts'
import type { VisitBody } from '../shared/wire/script.ts'
import { coupon, params } from './config.ts'

/** What an address and its referrer tell about an arrival. */
export type Arrival = Pick<VisitBody, 'ref' | 'coupon' | 'pass' | 'url' | 'referrer' | 'adopted'>

/** The page without its query, which may name a customer. */
export const pageUrl = (): string => (location.origin + location.pathname).slice(0, PAGE_CHARS)

/** An arrival on this page, with what of its query is told. */
export const arrivalBy = (what: Partial<Arrival>, query = ''): Arrival => ({ ...what, url: pageUrl() + query, referrer: document.referrer.slice(0, REFERRER_CHARS) })

/**
 * The arrival that the page's address stands for, in its query or behind its `#`; undefined when it carries nothing.
 *
 * Of the query only what attribution reads goes out: the rest is the shop's business.
 */
export const capture = (): Arrival | undefined => {
  const found = new URLSearchParams(location.search + '&' + location.hash.replace(/^#(.*\?)?/, ''))
  const told = new URLSearchParams()
  const tell = (name: string | undefined): string | undefined => {
    // Longer than any code: nobody's, and too long to be sent.
    const value = (name && found.get(name)?.slice(0, 99)) || undefined
    if (value) told.set(name!, value)
    return value
  }
  const what = { ref: tell(params.find((param) => found.get(param))), coupon: tell(coupon), pass: tell(PASS_PARAM) }
  if (!('' + told)) return undefined
  tell(CLICK_PARAM)
  tell(CAMPAIGN_PARAM)
  return arrivalBy(what, '?' + told)
}

/** Takes out of the address bar's query what may be read from it. */
export const cleanAddress = (): void => {
  const address = new URL(location.href)
  for (const name of [...params, coupon!, PASS_PARAM, CLICK_PARAM, CAMPAIGN_PARAM]) address.searchParams.delete(name)
  history.replaceState(history.state, '', address)
}
