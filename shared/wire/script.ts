import { z } from 'zod'
import { MOST_SESSION_DAYS, REFERRER_CHARS, SESSION_DAYS } from '../limits.ts'
import { Email } from './email.ts'
import { AffiliateCode, CartId, EmailHash, WebUrl } from './text.ts'

/** What the script makes for events and sessions. */
const Uuid = z.uuid('must be a UUID')
/** What the script says in every call: who, and where, which tells the merchant. */
const Place = z.object({
  session: Uuid,
  /** The page's address. */
  url: WebUrl,
})

/** Days as a tag spells them, brought into bounds; what is no number, and 0, count as absent. */
function daysIn(given: unknown): number {
  const days = typeof given === 'string' || typeof given === 'number' ? Number(given) : 0
  return days ? Math.min(MOST_SESSION_DAYS, Math.max(1, Math.floor(days))) : SESSION_DAYS
}

/** `POST /r/visit`: an arrival through an affiliate's link, through a link with a coupon, or from another site of the shop. */
export const VisitBody = Place.extend({
  /** Event id, UUIDv7, made in the browser; becomes the click's id. */
  id: Uuid,
  /** The affiliate's code as it stood in the address; the parameter may be the page's own, and hold anything. */
  ref: z.string('must be a string').optional(),
  /** A coupon that stood there; names its affiliate where no code does. */
  coupon: z.string('must be a string').optional(),
  /** What another site of the shop let the visitor in with: its session goes on here. */
  pass: z.string('must be a string').nullish(),
  referrer: z.string('must be a string').max(REFERRER_CHARS, `must be at most ${REFERRER_CHARS} characters`).optional(),
  /** Milliseconds since the arrival, as the browser measured; a clock that was set back meanwhile measures none. */
  ageMs: z.int('must be whole milliseconds').transform((ageMs) => Math.max(0, ageMs)).optional(),
  /** A cookie of another system was found and taken over; nobody followed a link just now. */
  adopted: z.boolean('must be true or false').optional(),
  /** The browser says that a program drives it. */
  bot: z.boolean('must be true or false').optional(),
  /** False where the visitor asks that nothing be kept in the browser. */
  keep: z.boolean('must be true or false').optional(),
  /** Days that the session's cookie should live, as the tag spells them; brought into bounds rather than refused, so that a typing error costs no arrival. */
  days: z.unknown().describe('Days that the cookie should live, as the tag spells them; brought into bounds.').transform(daysIn).optional(),
  /** The domain that the cookie should be kept on, as the tag spells it; one that is none of the page's counts as absent. */
  domain: z.string('must be a string').optional(),
}).transform(({ ref, ...visit }, ctx) => {
  const code = AffiliateCode.safeParse(ref)
  if (code.success) return { ...visit, ref: code.data }
  if (visit.coupon || visit.pass) return { ...visit, ref: undefined }
  ctx.issues.push({ code: 'custom', path: ['ref'], input: ref, message: ref ? code.error.issues[0]?.message ?? 'is no code' : 'is needed where there is neither a coupon nor a pass' })
  return z.NEVER
})
export type VisitBody = z.input<typeof VisitBody>

/** What a visit is answered with. */
export const VisitReply = z.object({
  /** The click that it counts as; null where it brought a session and no code. */
  click: z.string().nullable(),
  /** The visitor's session from now on. */
  session: z.string(),
  /** True when this answer set the session's cookie; otherwise, or where that failed, the script writes it. */
  cookie: z.boolean(),
  /** With which attributes the script writes it; without a domain on an IP address or a bare host. */
  attributes: z.object({ domain: z.string().optional(), expires: z.number(), sameSite: z.literal('Lax'), secure: z.boolean() }),
  /** Lets the session into the shop's other sites; null where there are none. */
  pass: z.string().nullable(),
})
export type VisitReply = z.infer<typeof VisitReply>

/** `POST /r/pass`: renews what lets a session into the shop's other sites. */
export const PassBody = Place
/** What that is answered with. */
export const PassReply = z.object({ pass: z.string() })
export type PassReply = z.infer<typeof PassReply>

/** `POST /r/forget`: the visitor wants no more of this. */
export const ForgetBody = Place
/** What that is answered with. */
export const ForgetReply = z.object({ forgotten: z.literal(true) })
export type ForgetReply = z.infer<typeof ForgetReply>

/** `POST /r/identify`: binds a session to a customer, whose address never leaves the page. */
export const IdentifyBody = Place.extend({
  emailHash: EmailHash.optional(),
  /** The address itself, from a server: a page without Web Crypto cannot hash it. */
  email: Email.optional(),
}).refine(({ emailHash, email }) => (emailHash === undefined) !== (email === undefined), { path: ['emailHash'], message: 'or email is needed, and not both' })
export type IdentifyBody = z.infer<typeof IdentifyBody>

/** What an identify is answered with. */
export const IdentifyReply = z.object({ identified: z.boolean() })
export type IdentifyReply = z.infer<typeof IdentifyReply>

/** `POST /r/cart`: the shop's own name for the session's cart, by which its server may report the order. */
export const CartBody = Place.extend({
  /** A page may hand over a number. */
  cart: z.union([z.string(), z.number().transform(String)], 'must be a string').pipe(CartId),
})
export type CartBody = z.infer<typeof CartBody>

/** What that is answered with: whether the cart is this session's now; the first word on a cart stands. */
export const CartReply = z.object({ attached: z.boolean() })
export type CartReply = z.infer<typeof CartReply>

/** What every refused call of the script is answered with. */
export const Refusal = z.object({ code: z.string(), message: z.string() })
export type Refusal = z.infer<typeof Refusal>
