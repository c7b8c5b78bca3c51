/**
 * Every limit and fixed name that both sides of the wire must agree on.
 * Plain values only: the browser script imports from here, and a schema would ship zod with it.
 */

/** First-party cookie that holds the session id. */
export const SESSION_COOKIE = '_rl'
/** Life of the session cookie when the tag does not say otherwise. */
export const SESSION_DAYS = 90
/** The longest life that browsers grant a cookie. */
export const MOST_SESSION_DAYS = 400
/** Query parameters that carry an affiliate's code, first match wins. */
export const CODE_PARAMS = ['ref', 'via'] as const
/** Parameters of the systems that merchants come from, read where the tag asks for them; a list as `data-param` spells it. */
export const ALIAS_PARAMS = 'rfsn,_rcid,rcsid,fpr,deal,aff,a_aid'
/** Query parameter that names a campaign when an affiliate is in several. */
export const CAMPAIGN_PARAM = 'c'
/** Query parameter by which `/go` hands its click to the landing page. */
export const CLICK_PARAM = 'rlid'
/** Query parameter by which a link to the shop's other site hands the session over. */
export const PASS_PARAM = 'rlp'
/** How long a pass lets a session in: longer than most people read a page without touching it. */
export const PASS_MS = 30 * 60_000
/** From which age on a pass is renewed. */
export const PASS_RENEWAL_MS = 5 * 60_000

/** Largest body of a call from the script, in bytes. */
export const SCRIPT_BODY_BYTES = 2048
/** Largest body of an API call, in bytes. */
export const API_BODY_BYTES = 65_536

export const CODE_CHARS = 64
export const SESSION_CHARS = 255
/** A coupon or a SKU. */
export const TRIGGER_CHARS = 255
export const ORDER_ID_CHARS = 255
export const URL_CHARS = 1200
/** What the script sends of a page's address; codes come on top. */
export const PAGE_CHARS = 500
export const REFERRER_CHARS = 300
/** An answer that takes longer than this many milliseconds counts as lost. */
export const ANSWER_MS = 10_000
/** A visit that was told sooner than this after it happened did not wait. */
export const WAITED_MS = 1000

/** The oldest visit that a browser may still report (ENGINE section 1). */
export const MAX_AGE_MS = 72 * 3_600_000
/** A click of one session, affiliate and URL within this time is the same click (ENGINE section 2). */
export const SAME_CLICK_MS = 30 * 60_000
/** How long an identify waits for its session's visit, and an order for its identify (ENGINE sections 2, 3). */
export const BINDING_WAIT_MS = 24 * 3_600_000
/** How often an identify of a session that is unknown yet is kept anew. */
export const BINDING_RENEWAL_MS = 3_600_000
/** Identities that a browser may bind to one session (ENGINE section 2). */
export const IDENTITIES_PER_SESSION = 3
/** Touches that one receipt holds (ENGINE section 1). */
export const RECEIPT_TOUCHES = 100

/** Begins the name space of orders that only a buyer's browser told of, one a visitor: no shop's site is called so. */
export const BROWSER_SITE = '(browser)'

export const DAY_MS = 86_400_000
