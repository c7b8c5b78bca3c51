/** What the merchant's tag asks for; a value that makes no sense counts as absent, so that a typing error costs no arrival. */
import { ALIAS_PARAMS, CODE_PARAMS } from '../shared/limits.ts'

/**
 * Read while the script itself runs, because `document.currentScript` is gone afterwards.
 * Without it (a bundler swallowed the script) the page's own origin is asked, as on a proxied path.
 */
const { src, dataset } = (document.currentScript as HTMLScriptElement | null) ?? { src: '', dataset: {} as DOMStringMap }

/** As the tag spells them: the collector makes sense of `days` and `domain`, an attribute without a value is an empty text. */
export const { coupon, consent, debug, fill, days, domain, manual, gpc, clean } = dataset

const listed = (text = ''): string[] => text.match(/[^\s,]+/g) ?? []

/**
 * Where the collector answers: it serves the script beside its other addresses, so the script's folder is the default.
 * A slash after another begins the host, which may be called `r.` too.
 */
export const api = (dataset['api'] || src).replace(/(^|[^/])\/(r\.[^/]*)?$/, '$1')
/** True when a host is the site or one of its subdomains. */
export const within = (host: string, name: string): boolean => ('.' + host).endsWith('.' + name)

/** Query parameters that may carry a code; the first match wins. A list becomes text with commas by itself. */
export const params: readonly string[] = listed((dataset['param'] || CODE_PARAMS) + (dataset['aliases'] == null ? '' : ',' + ALIAS_PARAMS))
/** Other sites of the shop, to which links hand the session over; one tag on all of them may name them all. */
export const domains: readonly string[] = listed(dataset['domains']).filter((name) => !within(location.hostname, name))
