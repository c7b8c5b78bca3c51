import type { Database } from 'better-sqlite3'
import type { AffiliateErased } from '../person.ts'
import { TYPED_NOTE } from './person.ts'

/** Where affiliates are known as persons. */
export function affiliateErasure(db: Database) {
  const addresses = db.prepare<[number, string], string>('select distinct address from affiliate_addresses where merchant_id = ? and affiliate_id = ?').pluck()
  const address = db.prepare("update affiliate_addresses set address = 'erased-' || cast(:number as integer) || '@affiliate.invalid', identity = :nameless where merchant_id = :merchantId and affiliate_id = :affiliateId and identity = :name")
  const whose = 'where merchant_id = :merchantId and affiliate_id = :affiliateId'
  const others = [
    `update affiliate_profiles set value = '{}' ${whose}`,
    `update affiliate_versions set value = json_remove(value, '$.reason') ${whose} and json_extract(value, '$.reason') is not null`,
    `delete from passwords ${whose}`,
    `update payouts set note = null ${whose} and ${TYPED_NOTE}`,
    `update adjustments set reason = null where merchant_id = :merchantId and commission_id in (select id from commissions ${whose}) and reason is not null`,
    `update commissions set note = null ${whose} and ${TYPED_NOTE}`,
  ].map((sql) => db.prepare<{ merchantId: number; affiliateId: string }>(sql))

  return {
    /** Every address that they ever had here. */
    addresses: (merchantId: number, affiliateId: string): string[] => addresses.all(merchantId, affiliateId),
    erase({ merchantId, affiliateId, number, identities }: AffiliateErased): void {
      for (const { name, nameless } of identities) address.run({ merchantId, affiliateId, number, name: Buffer.from(name, 'hex'), nameless: Buffer.from(nameless, 'hex') })
      for (const statement of others) statement.run({ merchantId, affiliateId })
    },
  }
}
