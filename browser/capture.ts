import { CAMPAIGN_PARAM, CLICK_PARAM, PAGE_CHARS, REFERRER_CHARS } from '../shared/limits.ts'

/** The parts of `location` that count here; a `URL` has them too. */
export type Address = Pick<Location, 'origin' | 'pathname' | 'search'>

/** What an address and its referrer tell about an arrival through an affiliate's link. */
export interface Arrival {
  readonly ref: string
  readonly url: string
  readonly referrer: string
}

/** The page without its query, which may name a customer. */
export const pageUrl = (address: Address): string => (address.origin + address.pathname).slice(0, PAGE_CHARS)

/**
 * The arrival that this address stands for, undefined when it carries no code.
 *
 * Of the query only what attribution reads goes out: the rest is the shop's business.
 */
export const capture = (address: Address, referrer: string, params: readonly string[]): Arrival | undefined => {
  const query = new URLSearchParams(address.search)
  for (const param of params) {
    const ref = query.get(param)
    if (ref) {
      // Names are copied first: a walk that deletes skips the next one.
      // oxlint-disable-next-line unicorn/no-useless-spread
      for (const name of [...query.keys()]) if (![CLICK_PARAM, CAMPAIGN_PARAM, param].includes(name)) query.delete(name)
      return { ref, url: pageUrl(address) + '?' + query, referrer: referrer.slice(0, REFERRER_CHARS) }
    }
  }
  return undefined
}
