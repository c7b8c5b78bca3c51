import { z } from 'zod'
import type { Operation } from '../../../reference/operation.ts'
import { EditOne, LegacyGetBody, LegacyNewBody, ListBody, SearchBody } from '../affiliate-schema.ts'
import { CancelBody, CreditBody, OrderCreditBody, PayBody } from '../conversion-schema.ts'
import { SkuBody } from '../offers.ts'
import { LinkBody } from '../reporting.ts'
import { LegacyDeleteBody, TriggerBody } from '../triggers.ts'
import { ANA } from './affiliates.ts'
import { answers, answersOnce, KeysInBody, withKeys } from './envelope.ts'
import { AddedSkus, Affiliates, Cancelled, Credited, CreditedOrder, EndedTriggers, FoundAffiliate, MadeTrigger, OlderMadeAffiliate, ReportLink, Success } from './replies.ts'

const KEYS = 'The keys stand in the headers or in the body, and any content type will do.'

interface Older extends Pick<Operation, 'id' | 'summary' | 'description' | 'access' | 'replies' | 'once'> {
  path: string
  body: z.ZodType
  /** What to call now, where there is such a call. */
  now?: string
  example?: unknown
}

const older = ({ path, body, now, example, description, ...more }: Older): Operation => ({
  ...more, method: 'POST', path: `/api/${path}`, tag: 'Older calls', isKeyInBody: true, ...(now === undefined ? {} : { deprecated: true }),
  description: [description, ...(now === undefined ? [] : [`\`${now}\` is the call of today.`]), KEYS].join(' '), body: { schema: withKeys(body), ...(example === undefined ? {} : { example }) },
})

const affiliates: Operation[] = [
  older({
    path: 'new_affiliate', id: 'newAffiliateBefore', summary: 'Add an affiliate', now: 'newAffiliate', description: 'A shorter password will do, and whoever is added is pending.', access: 'affiliates',
    body: LegacyNewBody, example: { ...ANA, password: 'windmill27' }, ...answersOnce('Added.', OlderMadeAffiliate),
  }),
  older({ path: 'get_affiliate', id: 'getAffiliateBefore', summary: 'Get one affiliate', now: 'getAffiliate', description: 'By the code alone.', access: 'affiliates', body: LegacyGetBody, example: { affiliate_code: 'anareyes' }, replies: answers('The affiliate.', FoundAffiliate) }),
  older({
    path: 'edit_affiliate', id: 'editAffiliateBefore', summary: 'Change one affiliate', now: 'editAffiliates', description: 'What is not named stays. It needs one thing besides the `id`.', access: 'affiliates',
    body: EditOne, example: { id: 7, company: 'Reyes Travel' }, ...answersOnce('Changed.', Success),
  }),
  older({ path: 'list_affiliates', id: 'listAffiliatesBefore', summary: 'List affiliates', now: 'listAffiliates', description: 'Without a `limit` three of them, at most 100.', access: 'affiliates', body: ListBody, replies: answers('A page of them.', Affiliates) }),
  older({ path: 'search_affiliates', id: 'searchAffiliatesBefore', summary: 'Find affiliates', now: 'searchAffiliates', description: 'By a number, a code or a part of the address.', access: 'affiliates', body: SearchBody, replies: answers('A page of them.', Affiliates) }),
  ...[['new_affiliate_trigger', 'addTriggerBefore', 'Give an affiliate a coupon, a SKU or a customer'], ['affiliates/new_affiliate_trigger', 'addTriggerBeforeByApp', 'The same under another address']].map(([path = '', id = '', summary = '']) =>
    older({ path, id, summary, now: 'addTrigger', description: 'Orders that bear it are theirs.', access: 'affiliates', body: TriggerBody, ...answersOnce('Given.', MadeTrigger) })),
  older({ path: 'delete_affiliate_trigger', id: 'endTriggerBefore', summary: 'Take one of them back', now: 'endTriggers', description: 'One a call.', access: 'affiliates', body: LegacyDeleteBody, ...answersOnce('Ended.', EndedTriggers) }),
]

const others: Operation[] = [
  older({ path: 'cancel_conversion', id: 'cancelConversionBefore', summary: 'Take items of an order back', now: 'cancelConversion', description: 'The commissions are taken back in proportion.', access: 'conversions', body: CancelBody, ...answersOnce('Cancelled.', Cancelled) }),
  older({
    path: 'manual_credit_order_id', id: 'creditBefore', summary: 'Credit an affiliate with an order or a sum', now: 'creditOrder', description: 'With a sum where it names no order.', access: 'commissions',
    body: z.union([OrderCreditBody, CreditBody]), ...answersOnce('Credited.', z.union([CreditedOrder, Credited])),
  }),
  older({ path: 'offer/new_sku_commission', id: 'addSkuCommissionsBefore', summary: 'Give SKUs rates of their own', now: 'addSkuCommissions', description: 'In one campaign, for orders from then on.', access: 'campaigns', body: SkuBody, ...answersOnce('What was added, and what was there.', AddedSkus) }),
  older({
    path: 'process_manual_payment', id: 'payConversions', summary: 'Say that conversions are paid', description: 'All of them, or none. What is pending is approved first, and what is paid stays so; each affiliate gets a payout a currency.', access: 'payouts',
    body: PayBody, example: { conversion_ids: [31, 32], payment_method: 'MANUAL' }, ...answersOnce('Paid.', Success),
  }),
  older({ path: 'reporting/get_link', id: 'makeReportLinkBefore', summary: 'Get a link to a report', now: 'makeReportLink', description: 'Report 1 is of conversions, 2 of affiliates, 3 of payouts.', access: 'reports', body: LinkBody, replies: answers('The link.', ReportLink) }),
]

/** What was called before version 2; some of it is nowhere else. */
export const olderOperations: Operation[] = [
  {
    method: 'POST', path: '/api/check_account', id: 'checkAccount', tag: 'Older calls', access: 'any key', isKeyInBody: true, summary: 'Whether a pair of keys works', description: `Any will do, whatever its scopes. ${KEYS}`,
    body: { schema: KeysInBody, isOptional: true }, replies: { 200: { description: 'It works.', schema: z.array(z.never()).max(0).describe('Always empty.'), example: [] } },
  },
  ...affiliates, ...others,
]
