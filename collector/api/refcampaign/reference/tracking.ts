import { z } from 'zod'
import type { Operation } from '../../../reference/operation.ts'
import { ClickBody, IdentifyBody, ReplayBody } from '../schema.ts'
import { one } from './envelope.ts'
import { Click, Identified, Ping, Replay } from './replies.ts'

const tracking = { tag: 'Tracking', method: 'POST', access: 'tracking', isKeyOptional: true } as const
const HASH = '3a9b5c7d1e2f40516273849506a7b8c9d0e1f2031425364758697a8b9cadbecf'

const IDENTIFY = {
  ...tracking, description: 'Ties a session to a customer, by the SHA-256 of the trimmed, lower-cased e-mail. `session_id` and `customer_email_hash` are needed, in one of their spellings. Without a key it is a page\'s word.',
  replies: { 200: { description: 'What became of it.', schema: one(Identified) } }, refuses: [404],
} as const

/** Arrivals and customers, as pages and servers tell of them. */
export const trackingOperations: Operation[] = [
  {
    ...tracking, path: '/api/v1/track/click', id: 'trackClick', summary: 'Tell of an arrival through a link', description: 'The address bears the affiliate\'s code, such as `?ref=affiliate-1`. The same within half an hour is the same click.',
    body: { schema: ClickBody, example: { tracking_url: 'https://yourshop.com/?ref=affiliate-1', session_id: 'test-session-001' } },
    replies: { 201: { description: 'A new click.', schema: one(Click) }, 200: { description: 'One that was known.', schema: one(Click) } }, refuses: [404],
  },
  { ...IDENTIFY, path: '/api/v1/track/identify', id: 'identify', summary: 'Tell whose session it is', body: { schema: IdentifyBody, example: { session_id: 'test-session-001', customer_email_hash: HASH } } },
  { ...IDENTIFY, path: '/api/track/identify', id: 'identifyByScript', summary: 'The same, as the published browser SDK calls it', body: { schema: IdentifyBody, example: { sessionId: 'test-session-001', emailHash: HASH } } },
  ...['installed', 'session-captured'].map((event): Operation => ({
    method: 'POST', path: `/api/sdk/${event}`, id: event === 'installed' ? 'sdkInstalled' : 'sdkSessionCaptured', tag: 'Tracking', access: 'public', summary: `What the browser SDK says of itself: ${event}`,
    description: 'Nothing of it is kept.', body: { schema: z.looseObject({}), isOptional: true }, replies: { 204: { description: 'Heard.' } }, refuses: [429],
  })),
]

/** What any key may ask, and what was and would have been. */
export const otherOperations: Operation[] = [
  { method: 'GET', path: '/api/v1/ping', id: 'ping', tag: 'Keys', access: 'any key', summary: 'Whether a key works, and whose it is', description: 'Any key may ask.', replies: { 200: { description: 'It works.', schema: one(Ping) } } },
  {
    method: 'POST', path: '/api/v1/replay', id: 'replay', tag: 'Reports', access: 'reports', summary: 'What affiliates would have earned under another policy',
    description: 'Judges the orders of a time anew under another model, window or order of coupons, and writes nothing. At most 20,000 orders; one replay at a time.',
    body: { schema: ReplayBody, example: { from: '2026-11-01', to: '2026-11-30', model: 'linear' } },
    replies: { 200: { description: 'What is booked, and what would be, by affiliate and currency.', schema: one(Replay) } },
  },
]
