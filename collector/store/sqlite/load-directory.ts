import type { Database } from 'better-sqlite3'
import type { Affiliate, AffiliateStanding, Campaign, Merchant, Mode, Trigger, TriggerKind, Version } from '../../../shared/domain.ts'
import type { CampaignPolicy, MerchantTerms, Rate } from '../../../shared/engine/terms.ts'
import { scopeKey, triggerKey, type Settings } from '../../../shared/engine/settings.ts'
import type { AddressUse, Claim, Directory } from '../store.ts'
import type { AffiliateProfile } from '../profile.ts'
import { couponLoader } from './referrals.ts'
import type { ApiKey, Dialect, Scope } from '../keys.ts'

interface LoadedCampaign extends Campaign {
  specialRates: Map<string, Version<Rate | null>[]>
}
interface Loaded extends Settings {
  campaigns: Map<string, LoadedCampaign>
  affiliates: Map<string, Affiliate>
  codes: Map<string, { affiliateId: string; validFromMs: number }>
  triggers: Map<string, Trigger[]>
}
interface OwnedRow { merchant_id: number; id: string; number: number; created_at_ms: number }
interface VersionRow { merchant_id: number; owner: string; version: number; valid_from_ms: number; value: string }
interface RateRow { merchant_id: number; campaign_id: string; affiliate_id: string | null; sku: string | null; version: number; valid_from_ms: number; value: string | null }
interface AddressRow { merchant_id: number; affiliate_id: string; use: AddressUse; address: string; identity: Buffer; valid_from_ms: number }
interface EnrolmentRow { merchant_id: number; affiliate_id: string; campaign_id: string; enrolled_at_ms: number; left_at_ms: number | null }
interface TriggerRow {
  merchant_id: number; id: string; number: number; kind: TriggerKind; value: string; identity: Buffer | null
  affiliate_id: string; campaign_id: string | null; valid_from_ms: number; recorded_at_ms: number; ended_at_ms: number | null
}
interface KeyRow { id: string; merchant_id: number; dialect: Dialect; mode: Mode; scopes: string; public_id: string | null; secret_hash: string; created_at_ms: number; revoked_at_ms: number | null; ends_at_ms: number | null }

/** Reads the settings of all merchants, each with all its versions. */
export function directoryLoader(db: Database): () => Directory {
  const merchantRows = db.prepare<[], Merchant>('select id, name, currency from merchants order by id')
  const claimRows = db.prepare<[], Claim>('select merchant_id as merchantId, host, created_at_ms as createdAtMs, proved_at_ms as provedAtMs from sites order by created_at_ms, host')
  const fillCampaigns = campaignLoader(db)
  const fillAffiliates = affiliateLoader(db)
  const fillTriggers = triggerLoader(db)
  const loadCoupons = couponLoader(db)
  const termRows = db.prepare<[], Omit<VersionRow, 'owner'>>('select * from merchant_versions order by merchant_id, version')
  const profileRows = db.prepare<[], { affiliate_id: string; value: string }>('select affiliate_id, value from affiliate_profiles order by merchant_id, affiliate_id, version')
  const payoutRows = db.prepare<[], { affiliate_id: string; address: string }>("select affiliate_id, address from affiliate_addresses where use = 'payout' order by merchant_id, affiliate_id, version")
  const keyRows = db.prepare<[], KeyRow>('select * from keys where revoked_at_ms is null')

  return () => {
    const merchants = new Map<number, Loaded>()
    for (const merchant of merchantRows.all()) merchants.set(merchant.id, { merchant, terms: [], sites: [], campaigns: new Map(), affiliates: new Map(), codes: new Map(), triggers: new Map() })
    for (const row of termRows.all()) merchants.get(row.merchant_id)?.terms.push(versionOf<MerchantTerms>(row))
    const claims = claimRows.all()
    const proved = claims.filter(({ provedAtMs }) => provedAtMs !== null)
    for (const { merchantId, host } of proved) merchants.get(merchantId)?.sites.push(host)
    fillCampaigns(merchants)
    const profiles = new Map(profileRows.all().map((row) => [row.affiliate_id, profileOf(row.value)] as const))
    fillAffiliates(merchants, profiles)
    fillTriggers(merchants)
    return {
      merchants, claims, profiles, coupons: loadCoupons(),
      sites: new Map(proved.map(({ merchantId, host }) => [host, merchantId] as const)),
      payoutEmails: new Map(payoutRows.all().map((row) => [row.affiliate_id, row.address] as const)),
      keys: new Map(keyRows.all().map((row) => [row.secret_hash, keyOf(row)] as const)),
    }
  }
}

type Fill = (merchants: Map<number, Loaded>) => void
type FillAffiliates = (merchants: Map<number, Loaded>, profiles: ReadonlyMap<string, AffiliateProfile>) => void

function campaignLoader(db: Database): Fill {
  const rows = db.prepare<[], OwnedRow>('select * from campaigns order by merchant_id, number')
  const versions = db.prepare<[], VersionRow>('select merchant_id, campaign_id as owner, version, valid_from_ms, value from campaign_versions order by merchant_id, campaign_id, version')
  const rates = db.prepare<[], RateRow>('select * from special_rates order by merchant_id, campaign_id, affiliate_id, sku, version')

  return (merchants) => {
    for (const row of rows.all()) merchants.get(row.merchant_id)?.campaigns.set(row.id, { id: row.id, number: row.number, merchantId: row.merchant_id, createdAtMs: row.created_at_ms, versions: [], specialRates: new Map() })
    for (const row of versions.all()) merchants.get(row.merchant_id)?.campaigns.get(row.owner)?.versions.push(versionOf<CampaignPolicy>(row))
    for (const row of rates.all()) {
      const held = merchants.get(row.merchant_id)?.campaigns.get(row.campaign_id)
      if (held !== undefined) listIn(held.specialRates, scopeKey({ affiliateId: row.affiliate_id, sku: row.sku })).push(versionOf<Rate | null>(row))
    }
  }
}

function affiliateLoader(db: Database): FillAffiliates {
  const rows = db.prepare<[], OwnedRow>('select * from affiliates order by merchant_id, number')
  const versions = db.prepare<[], VersionRow>('select merchant_id, affiliate_id as owner, version, valid_from_ms, value from affiliate_versions order by merchant_id, affiliate_id, version')
  const addresses = db.prepare<[], AddressRow>('select * from affiliate_addresses order by merchant_id, affiliate_id, use, version')
  const codes = db.prepare<[], { merchant_id: number; code: string; affiliate_id: string; valid_from_ms: number }>('select * from codes order by merchant_id, valid_from_ms, version, code')
  const enrolments = db.prepare<[], EnrolmentRow>('select * from enrolments order by enrolled_at_ms, version')

  return (merchants, profiles) => {
    for (const row of rows.all()) {
      merchants.get(row.merchant_id)?.affiliates.set(row.id, {
        id: row.id, number: row.number, merchantId: row.merchant_id, name: nameOf(profiles.get(row.id)), email: '', createdAtMs: row.created_at_ms,
        identities: [], codes: [], versions: [], enrolments: [],
      })
    }
    for (const row of versions.all()) merchants.get(row.merchant_id)?.affiliates.get(row.owner)?.versions.push(versionOf<AffiliateStanding>(row))
    for (const row of addresses.all()) {
      const affiliate = merchants.get(row.merchant_id)?.affiliates.get(row.affiliate_id)
      affiliate?.identities.push({ identity: row.identity.toString('hex'), validFromMs: row.valid_from_ms })
      if (affiliate !== undefined && row.use === 'login') affiliate.email = row.address
    }
    for (const row of codes.all()) {
      const settings = merchants.get(row.merchant_id)
      settings?.codes.set(row.code.toLowerCase(), { affiliateId: row.affiliate_id, validFromMs: row.valid_from_ms })
      settings?.affiliates.get(row.affiliate_id)?.codes.push({ code: row.code, validFromMs: row.valid_from_ms })
    }
    for (const row of enrolments.all()) merchants.get(row.merchant_id)?.affiliates.get(row.affiliate_id)?.enrolments.push({ campaignId: row.campaign_id, enrolledAtMs: row.enrolled_at_ms, leftAtMs: row.left_at_ms })
  }
}

function triggerLoader(db: Database): Fill {
  const rows = db.prepare<[], TriggerRow>('select * from triggers order by merchant_id, number')

  return (merchants) => {
    for (const row of rows.all()) {
      const identity = row.identity?.toString('hex') ?? null
      const held = merchants.get(row.merchant_id)
      if (held === undefined) continue
      listIn(held.triggers, triggerKey(row.kind, identity ?? row.value)).push({
        id: row.id, number: row.number, merchantId: row.merchant_id, kind: row.kind, value: row.value, identity, affiliateId: row.affiliate_id, campaignId: row.campaign_id,
        validFromMs: row.valid_from_ms, recordedAtMs: row.recorded_at_ms, endedAtMs: row.ended_at_ms,
      })
    }
  }
}

/** The list under a key, made when it is the first. */
function listIn<T>(lists: Map<string, T[]>, key: string): T[] {
  const held = lists.get(key) ?? []
  lists.set(key, held)
  return held
}

function versionOf<T>(row: { version: number; valid_from_ms: number; value: string | null }): Version<T> {
  return { version: row.version, validFromMs: row.valid_from_ms, value: JSON.parse(row.value ?? 'null') as T }
}

const EMPTY_PROFILE: AffiliateProfile = { firstName: '', lastName: '', company: '', address1: '', address2: '', city: '', state: '', zip: '', country: '', phone: '', payoutMethod: '', partnerSlug: '', merchantReference: '', customFields: {} }

const profileOf = (value: string): AffiliateProfile => ({ ...EMPTY_PROFILE, ...(JSON.parse(value) as Partial<AffiliateProfile>) })
const nameOf = (profile: AffiliateProfile | undefined): string => (profile === undefined ? '' : `${profile.firstName} ${profile.lastName}`.trim())

const keyOf = (row: KeyRow): ApiKey => ({
  id: row.id, merchantId: row.merchant_id, dialect: row.dialect, mode: row.mode, scopes: JSON.parse(row.scopes) as Scope[],
  publicId: row.public_id, secretHash: row.secret_hash, createdAtMs: row.created_at_ms, revokedAtMs: row.revoked_at_ms, endsAtMs: row.ends_at_ms,
})
