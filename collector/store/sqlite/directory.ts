import type { Database } from 'better-sqlite3'
import type { Affiliate, AffiliateStatus, Campaign, CampaignPolicy, Merchant, Mode, Version } from '../../../shared/domain.ts'
import type { Settings } from '../../../shared/engine/settings.ts'
import type { ApiKey, Dialect, Directory, Scope } from '../store.ts'

interface Mutable extends Settings {
  sites: string[]
  campaigns: Map<string, Campaign>
  affiliates: Map<string, Affiliate>
  codes: Map<string, { affiliateId: string; validFromMs: number }>
}
interface VersionRow { merchant_id: number; owner: string; version: number; valid_from_ms: number; value: string }
interface KeyRow { id: string; merchant_id: number; dialect: Dialect; mode: Mode; scopes: string; public_id: string | null; secret_hash: string; created_at_ms: number; revoked_at_ms: number | null }

/**
 * The settings of all merchants, in memory. They are read anew when another process has written
 * (`PRAGMA data_version`), or this one has said so with `changed`.
 */
export function directoryStore(db: Database) {
  const dataVersion = db.prepare('pragma data_version').pluck()
  const load = loader(db)
  let held: { version: unknown; directory: Directory } | undefined
  let looked = false

  /** As of now: inside a transaction, what that transaction sees. */
  function current(): Directory {
    const version = dataVersion.get()
    if (held === undefined || held.version !== version) held = { version, directory: load() }
    return held.directory
  }

  return {
    current,
    /** As of this turn of the event loop: its requests share one look, which costs more than most of what a visit needs. */
    ofThisTurn(): Directory {
      if (held !== undefined && looked) return held.directory
      if (!looked) setImmediate(() => { looked = false })
      looked = true
      return current()
    },
    changed(): void {
      held = undefined
    },
  }
}

function loader(db: Database): () => Directory {
  const merchantRows = db.prepare<[], Merchant>('select id, name, currency, timezone from merchants order by id')
  const siteRows = db.prepare<[], { host: string; merchant_id: number }>('select host, merchant_id from sites order by created_at_ms, host')
  const campaignRows = db.prepare<[], { id: string; number: number; merchant_id: number; created_at_ms: number }>('select id, number, merchant_id, created_at_ms from campaigns order by merchant_id, number')
  const campaignVersions = db.prepare<[], VersionRow>('select merchant_id, campaign_id as owner, version, valid_from_ms, value from campaign_versions order by merchant_id, campaign_id, version')
  const affiliateRows = db.prepare<[], { id: string; number: number; merchant_id: number; name: string; email: string; identity: Buffer; created_at_ms: number }>('select * from affiliates order by merchant_id, number')
  const affiliateVersions = db.prepare<[], VersionRow>('select merchant_id, affiliate_id as owner, version, valid_from_ms, value from affiliate_versions order by merchant_id, affiliate_id, version')
  const codeRows = db.prepare<[], { merchant_id: number; code: string; affiliate_id: string; valid_from_ms: number }>('select * from codes order by merchant_id, valid_from_ms, code')
  const enrolmentRows = db.prepare<[], { merchant_id: number; affiliate_id: string; campaign_id: string; enrolled_at_ms: number }>('select * from enrolments order by enrolled_at_ms')
  const keyRows = db.prepare<[], KeyRow>('select * from keys where revoked_at_ms is null')

  return () => {
    const merchants = new Map<number, Mutable>()
    for (const merchant of merchantRows.all()) merchants.set(merchant.id, { merchant, sites: [], campaigns: new Map(), affiliates: new Map(), codes: new Map() })
    for (const { host, merchant_id } of siteRows.all()) merchants.get(merchant_id)?.sites.push(host)
    for (const row of campaignRows.all()) merchants.get(row.merchant_id)?.campaigns.set(row.id, { id: row.id, number: row.number, merchantId: row.merchant_id, createdAtMs: row.created_at_ms, versions: [] })
    for (const row of campaignVersions.all()) merchants.get(row.merchant_id)?.campaigns.get(row.owner)?.versions.push(versionOf<CampaignPolicy>(row))
    for (const row of affiliateRows.all()) {
      merchants.get(row.merchant_id)?.affiliates.set(row.id, {
        id: row.id, number: row.number, merchantId: row.merchant_id, name: row.name, email: row.email, identity: row.identity.toString('hex'), createdAtMs: row.created_at_ms,
        codes: [], versions: [], enrolments: [],
      })
    }
    for (const row of affiliateVersions.all()) merchants.get(row.merchant_id)?.affiliates.get(row.owner)?.versions.push(versionOf<{ status: AffiliateStatus }>(row))
    for (const row of codeRows.all()) {
      const settings = merchants.get(row.merchant_id)
      settings?.codes.set(row.code.toLowerCase(), { affiliateId: row.affiliate_id, validFromMs: row.valid_from_ms })
      settings?.affiliates.get(row.affiliate_id)?.codes.push({ code: row.code, validFromMs: row.valid_from_ms })
    }
    for (const row of enrolmentRows.all()) merchants.get(row.merchant_id)?.affiliates.get(row.affiliate_id)?.enrolments.push({ campaignId: row.campaign_id, enrolledAtMs: row.enrolled_at_ms })
    return {
      merchants,
      sites: new Map([...merchants.values()].flatMap(({ merchant, sites }) => sites.map((host) => [host, merchant.id] as const))),
      keys: new Map(keyRows.all().map((row) => [row.secret_hash, keyOf(row)] as const)),
    }
  }
}

const versionOf = <T>(row: VersionRow): Version<T> => ({ version: row.version, validFromMs: row.valid_from_ms, value: JSON.parse(row.value) as T })

const keyOf = (row: KeyRow): ApiKey => ({
  id: row.id, merchantId: row.merchant_id, dialect: row.dialect, mode: row.mode, scopes: JSON.parse(row.scopes) as Scope[],
  publicId: row.public_id, secretHash: row.secret_hash, createdAtMs: row.created_at_ms, revokedAtMs: row.revoked_at_ms,
})
