/** The tag as the browser script reads it: which parameters, and where its collector is. */
import { ALIAS_PARAMS, CODE_PARAMS } from '../../shared/limits.ts'
import type { Markup } from './markup.ts'
import type { Tag } from './seen.ts'

/** What the script reads of its tag, without `data-`; a test compares it with the script. */
export const ATTRIBUTES = ['api', 'param', 'aliases', 'days', 'domain', 'domains', 'consent', 'gpc', 'coupon', 'fill', 'clean', 'manual', 'debug'] as const

/** How the script finds its collector from its own address; the same as in `browser/config.ts`, which a test holds. */
const FOLDER = /(^|[^/])\/(r\.[^/]*)?$/
/** The calls that the script makes. */
export const CALLS = ['visit', 'identify', 'pass', 'cart', 'forget'] as const

/** The script under its own name, or one build of it. */
export const isOurs = ({ pathname }: URL): boolean => /\/r(\.[0-9a-f]+)?\.js$/.test(pathname)

/** The tags on a page, in order: by the script's name, or by the address that somebody names. */
export function tagsOf({ scripts }: Markup, { base, named }: { base: URL; named: URL | undefined }): Tag[] {
  const isMeant = (url: URL): boolean => (named === undefined ? isOurs(url) : url.host === named.host && url.pathname === named.pathname)
  return scripts.flatMap((script) => {
    const url = URL.parse(script.src.trim(), base)
    return url !== null && isMeant(url) ? [{ ...script, url, isOnPage: true }] : []
  })
}

/** A tag that the page's HTML does not hold: something inserts it, by this address. */
export const tagAt = (url: URL): Tag => ({ src: url.href, url, attributes: {}, position: Infinity, idleIn: null, isOnPage: false })

/** The folder of the collector's calls; null where `data-api` is no address. */
export function callsOf({ url, attributes }: Pick<Tag, 'url' | 'attributes'>, base: URL): URL | null {
  const api = (attributes['data-api'] || url.href).replace(FOLDER, '$1')
  return URL.parse(`${api}/r/`, base)
}

export const listed = (text = ''): string[] => text.split(/[\s,]+/).filter((name) => name !== '')

/** The query parameters that may carry a code, the first match wins. */
export function paramsOf({ attributes }: Pick<Tag, 'attributes'>): string[] {
  const own = listed(attributes['data-param'])
  return [...(own.length === 0 ? CODE_PARAMS : own), ...(attributes['data-aliases'] === undefined ? [] : ALIAS_PARAMS.split(','))]
}
