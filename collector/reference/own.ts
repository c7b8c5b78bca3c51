import { z } from 'zod'
import * as wire from '../../shared/wire/script.ts'
import { InitInput } from '../../shared/wire/settings.ts'
import type { Api, Operation } from './operation.ts'
import { scriptOperations } from './own-script.ts'

const { Refusal } = wire
const Html = { type: 'text/html' }
const open = { method: 'GET', access: 'public' } as const

/** What of the collector is no dialect's. */
const pages: Operation[] = [
  ...['/go/:code', '/c/:code', '/go/:merchant/:code'].map((path, index): Operation => ({
    ...open, path, id: ['followLink', 'followShortLink', 'followMerchantLink'][index] ?? '', tag: 'Links', summary: ['Follow an affiliate\'s link', 'The same under a shorter path', 'The same of one merchant of several'][index] ?? '',
    description: 'Counts a click, and leads to the campaign\'s landing page with the code and the click\'s id in its address, and nowhere else. HEAD requests, prefetches and bots are led and not counted. Where the affiliate is in several campaigns, `?c=` names one by its id or number.',
    params: { code: z.string().describe('The affiliate\'s code.'), merchant: z.string().describe('The merchant\'s number.') },
    replies: { 302: { description: 'To the landing page.', type: 'text/html', headers: { Location: 'The landing page.' } } }, refuses: [404],
  })),
  {
    ...open, path: '/healthz', id: 'health', tag: 'Operation', summary: 'Whether the process answers', description: 'Asks nobody else.',
    replies: { 200: { description: 'It does.', schema: z.object({ status: z.literal('ok') }) } },
  },
  {
    ...open, path: '/readyz', id: 'ready', tag: 'Operation', summary: 'Whether the database answers, too', description: 'For a balancer that should send calls elsewhere meanwhile.',
    replies: { 200: { description: 'It does.', schema: z.object({ status: z.literal('ready') }) }, 503: { description: 'It does not.', schema: z.object({ status: z.literal('unavailable') }) } },
  },
  {
    ...open, path: '/setup/:token', id: 'setupPage', tag: 'Operation', summary: 'The one-time set-up page', description: 'Whoever has the link is the owner.',
    replies: { 200: { description: 'The form, or the question whether to show the keys.', ...Html }, 404: { description: 'The link is spent, or never was.', ...Html } }, refuses: [429],
  },
  {
    ...open, method: 'POST', path: '/setup/:token', id: 'setup', tag: 'Operation', summary: 'Set up, or show the keys', description: 'Makes a merchant, its site, a first campaign and its keys, or shows new keys of one that `refledger init` made. They are shown this once.',
    body: { schema: InitInput, type: 'application/x-www-form-urlencoded', isOptional: true },
    replies: { 200: { description: 'The keys, and what to paste where.', ...Html }, 400: { description: 'The form again, with what is wrong.', ...Html }, 404: { description: 'The link is spent, or never was.', ...Html }, 409: { description: 'Another set-up ran at the same time.', ...Html } }, refuses: [429],
  },
  {
    ...open, path: '/openapi.json', id: 'document', tag: 'Reference', summary: 'This document', description: 'OpenAPI 3.1 of what belongs to no dialect.',
    replies: { 200: { description: 'The document.', schema: z.looseObject({ openapi: z.string() }) }, 304: { description: 'It has not changed.' } },
  },
  {
    ...open, path: '/docs', id: 'docs', tag: 'Reference', summary: 'The API reference', description: 'Shows the documents, and can send a request. It loads nothing from elsewhere.',
    replies: { 200: { description: 'The page.', ...Html }, 302: { description: 'To the same without a slash at its end.', ...Html } },
  },
  {
    ...open, path: '/docs/:file', id: 'docsFile', tag: 'Reference', summary: 'What its page loads', description: 'Swagger UI, as it was published, and what starts it.',
    replies: { 200: { description: 'The file.', type: ['text/javascript', 'text/css'] }, 304: { description: 'It has not changed.' } }, refuses: [404],
  },
  {
    ...open, path: '/openapi/:dialect.json', id: 'dialectDocument', tag: 'Reference', summary: 'The document of a dialect', description: 'OpenAPI 3.1 of `refcampaign`, `refgrow` or `refersion`, as this collector speaks it.',
    replies: { 200: { description: 'The document.', schema: z.looseObject({ openapi: z.string() }) }, 304: { description: 'It has not changed.' } }, refuses: [404],
  },
]

/** What is ours, as the reference tells of it. */
export const ownApi: Api = {
  name: 'refledger',
  title: 'Refledger',
  description: 'The script\'s calls, affiliates\' links and what keeps a collector running. Orders are reported through the dialects, which have documents of their own: `openapi/refcampaign.json`, `openapi/refgrow.json` and `openapi/refersion.json` beside this one.',
  tags: {
    Script: 'The script for merchants\' pages and its calls.',
    Links: 'Affiliates\' links.',
    Operation: 'Set-up and health.',
    Reference: 'What you are reading.',
  },
  keys: {},
  refusal: Refusal,
  operations: [...scriptOperations, ...pages],
  sent: { InitInput, VisitBody: wire.VisitBody, IdentifyBody: wire.IdentifyBody, CartBody: wire.CartBody, Place: wire.PassBody },
  answered: { VisitReply: wire.VisitReply, IdentifyReply: wire.IdentifyReply, CartReply: wire.CartReply, PassReply: wire.PassReply, ForgetReply: wire.ForgetReply, Refusal },
}
