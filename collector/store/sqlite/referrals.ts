import type { Database } from 'better-sqlite3'
import type { Mode } from '../../../shared/domain.ts'
import type { Page } from '../pages.ts'
import type { CouponBook, CouponNotes, Referral, ReferralPageFilter, ReferralRecord, ReferralStatus } from '../referrals.ts'
import { fromBlob, toBlob } from './blobs.ts'
import { sequences } from './sequences.ts'

interface ReferralRow { merchant_id: number; number: number; email: string; identity: Buffer; affiliate_id: string | null; status: ReferralStatus; created_at_ms: number; sold_at_ms: number | null }

/** The customer's first sale; identities are kept as orders name them. */
const SOLD = `(
  select min(c.occurred_at_ms) from identifiers i join conversions c on c.merchant_id = i.merchant_id and c.id = i.conversion_id
  where i.merchant_id = r.merchant_id and i.kind = 'identity' and i.value = r.identity and c.kind = 'sale' and c.mode = :mode
)`
const ROWS = `select r.*, ${SOLD} as sold_at_ms from referrals r`
const SHOWN = "iif(status = 'pending' and sold_at_ms is not null, 'converted', status)"

/** Customers who were referred. */
export function referralStore(db: Database) {
  const next = sequences(db)
  const insert = db.prepare('insert into referrals (merchant_id, number, email, identity, affiliate_id, status, created_at_ms) values (:merchantId, :number, :email, :identity, :affiliateId, :status, :createdAtMs)')
  const assign = db.prepare('update referrals set affiliate_id = :affiliateId where merchant_id = :merchantId and number = :number')
  const erase = db.prepare<[number, Buffer], string>('delete from referrals where merchant_id = ? and identity = ? returning email').pluck()
  // Stored answers gave the address back, too.
  const forget = db.prepare<[number, string]>('delete from answers where merchant_id = ? and instr(lowered(body), lowered(?)) > 0')
  const one = db.prepare<[{ merchantId: number; identity: Buffer; mode: Mode }], ReferralRow>(`${ROWS} where r.merchant_id = :merchantId and r.identity = :identity`)
  const numbered = db.prepare<[{ merchantId: number; number: number; mode: Mode }], ReferralRow>(`${ROWS} where r.merchant_id = :merchantId and r.number = :number`)
  const numberOf = db.prepare<[number, Buffer], number>('select number from referrals where merchant_id = ? and identity = ?').pluck()
  const listed = `from (${ROWS} where r.merchant_id = :merchantId and (:affiliateId is null or r.affiliate_id = :affiliateId)) where (:status is null or ${SHOWN} = :status)`
  const page = db.prepare<[Record<string, unknown>], ReferralRow>(`select * ${listed} order by number desc limit :limit offset :offset`)
  const count = db.prepare<[Record<string, unknown>], number>(`select count(*) ${listed}`).pluck()

  return {
    add: ({ identity, ...referral }: Omit<Referral, 'number'>) => insert.run({ ...referral, identity: toBlob(identity), number: next(referral.merchantId, 'referral') }),
    assign: (change: { merchantId: number; number: number; affiliateId: string }) => assign.run(change),
    erase(merchantId: number, identity: string): void {
      const email = erase.get(merchantId, toBlob(identity))
      if (email !== undefined) forget.run(merchantId, email)
    },
    find(merchantId: number, name: { identity: string } | { number: number }, mode: Mode): ReferralRecord | undefined {
      const row = 'identity' in name ? one.get({ merchantId, identity: toBlob(name.identity), mode }) : numbered.get({ merchantId, number: name.number, mode })
      return row && recordOf(row)
    },
    page({ limit, offset, ...filter }: ReferralPageFilter): Page<ReferralRecord> {
      const asked = { ...filter, affiliateId: filter.affiliateId ?? null, status: filter.status ?? null }
      return { rows: page.all({ ...asked, limit, offset }).map(recordOf), total: count.get(asked) ?? 0 }
    },
    /** Numbers of those that are known, by identity. */
    numbers: (merchantId: number, identities: string[]): ReadonlyMap<string, number> =>
      new Map([...new Set(identities)].flatMap((identity) => [numberOf.get(merchantId, toBlob(identity))].flatMap((number): [string, number][] => (number === undefined ? [] : [[identity, number]])))),
  }
}

const recordOf = (row: ReferralRow): ReferralRecord => ({
  merchantId: row.merchant_id, number: row.number, email: row.email, identity: fromBlob(row.identity), affiliateId: row.affiliate_id, createdAtMs: row.created_at_ms,
  status: row.status === 'pending' && row.sold_at_ms !== null ? 'converted' : row.status, convertedAtMs: row.status === 'pending' || row.status === 'converted' ? row.sold_at_ms : null,
})

/** What is kept of coupons, by merchant. */
export function couponLoader(db: Database): () => ReadonlyMap<number, CouponBook> {
  const triggers = db.prepare<[], { merchant_id: number; trigger_id: string; coupon: string }>('select * from coupon_triggers')
  const versions = db.prepare<[], { merchant_id: number; coupon: string; value: string }>('select merchant_id, coupon, value from coupon_versions order by merchant_id, coupon, version')

  return () => {
    const books = new Map<number, { of: Map<string, string>; notes: Map<string, CouponNotes> }>()
    const bookOf = (merchantId: number) => {
      const held = books.get(merchantId) ?? { of: new Map<string, string>(), notes: new Map<string, CouponNotes>() }
      books.set(merchantId, held)
      return held
    }
    for (const row of triggers.all()) bookOf(row.merchant_id).of.set(row.trigger_id, row.coupon)
    for (const row of versions.all()) bookOf(row.merchant_id).notes.set(row.coupon, JSON.parse(row.value) as CouponNotes)
    return books
  }
}
