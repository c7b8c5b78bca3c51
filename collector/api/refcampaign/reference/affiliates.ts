import type { Operation } from '../../../reference/operation.ts'
import { AcceptBody, AffiliateBody, AffiliateChangeBody, AffiliateQuery, ApplicationQuery, AssignBody, BulkAcceptBody, BulkRejectBody, RejectBody } from '../affiliate-schema.ts'
import { one, page } from './envelope.ts'
import { Updated } from './replies.ts'
import { Affiliate, Application } from './setting-replies.ts'

const affiliates = { tag: 'Affiliates', access: 'affiliates' } as const
const applications = { tag: 'Applications', access: 'affiliates' } as const
const shown = { 200: { description: 'The affiliate as they stand now.', schema: one(Affiliate) } }
const decided = { 200: { description: 'The application as it stands now.', schema: one(Application) } }
const all = { 200: { description: 'All of them were.', schema: one(Updated) } }
const PATH = '/api/v1/affiliates'
const APPLICATIONS = '/api/v1/applications'

/** Affiliates: who refers, and in which campaigns. */
export const affiliateOperations: Operation[] = [
  { ...affiliates, method: 'GET', path: PATH, id: 'listAffiliates', summary: 'List affiliates', description: 'The first made first, with what they brought.', query: AffiliateQuery, replies: { 200: { description: 'A page of them.', schema: page(Affiliate) } } },
  {
    ...affiliates, method: 'POST', path: PATH, id: 'createAffiliate', summary: 'Add an affiliate', once: true,
    description: 'In one campaign or several; without any, in the merchant\'s oldest that is open. One who is known by the address joins. `PENDING` makes an application.',
    body: { schema: AffiliateBody, example: { email: 'ana@partner.example', firstName: 'Ana', code: 'affiliate-1' } },
    replies: { 201: { description: 'Added.', schema: one(Affiliate) } }, refuses: [404],
  },
  { ...affiliates, method: 'GET', path: `${PATH}/:id`, id: 'getAffiliate', summary: 'Get one affiliate', description: 'With what they brought.', replies: shown, refuses: [404] },
  {
    ...affiliates, method: 'PUT', path: `${PATH}/:id`, id: 'updateAffiliate', summary: 'Change an affiliate', description: 'What is not named stays.',
    body: { schema: AffiliateChangeBody, isOptional: true, example: { status: 'DISABLED', reason: 'ads on the shop\'s own name' } }, replies: shown, refuses: [404, 409],
  },
  {
    ...affiliates, method: 'PUT', path: `${PATH}/:id/campaigns`, id: 'assignCampaigns', summary: 'Say which campaigns an affiliate is in', description: 'All that they are in from now on; an empty list takes them out of every one.',
    body: { schema: AssignBody }, replies: shown, refuses: [404],
  },
  {
    ...affiliates, access: 'public', method: 'POST', path: `${PATH}/signup`, id: 'signUp', summary: 'Sign up, as it once was', deprecated: true, description: 'RefCampaign has taken it back: always 410. The merchant adds affiliates.',
    replies: {}, refuses: [410, 429],
  },
]

/** Applications: affiliates that began as pending. */
export const applicationOperations: Operation[] = [
  { ...applications, method: 'GET', path: APPLICATIONS, id: 'listApplications', summary: 'List applications', description: 'Who asked to refer, and what became of it; the first made first.', query: ApplicationQuery, replies: { 200: { description: 'A page of them.', schema: page(Application) } } },
  { ...applications, method: 'GET', path: `${APPLICATIONS}/:id`, id: 'getApplication', summary: 'Get one application', description: 'By its affiliate\'s id.', replies: { 200: { description: 'The application.', schema: one(Application) } }, refuses: [404] },
  { ...applications, method: 'PUT', path: `${APPLICATIONS}/bulk-accept`, id: 'acceptApplications', summary: 'Accept applications', description: 'All that are named, or none.', body: { schema: BulkAcceptBody }, replies: all, refuses: [404, 409] },
  { ...applications, method: 'PUT', path: `${APPLICATIONS}/bulk-reject`, id: 'rejectApplications', summary: 'Reject applications', description: 'All that are named, or none.', body: { schema: BulkRejectBody }, replies: all, refuses: [404, 409] },
  {
    ...applications, method: 'PUT', path: `${APPLICATIONS}/:id/accept`, id: 'acceptApplication', summary: 'Accept an application', description: 'Into the campaigns that they asked for, or into those that are named.',
    body: { schema: AcceptBody, isOptional: true }, replies: decided, refuses: [404, 409],
  },
  {
    ...applications, method: 'PUT', path: `${APPLICATIONS}/:id/reject`, id: 'rejectApplication', summary: 'Reject an application', description: 'The reason is told to the applicant.',
    body: { schema: RejectBody, isOptional: true, example: { reason: 'no site of your own yet' } }, replies: decided, refuses: [404, 409],
  },
]
