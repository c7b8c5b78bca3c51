/** What the merchant's tag asks for; a value that makes no sense counts as absent, so that a typing error costs no arrival. */
import { CODE_PARAMS } from '../shared/limits.ts'

/**
 * Read while the script itself runs, because `document.currentScript` is gone afterwards.
 * Without it (a bundler swallowed the script) the page's own origin is asked, as on a proxied path.
 */
const { src, dataset } = (document.currentScript as HTMLScriptElement | null) ?? { src: '', dataset: {} as DOMStringMap }

/**
 * Where the collector answers: it serves the script beside its other addresses, so the script's folder is the default.
 * A slash after another begins the host, which may be called `r.` too.
 */
export const api = (dataset['api'] || src).replace(/(^|[^/])\/(r\.[^/]*)?$/, '$1')
/** Query parameters that may carry a code; the first match wins. */
export const params: readonly string[] = dataset['param']?.split(/[\s,]+/) ?? CODE_PARAMS
/** Life of the session's cookie; undefined leaves it to the default. */
export const days = Number(dataset['days']) || undefined
/** Domain of the session's cookie; undefined leaves it to the collector. */
export const { domain } = dataset
