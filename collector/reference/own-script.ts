import { CartBody, CartReply, ForgetBody, ForgetReply, IdentifyBody, IdentifyReply, PassBody, PassReply, VisitBody, VisitReply } from '../../shared/wire/script.ts'
import type { Operation } from './operation.ts'

const tag = 'Script'
const SESSION = '0197f0e4-6c00-7000-8000-000000000001'
const URL = 'https://www.yourshop.com/checkout'
const POST = { method: 'POST', tag, access: 'public', refuses: [403, 429] } as const

/** The script, and the calls that it makes from merchants' pages. They are JSON whatever their content type says, and answer pages of known sites only. */
export const scriptOperations: Operation[] = [
  {
    ...POST, path: '/r/visit', id: 'visit', summary: 'An arrival on a page of the shop',
    description: 'Counts an arrival through an affiliate\'s link, a coupon in the address, or from another site of the shop; `ref`, `coupon` or `pass` is needed. Repeats of an id count once. An answer means that it is on disk.',
    body: { schema: VisitBody, example: { id: '0197f0e4-6c00-7000-8000-000000000002', session: SESSION, ref: 'affiliate-1', url: 'https://www.yourshop.com/?ref=affiliate-1' } },
    replies: {
      200: { description: 'Counted, or known already.', schema: VisitReply },
      204: { description: 'Nothing was counted: the browser only looked ahead, or the visitor asked to be forgotten.' },
    },
    refuses: [403, 404, 429],
  },
  {
    ...POST, path: '/r/identify', id: 'identify', summary: 'Whose session it is',
    description: 'Ties a session to a customer by the SHA-256 of the trimmed, lower-cased e-mail; a server may send the `email` itself. One of both is needed. What a page says never moves a customer who is known to another session\'s orders.',
    body: { schema: IdentifyBody, example: { session: SESSION, url: URL, emailHash: 'b0b9b4cb68de94a3f5a3e0ee5a9d7fc4f3a6a2c4a2f1d3c8e0c0f7a1b2c3d4e5' } },
    replies: { 200: { description: 'Whether the session is this customer\'s now.', schema: IdentifyReply } },
  },
  {
    ...POST, path: '/r/cart', id: 'cart', summary: 'Which cart it is', description: 'Gives a session\'s cart the shop\'s own name, by which its server may report the order. The first word on a cart stands.',
    body: { schema: CartBody, example: { session: SESSION, url: URL, cart: 'cart_9f3b' } },
    replies: { 200: { description: 'Whether the cart is this session\'s.', schema: CartReply } },
  },
  {
    ...POST, path: '/r/pass', id: 'pass', summary: 'Renew what lets a session into other sites of the shop', description: 'A pass goes along with links to the shop\'s other sites, and holds for half an hour.',
    body: { schema: PassBody, example: { session: SESSION, url: URL } },
    replies: { 200: { description: 'A new pass.', schema: PassReply } },
  },
  {
    ...POST, path: '/r/forget', id: 'forget', summary: 'Forget a visitor', description: 'Lets go of the session, and takes back its cookie. Orders that were decided keep their receipts.',
    body: { schema: ForgetBody, example: { session: SESSION, url: URL } },
    replies: { 200: { description: 'Forgotten.', schema: ForgetReply } },
  },
  {
    method: 'GET', path: '/r/noscript', id: 'noscript', tag, access: 'public', summary: 'The image for visitors without scripts',
    description: 'One transparent dot. Its `Referer` is the visited page, and is counted if it bears a code; whatever comes of that, the image is answered.',
    replies: { 200: { description: 'The image.', type: 'image/gif' } },
  },
  {
    method: 'GET', path: '/r.js', id: 'script', tag, access: 'public', summary: 'The script', description: 'The present build, for ten minutes; `Link` names its own address, with its integrity.',
    replies: { 200: { description: 'The script.', type: 'text/javascript', headers: { ETag: 'Its build.', Link: 'The address of this very build, and its integrity.' } }, 304: { description: 'The build that you have is the present one.' } },
  },
  {
    method: 'GET', path: '/r.:hash.js', id: 'scriptBuild', tag, access: 'public', summary: 'One build of the script, for ever', description: 'Every build that was ever served keeps its address.',
    replies: { 200: { description: 'The build.', type: 'text/javascript', headers: { ETag: 'The build.' } }, 304: { description: 'It has not changed, as it never will.' } }, refuses: [404],
  },
]
