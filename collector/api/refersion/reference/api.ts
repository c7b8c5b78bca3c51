import type { Api } from '../../../reference/operation.ts'
import * as affiliates from '../affiliate-schema.ts'
import * as conversions from '../conversion-schema.ts'
import { SkuBody } from '../offers.ts'
import { LinkBody } from '../reporting.ts'
import * as tracker from '../tracker.ts'
import * as triggers from '../triggers.ts'
import { affiliateOperations, triggerOperations } from './affiliates.ts'
import { conversionOperations, offerOperations, reportOperations } from './conversions.ts'
import { KeysInBody, Refusal, WrongValues } from './envelope.ts'
import { olderOperations } from './older.ts'
import { intakeOperations, PageOrder, PaidOrder, scriptOperations } from './orders.ts'
import * as replies from './replies.ts'

/** What is sent, by the names that generated clients give it. */
const sent = {
  NewAffiliate: affiliates.NewBody, AffiliateName: affiliates.GetBody, AffiliateEdits: affiliates.EditBody, AffiliateEdit: affiliates.EditOne, AffiliateList: affiliates.ListBody, AffiliateSearch: affiliates.SearchBody, AffiliateStatusChange: affiliates.StandingBody,
  OlderNewAffiliate: affiliates.LegacyNewBody, OlderAffiliateName: affiliates.LegacyGetBody, NewTrigger: triggers.TriggerBody, TriggersToEnd: triggers.DeleteBody, OlderTriggerToEnd: triggers.LegacyDeleteBody,
  Cancellation: conversions.CancelBody, TotalsQuery: conversions.TotalsBody, Credit: conversions.CreditBody, OrderCredit: conversions.OrderCreditBody, StatusChange: conversions.StatusBody, Payment: conversions.PayBody,
  SkuCommissions: SkuBody, ReportName: LinkBody, PaidOrder, PageOrder, PageClick: tracker.ClickBody, Checkout: tracker.CheckoutBody, KeysInBody,
}

/** Refersion's API as the reference tells of it. */
export const refersionApi: Api = {
  name: 'refersion',
  title: 'Refersion API on Refledger',
  description: 'What clients of Refersion call: its API, its intake of orders, its script\'s calls, and what came before. Everything is posted, and answered with 200 where it went well. Numbers may be sent as text, too; amounts are in major units. '
    + 'Offers are the merchant\'s campaigns, by number; conversions are what affiliates earn, and have numbers of their own.',
  tags: {
    Affiliates: 'Who refers.',
    Triggers: 'What credits an affiliate without a click.',
    Orders: 'What shops\' servers report.',
    Script: 'What Refersion\'s script tells from shops\' pages, with the public half of a key.',
    Conversions: 'What affiliates earn: decided about, credited, cancelled.',
    Offers: 'Rates of single SKUs.',
    Reports: 'Sums and files.',
    'Older calls': 'What was called before version 2.',
  },
  keys: {
    publicKey: { type: 'apiKey', in: 'header', name: 'Refersion-Public-Key', description: 'The public half of a key pair of the dialect `refersion`.' },
    secretKey: { type: 'apiKey', in: 'header', name: 'Refersion-Secret-Key', description: 'Its secret half. What it may do are its scopes.' },
  },
  refusal: Refusal,
  operations: [...affiliateOperations, ...triggerOperations, ...intakeOperations, ...scriptOperations, ...conversionOperations, ...offerOperations, ...reportOperations, ...olderOperations],
  sent,
  answered: { ...replies, Refusal, WrongValues },
}
