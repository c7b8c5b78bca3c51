import type { Database } from 'better-sqlite3'
import type { Entry, SetupLink } from '../store.ts'
import { sequences } from './sequences.ts'

type Kind = Entry['kind']
type Of<K extends Kind> = Extract<Entry, { kind: K }>
/** Writers by the kind of entry. */
export type Writers<K extends Kind> = { [P in K]: (entry: Of<P>) => unknown }

export type SettingKind =
  | 'merchant' | 'site' | 'user' | 'campaign' | 'campaign_version' | 'affiliate' | 'affiliate_version' | 'code' | 'enrolment'
  | 'key' | 'key_revoked' | 'setup_link' | 'setup_link_used'

/** Writes settings; `read` side: directory.ts. */
export function settingsStore(db: Database) {
  const next = sequences(db)
  const merchant = db.prepare('insert into merchants (id, name, currency, timezone, created_at_ms) values (:id, :name, :currency, :timezone, :createdAtMs)')
  const site = db.prepare('insert into sites (host, merchant_id, created_at_ms) values (:host, :merchantId, :createdAtMs)')
  const user = db.prepare('insert into users (merchant_id, email, created_at_ms) values (:merchantId, :email, :createdAtMs)')
  const campaign = db.prepare('insert into campaigns (merchant_id, id, number, created_at_ms) values (:merchantId, :id, :number, :createdAtMs)')
  const campaignVersion = db.prepare('insert into campaign_versions (merchant_id, campaign_id, version, valid_from_ms, value) values (:merchantId, :id, :version, :validFromMs, :value)')
  const affiliate = db.prepare('insert into affiliates (merchant_id, id, number, name, email, identity, created_at_ms) values (:merchantId, :id, :number, :name, :email, :identity, :createdAtMs)')
  const affiliateVersion = db.prepare('insert into affiliate_versions (merchant_id, affiliate_id, version, valid_from_ms, value) values (:merchantId, :id, :version, :validFromMs, :value)')
  const code = db.prepare('insert into codes (merchant_id, code, affiliate_id, valid_from_ms) values (:merchantId, :code, :affiliateId, :validFromMs)')
  const enrolment = db.prepare('insert into enrolments (merchant_id, affiliate_id, campaign_id, enrolled_at_ms) values (:merchantId, :affiliateId, :campaignId, :enrolledAtMs)')
  const key = db.prepare(`
    insert into keys (merchant_id, id, dialect, mode, scopes, public_id, secret_hash, created_at_ms, revoked_at_ms)
    values (:merchantId, :id, :dialect, :mode, :scopes, :publicId, :secretHash, :createdAtMs, :revokedAtMs)
  `)
  const revoke = db.prepare('update keys set revoked_at_ms = :revokedAtMs where merchant_id = :merchantId and id = :id and revoked_at_ms is null')
  const link = db.prepare('insert into setup_links (token_hash, merchant_id, expires_at_ms) values (:tokenHash, :merchantId, :expiresAtMs)')
  const useLink = db.prepare('update setup_links set used_at_ms = :usedAtMs where token_hash = :tokenHash')
  const openLink = db.prepare<[string], { token_hash: string; merchant_id: number | null; expires_at_ms: number }>('select * from setup_links where token_hash = ? and used_at_ms is null')
  const lastMerchant = db.prepare<[], number>('select coalesce(max(id), 0) from merchants').pluck()

  const writers: Writers<SettingKind> = {
    merchant: (entry) => merchant.run({ ...entry.merchant, createdAtMs: entry.createdAtMs }),
    site: (entry) => site.run(entry),
    user: (entry) => user.run(entry),
    campaign: (entry) => campaign.run({ ...entry, number: next(entry.merchantId, 'campaign') }),
    campaign_version: (entry) => campaignVersion.run({ ...entry, value: JSON.stringify(entry.value) }),
    affiliate: (entry) => affiliate.run({ ...entry, identity: Buffer.from(entry.identity, 'hex'), number: next(entry.merchantId, 'affiliate') }),
    affiliate_version: (entry) => affiliateVersion.run({ ...entry, value: JSON.stringify(entry.value) }),
    code: (entry) => code.run(entry),
    enrolment: (entry) => enrolment.run(entry),
    key: (entry) => key.run({ ...entry.key, scopes: JSON.stringify(entry.key.scopes) }),
    key_revoked: (entry) => revoke.run(entry),
    setup_link: (entry) => link.run(entry.link),
    setup_link_used: (entry) => useLink.run(entry),
  }

  return {
    writers,
    nextMerchantId: (): number => (lastMerchant.get() ?? 0) + 1,
    /** A set-up link that was not used yet. */
    link(tokenHash: string): SetupLink | undefined {
      const row = openLink.get(tokenHash)
      return row && { tokenHash: row.token_hash, merchantId: row.merchant_id, expiresAtMs: row.expires_at_ms }
    },
  }
}
