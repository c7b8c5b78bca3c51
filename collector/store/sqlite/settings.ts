import type { Database } from 'better-sqlite3'
import type { Entry, SetupLink } from '../store.ts'
import { sequences } from './sequences.ts'

type Kind = Entry['kind']
type Of<K extends Kind> = Extract<Entry, { kind: K }>
/** Writers by the kind of entry. */
export type Writers<K extends Kind> = { [P in K]: (entry: Of<P>) => unknown }

export type SettingKind =
  | 'merchant' | 'merchant_version' | 'site' | 'site_proved' | 'user' | 'campaign' | 'campaign_version' | 'special_rate'
  | 'affiliate' | 'affiliate_version' | 'affiliate_profile' | 'affiliate_address' | 'password' | 'code' | 'enrolment' | 'enrolment_ended' | 'trigger' | 'trigger_ended'
  | 'coupon_trigger' | 'coupon_version' | 'key' | 'key_ending' | 'key_revoked' | 'setup_link' | 'setup_link_used'

/** Writes settings; `read` side: directory.ts. */
export function settingsStore(db: Database) {
  const next = sequences(db)
  const merchant = db.prepare('insert into merchants (id, name, currency, created_at_ms) values (:id, :name, :currency, :createdAtMs)')
  const merchantVersion = db.prepare('insert into merchant_versions (merchant_id, version, valid_from_ms, value) values (:merchantId, :version, :validFromMs, :value)')
  const site = db.prepare('insert into sites (merchant_id, host, created_at_ms, proved_at_ms) values (:merchantId, :host, :createdAtMs, :provedAtMs)')
  const siteProved = db.prepare('update sites set proved_at_ms = :provedAtMs where merchant_id = :merchantId and host = :host')
  const user = db.prepare('insert into users (merchant_id, email, created_at_ms) values (:merchantId, :email, :createdAtMs)')
  const campaign = db.prepare('insert into campaigns (merchant_id, id, number, created_at_ms) values (:merchantId, :id, :number, :createdAtMs)')
  const campaignVersion = db.prepare('insert into campaign_versions (merchant_id, campaign_id, version, valid_from_ms, value) values (:merchantId, :id, :version, :validFromMs, :value)')
  const specialRate = db.prepare('insert into special_rates (merchant_id, campaign_id, affiliate_id, sku, version, valid_from_ms, value) values (:merchantId, :campaignId, :affiliateId, :sku, :version, :validFromMs, :value)')
  const affiliate = db.prepare('insert into affiliates (merchant_id, id, number, created_at_ms) values (:merchantId, :id, :number, :createdAtMs)')
  const affiliateVersion = db.prepare('insert into affiliate_versions (merchant_id, affiliate_id, version, valid_from_ms, value) values (:merchantId, :id, :version, :validFromMs, :value)')
  const profile = db.prepare(`
    insert into affiliate_profiles (merchant_id, affiliate_id, version, valid_from_ms, value)
    select :merchantId, :affiliateId, count(*) + 1, :validFromMs, :value from affiliate_profiles where merchant_id = :merchantId and affiliate_id = :affiliateId
  `)
  const password = db.prepare(`
    insert into passwords (merchant_id, affiliate_id, version, hash, set_at_ms)
    select :merchantId, :affiliateId, count(*) + 1, :hash, :setAtMs from passwords where merchant_id = :merchantId and affiliate_id = :affiliateId
  `)
  const address = db.prepare(`
    insert into affiliate_addresses (merchant_id, affiliate_id, use, version, address, identity, valid_from_ms)
    select :merchantId, :affiliateId, :use, count(*) + 1, :address, :identity, :validFromMs from affiliate_addresses where merchant_id = :merchantId and affiliate_id = :affiliateId and use = :use
  `)
  const code = db.prepare(`
    insert into codes (merchant_id, code, affiliate_id, valid_from_ms, version)
    select :merchantId, :code, :affiliateId, :validFromMs, count(*) + 1 from codes where merchant_id = :merchantId and affiliate_id = :affiliateId
  `)
  const enrolment = db.prepare(`
    insert into enrolments (merchant_id, affiliate_id, campaign_id, version, enrolled_at_ms)
    select :merchantId, :affiliateId, :campaignId, count(*) + 1, :enrolledAtMs from enrolments where merchant_id = :merchantId and affiliate_id = :affiliateId and campaign_id = :campaignId
  `)
  const enrolmentEnded = db.prepare('update enrolments set left_at_ms = :leftAtMs where merchant_id = :merchantId and affiliate_id = :affiliateId and campaign_id = :campaignId and left_at_ms is null')
  const trigger = db.prepare(`
    insert into triggers (merchant_id, id, number, kind, value, identity, affiliate_id, campaign_id, valid_from_ms, recorded_at_ms)
    values (:merchantId, :id, :number, :kind, :value, :identity, :affiliateId, :campaignId, :validFromMs, :recordedAtMs)
  `)
  const triggerEnded = db.prepare('update triggers set ended_at_ms = :endedAtMs where merchant_id = :merchantId and id = :id')
  const couponTrigger = db.prepare('insert into coupon_triggers (merchant_id, trigger_id, coupon) values (:merchantId, :triggerId, :coupon)')
  const couponVersion = db.prepare(`
    insert into coupon_versions (merchant_id, coupon, version, valid_from_ms, value)
    select :merchantId, :coupon, count(*) + 1, :validFromMs, :value from coupon_versions where merchant_id = :merchantId and coupon = :coupon
  `)
  const key = db.prepare(`
    insert into keys (merchant_id, id, dialect, mode, scopes, public_id, secret_hash, created_at_ms, revoked_at_ms, ends_at_ms)
    values (:merchantId, :id, :dialect, :mode, :scopes, :publicId, :secretHash, :createdAtMs, :revokedAtMs, :endsAtMs)
  `)
  const keyEnding = db.prepare('update keys set ends_at_ms = :endsAtMs where merchant_id = :merchantId and id = :id')
  const revoke = db.prepare('update keys set revoked_at_ms = :revokedAtMs where merchant_id = :merchantId and id = :id and revoked_at_ms is null')
  const link = db.prepare('insert into setup_links (token_hash, merchant_id, expires_at_ms) values (:tokenHash, :merchantId, :expiresAtMs)')
  const useLink = db.prepare('update setup_links set used_at_ms = :usedAtMs where token_hash = :tokenHash')
  const openLink = db.prepare<[string], { token_hash: string; merchant_id: number | null; expires_at_ms: number }>('select * from setup_links where token_hash = ? and used_at_ms is null')
  const lastMerchant = db.prepare<[], number>('select coalesce(max(id), 0) from merchants').pluck()

  const writers: Writers<SettingKind> = {
    merchant: (entry) => merchant.run({ ...entry.merchant, createdAtMs: entry.createdAtMs }),
    merchant_version: (entry) => merchantVersion.run({ ...entry, value: JSON.stringify(entry.value) }),
    site: (entry) => site.run(entry),
    site_proved: (entry) => siteProved.run(entry),
    user: (entry) => user.run(entry),
    campaign: (entry) => campaign.run({ ...entry, number: next(entry.merchantId, 'campaign') }),
    campaign_version: (entry) => campaignVersion.run({ ...entry, value: JSON.stringify(entry.value) }),
    special_rate: ({ scope, ...entry }) => specialRate.run({ ...entry, ...scope, value: entry.value === null ? null : JSON.stringify(entry.value) }),
    affiliate: (entry) => affiliate.run({ ...entry, number: next(entry.merchantId, 'affiliate') }),
    affiliate_version: (entry) => affiliateVersion.run({ ...entry, value: JSON.stringify(entry.value) }),
    affiliate_profile: (entry) => profile.run({ ...entry, value: JSON.stringify(entry.value) }),
    password: (entry) => password.run(entry),
    affiliate_address: (entry) => address.run({ ...entry, identity: Buffer.from(entry.identity, 'hex') }),
    code: (entry) => code.run(entry),
    enrolment: (entry) => enrolment.run(entry),
    enrolment_ended: (entry) => enrolmentEnded.run(entry),
    trigger: (entry) => trigger.run({ ...entry.trigger, identity: entry.trigger.identity === null ? null : Buffer.from(entry.trigger.identity, 'hex'), number: next(entry.trigger.merchantId, 'trigger') }),
    trigger_ended: (entry) => triggerEnded.run(entry),
    coupon_trigger: (entry) => couponTrigger.run(entry),
    coupon_version: (entry) => couponVersion.run({ ...entry, value: JSON.stringify(entry.value) }),
    key: (entry) => key.run({ ...entry.key, scopes: JSON.stringify(entry.key.scopes) }),
    key_ending: (entry) => keyEnding.run(entry),
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
