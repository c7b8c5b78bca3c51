import type { Affiliate, Campaign } from '../../shared/domain.ts'
import { unfit } from '../../shared/errors.ts'
import { campaignByName, inForce, type Settings } from '../../shared/engine/settings.ts'
import type { AffiliateProfile } from '../store/profile.ts'
import type { Directory } from '../store/store.ts'

/** Whom a row of another system is about, by what it says of them. */
export interface AffiliateName {
  /** The other system's own id. */
  id?: string | undefined
  code?: string | undefined
  email?: string | undefined
}

interface Names {
  emails: ReadonlyMap<string, Affiliate>
  foreign: ReadonlyMap<string, Affiliate>
}

const known = new WeakMap<Settings, Names>()

/** The field of an affiliate's own in which another system's id of them is kept. */
export const foreignKey = (from: string): string => `${from} id`

/** Found once as long as no setting changes: a file names the same people in every row. */
function namesOf(settings: Settings, profiles: ReadonlyMap<string, AffiliateProfile>): Names {
  const held = known.get(settings)
  if (held !== undefined) return held
  const affiliates = [...settings.affiliates.values()]
  const foreign = affiliates.flatMap((affiliate) => Object.entries(profiles.get(affiliate.id)?.customFields ?? {}).flatMap(([field, value]): [string, Affiliate][] => (typeof value === 'string' ? [[`${field} ${value}`, affiliate]] : [])))
  const names: Names = { emails: new Map(affiliates.map((affiliate) => [affiliate.email.toLowerCase(), affiliate])), foreign: new Map(foreign) }
  known.set(settings, names)
  return names
}

/** The affiliate of a row, by id of the other system, address or code; throws `INVALID` for one that is not here. */
export function affiliateFrom(settings: Settings, { profiles }: Pick<Directory, 'profiles'>, { id, code, email }: AffiliateName, from: string): Affiliate {
  const { emails, foreign } = namesOf(settings, profiles)
  const coded = code === undefined ? undefined : settings.codes.get(code.toLowerCase())
  const found = (id === undefined ? undefined : foreign.get(`${foreignKey(from)} ${id}`)) ?? (email === undefined ? undefined : emails.get(email.toLowerCase())) ?? (coded && settings.affiliates.get(coded.affiliateId))
  if (found === undefined) throw unfit(email !== undefined ? 'affiliate_email' : code !== undefined ? 'affiliate_code' : 'affiliate_id', 'names nobody who is known here: import the affiliates first')
  return found
}

/** A campaign by id, number or name, whatever its case; throws `INVALID` where there is none, or two. */
export function campaignFrom(settings: Settings, name: string): Campaign {
  const called = [...settings.campaigns.values()].filter(({ versions }) => inForce(versions, Number.MAX_SAFE_INTEGER).value.name.toLowerCase() === name.toLowerCase())
  const found = campaignByName(settings, name) ?? (called.length === 1 ? called[0] : undefined)
  if (found === undefined) throw unfit('campaign', `"${name}" is ${called.length > 1 ? 'the name of several campaigns' : 'no campaign here'}: make it with "refledger campaign create", or name one for all rows with --campaign`)
  return found
}
