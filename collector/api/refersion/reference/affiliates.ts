import type { Operation } from '../../../reference/operation.ts'
import { EditBody, GetBody, ListBody, NewBody, SearchBody, StandingBody } from '../affiliate-schema.ts'
import { DeleteBody, TriggerBody } from '../triggers.ts'
import { answers, answersOnce, Refusal } from './envelope.ts'
import { Affiliates, Changed, EndedTriggers, FoundAffiliate, MadeAffiliate, MadeTrigger } from './replies.ts'

const affiliates = { method: 'POST', tag: 'Affiliates', access: 'affiliates' } as const
const triggers = { ...affiliates, tag: 'Triggers' } as const
const ended = answersOnce('Ended.', EndedTriggers, [12])
const page = answers('A page of them, in the order of their numbers.', Affiliates)
export const ANA = { first_name: 'Ana', last_name: 'Reyes', email: 'ana@partner.example' }

/** Affiliates: who refers. */
export const affiliateOperations: Operation[] = [
  {
    ...affiliates, path: '/v2/affiliate/new', id: 'newAffiliate', summary: 'Add an affiliate',
    description: 'Without an `offer` in the merchant\'s oldest campaign that is open. No mail is sent, whatever `send_welcome` says.',
    body: { schema: NewBody, example: { ...ANA, password: 'Windmill#2027', status: 'ACTIVE' } },
    ...answersOnce('Added. Keep the `id`: most other calls ask for the number, which the `message` tells.', MadeAffiliate, { id: 'anareyes', link: 'https://track.yourshop.com/c/anareyes', message: 'The affiliate 7 has been created with the status of ACTIVE.' }),
  },
  {
    ...affiliates, path: '/v2/affiliate/get', id: 'getAffiliate', summary: 'Get one affiliate', description: 'By `id`, which may be a number or a code, or else by `affiliate_code`; one of both is needed.',
    body: { schema: GetBody, example: { id: 7 } }, replies: answers('The affiliate.', FoundAffiliate),
  },
  {
    ...affiliates, path: '/v2/affiliate/edit', id: 'editAffiliates', summary: 'Change affiliates', description: 'What is not named stays. Each needs one thing besides its `id`. One that is refused keeps none of the others from being changed.',
    body: { schema: EditBody, example: { affiliates: [{ id: 7, company: 'Reyes Travel' }] } }, ...answersOnce('Who was changed, and who was not.', Changed, { ids_changed: [7], ids_not_changed: [] }),
  },
  {
    ...affiliates, path: '/v2/affiliate/list', id: 'listAffiliates', summary: 'List affiliates', description: 'Without a `limit` three of them, at most 100. `{}` will do as a body.',
    body: { schema: ListBody, example: { limit: 50, page: 1 } }, replies: page,
  },
  {
    ...affiliates, path: '/v2/affiliate/search', id: 'searchAffiliates', summary: 'Find affiliates', description: 'By a number or a code exactly, or by a part of the e-mail address; names narrow it down. A hundred on a page. Nobody found is a 422.',
    body: { schema: SearchBody, example: { keyword: 'partner.example' } }, replies: page,
  },
  {
    ...affiliates, path: '/v2/affiliate/status_change', id: 'changeAffiliateStatus', summary: 'Accept, deny or disable affiliates', description: 'One who has the status already is not changed.',
    body: { schema: StandingBody, example: { ids: [7, 8], status: 'DISABLED' } }, ...answersOnce('Who was changed, and who was not.', Changed, { ids_changed: [7], ids_not_changed: [8] }),
  },
]

/** What credits an affiliate without a click. */
export const triggerOperations: Operation[] = [
  {
    ...triggers, path: '/v2/affiliate/trigger', id: 'addTrigger', summary: 'Give an affiliate a coupon, a SKU or a customer', description: 'Orders that bear it are theirs. No two affiliates have the same.',
    body: { schema: TriggerBody, example: { affiliate_code: 'anareyes', type: 'COUPON', trigger: 'ana15' } }, ...answersOnce('Given.', MadeTrigger, { trigger_id: 12, trigger: 'ANA15' }),
  },
  {
    ...triggers, path: '/v2/trigger/delete', id: 'endTriggers', summary: 'Take coupons, SKUs and customers back', description: 'All that are named, or none; each by its affiliate\'s number. Orders that were decided by them stay as they are.',
    body: { schema: DeleteBody, example: { affiliates: [{ id: 7, trigger: 'ANA15', type: 'COUPON' }] } },
    ...ended,
    replies: {
      ...ended.replies,
      429: { description: 'More than 50 were named; or too many calls, and then `Retry-After` says in how many seconds to try again.', schema: Refusal, headers: { 'Retry-After': 'Only where it was too many calls.' } },
    },
  },
]
