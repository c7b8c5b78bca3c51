import { refcampaignApi } from '../api/refcampaign/reference/api.ts'
import { refersionApi } from '../api/refersion/reference/api.ts'
import { refgrowApi } from '../api/refgrow/reference/api.ts'
import type { Api } from './operation.ts'
import { ownApi } from './own.ts'

/** Every API that has a document: ours first, then the dialects. */
export const APIS: [own: Api, ...dialects: Api[]] = [ownApi, refcampaignApi, refgrowApi, refersionApi]
