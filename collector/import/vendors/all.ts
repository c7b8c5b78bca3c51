import type { Vendor } from '../vendor.ts'
import { firstpromoter } from './firstpromoter.ts'
import { plain } from './plain.ts'
import { refcampaign } from './refcampaign.ts'
import { refersion } from './refersion.ts'
import { refgrow } from './refgrow.ts'
import { rewardful } from './rewardful.ts'
import { tapfiliate } from './tapfiliate.ts'

/** What `--format` takes. */
export const VENDORS = { plain, refcampaign, refgrow, refersion, rewardful, tapfiliate, firstpromoter } as const satisfies Record<string, Vendor>
export type Format = keyof typeof VENDORS
export const FORMATS = Object.keys(VENDORS) as Format[]
