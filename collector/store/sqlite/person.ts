import type { Database } from 'better-sqlite3'
import type { BindingSource, IdentityKind, Mode } from '../../../shared/domain.ts'
import type { KeptBinding, KeptVisit, PersonCounts, PersonErased, PersonNeed, PersonRecord, Reach } from '../person.ts'
import { fromBlob, fromNullableBlob, toBlob } from './blobs.ts'
import { ERASED } from '../store.ts'
import type { clickStore } from './clicks.ts'
import type { conversionStore } from './conversions.ts'
import { reachStore } from './reach.ts'

interface VisitRow { id: Buffer; session: Buffer | null; code: string; campaign: string | null; host: string | null; bot: number; mode: number; occurred_at_ms: number; received_at_ms: number; page: string | null; referrer: string | null; user_agent: string | null }
interface BindingRow { session: Buffer; kind: IdentityKind; source: BindingSource; mode: Mode; occurred_at_ms: number; received_at_ms: number }
interface CartRow { mode: Mode; cart: Buffer; session: Buffer; received_at_ms: number }
interface ReferralRow { number: number; email: string; affiliate_id: string | null; status: string; created_at_ms: number }
interface TextsRow { page: number; referrer: number; user_agent: number }

interface Tables {
  clicks: ReturnType<typeof clickStore>
  conversions: ReturnType<typeof conversionStore>
}

/** A note that somebody typed: by those of an import its payouts are found again, and they name systems and no people. */
export const TYPED_NOTE = "note is not null and note not like 'imported from %'"

const inHex = (names: string[]): string => JSON.stringify(names.map((name) => toBlob(name).toString('hex').toUpperCase()))
/** What is looked for in answers. */
const texts = (conversionIds: string[], words: string[]): string => JSON.stringify([...words, ...conversionIds.map((id) => id.toLowerCase())])
const identityBlob = (identity: string): Buffer => Buffer.from(identity, 'hex')

/** Everything about one person: finding it, telling it, and erasing it. */
export function personStore(db: Database, { clicks, conversions }: Tables) {
  const reach = reachStore(db)
  const visitsOf = (where: string) => db.prepare<[number, Buffer], VisitRow>(`
    select c.*, (select text from texts where id = c.page) as page, (select text from texts where id = c.referrer) as referrer, (select text from texts where id = c.user_agent) as user_agent
    from clicks c where c.merchant_id = ? and ${where}
  `)
  const ofSession = visitsOf('c.session = ? order by c.occurred_at_ms')
  const ofId = visitsOf('c.id = ?')
  const textsOf = db.prepare<[number, Buffer], TextsRow>('select distinct page, referrer, user_agent from clicks where merchant_id = ? and session = ?')
  const textsOfClick = db.prepare<[number, Buffer], TextsRow>('select page, referrer, user_agent from clicks where merchant_id = ? and id = ?')
  const bindings = db.prepare<[number, Buffer], BindingRow>('select session, kind, source, mode, occurred_at_ms, received_at_ms from bindings where merchant_id = ? and identity = ? order by received_at_ms')
  // A cart is found by its own id alone.
  const carts = db.prepare<[number, string], CartRow>('select mode, cart, session, received_at_ms from carts where merchant_id = ? and hex(session) in (select value from json_each(?))')
  const referral = db.prepare<[number, Buffer], ReferralRow>('select number, email, affiliate_id, status, created_at_ms from referrals where merchant_id = ? and identity = ?')
  const mentioned = 'exists (select 1 from json_each(:texts) t where instr(lowered(body), t.value) > 0)'
  const answers = db.prepare<[{ merchantId: number; texts: string }], { created_at_ms: number; body: string }>(`select created_at_ms, body from answers where merchant_id = :merchantId and ${mentioned}`)
  const notes = db.prepare<[{ merchantId: number; id: string }], number>(`
    select (select count(*) from refunds where merchant_id = :merchantId and conversion_id = :id and reason is not null)
      + (select count(*) from commissions where merchant_id = :merchantId and conversion_id = :id and ${TYPED_NOTE})
  `).pluck()
  const hasMetadata = db.prepare<[number, string], number>('select metadata is not null from conversions where merchant_id = ? and id = ?').pluck()

  function read({ merchantId, identities, texts: words }: PersonNeed): PersonRecord & { reach: Reach } {
    const found = reach(merchantId, identities)
    const referrals = found.identities.flatMap((identity) => referral.all(merchantId, toBlob(identity)))
    return {
      reach: found,
      bindings: found.identities.flatMap((identity) => bindings.all(merchantId, identityBlob(identity)).map(bindingOf)),
      visits: [...found.sessions.flatMap((session) => ofSession.all(merchantId, toBlob(session))), ...found.clicks.flatMap((id) => ofId.all(merchantId, toBlob(id)))].map(visitOf),
      orders: found.conversions.flatMap((id) => conversions.named(merchantId, { id }) ?? []),
      carts: carts.all(merchantId, inHex(found.sessions)).map((row) => ({ cart: fromBlob(row.cart), session: fromBlob(row.session), mode: row.mode, receivedAtMs: row.received_at_ms })),
      referrals: referrals.map(({ affiliate_id, created_at_ms, ...row }) => ({ ...row, affiliateId: affiliate_id, createdAtMs: created_at_ms })),
      answers: answers.all({ merchantId, texts: texts(found.conversions, words) }).map((row) => ({ createdAtMs: row.created_at_ms, body: row.body })),
    }
  }

  return {
    read,
    /** By what the person is known, how much there is, and the texts of their visits. */
    find(need: PersonNeed): { reach: Reach; counts: Omit<PersonCounts, 'triggers'>; texts: number[] } {
      const { merchantId } = need
      const { reach: found, ...record } = read(need)
      const rows = [...found.sessions.flatMap((session) => textsOf.all(merchantId, toBlob(session))), ...found.clicks.flatMap((id) => textsOfClick.all(merchantId, toBlob(id)))]
      return {
        reach: found,
        counts: {
          identifies: record.bindings.length, visits: record.visits.length, sessions: found.sessions.length, sharedSessions: found.shared.length, orders: found.conversions.length,
          metadata: found.conversions.filter((id) => hasMetadata.get(merchantId, id) === 1).length, notes: found.conversions.reduce((sum, id) => sum + (notes.get({ merchantId, id }) ?? 0), 0),
          carts: record.carts.length, referrals: record.referrals.length, answers: record.answers.length,
        },
        texts: [...new Set(rows.flatMap(({ page, referrer, user_agent }) => [page, referrer, user_agent]))],
      }
    },
    erase: eraser(db, { clicks, cartsOf: (merchantId, sessions) => carts.all(merchantId, inHex(sessions)), mentioned }),
  }
}

interface Finders {
  clicks: Tables['clicks']
  cartsOf: (merchantId: number, sessions: string[]) => CartRow[]
  mentioned: string
}

/** Puts names that stand for nobody in the place of a person's, and takes their texts away; amounts and times stay. */
function eraser(db: Database, { clicks, cartsOf, mentioned }: Finders): (erased: PersonErased) => void {
  const mint = db.prepare('insert into nameless (merchant_id, name) values (?, ?)')
  const ofIdentity = db.prepare('update bindings set identity = :nameless where merchant_id = :merchantId and identity = :name')
  const named = db.prepare('update identifiers set value = :nameless where merchant_id = :merchantId and kind = :kind and value = :name')
  const trigger = db.prepare('update triggers set identity = :nameless, value = hex(:nameless) where merchant_id = :merchantId and id = :id')
  const endTrigger = db.prepare('update triggers set ended_at_ms = ? where merchant_id = ? and id = ?')
  const referral = db.prepare('delete from referrals where merchant_id = ? and identity = ?')
  const ofSession = db.prepare('update bindings set session = :nameless where merchant_id = :merchantId and session = :name')
  const cart = db.prepare('update carts set session = ? where merchant_id = ? and mode = ? and cart = ?')
  const site = db.prepare("update conversions set site = '(browser) ' || :nameless where merchant_id = :merchantId and id = :id and site = '(browser) ' || :name")
  const metadata = db.prepare('update conversions set metadata = null where merchant_id = ? and id = ? and metadata is not null')
  const reasons = db.prepare('update refunds set reason = null where merchant_id = ? and conversion_id = ? and reason is not null')
  const notes = db.prepare(`update commissions set note = null where merchant_id = ? and conversion_id = ? and ${TYPED_NOTE}`)
  // Its key stays: a repeat that still comes must not be done a second time.
  const answers = db.prepare(`update answers set status = ${ERASED}, body = '' where merchant_id = :merchantId and ${mentioned}`)

  return ({ merchantId, reach, identities, sessions, texts: words, triggers }) => {
    answers.run({ merchantId, texts: texts(reach.conversions, words) })
    for (const { name, nameless } of identities) {
      mint.run(merchantId, identityBlob(nameless))
      ofIdentity.run({ merchantId, name: identityBlob(name), nameless: identityBlob(nameless) })
      for (const kind of ['identity', 'customer']) named.run({ merchantId, kind, name: toBlob(name), nameless: toBlob(nameless) })
      for (const { id, endedAtMs } of triggers.filter((one) => one.name === name)) {
        trigger.run({ merchantId, id, nameless: identityBlob(nameless) })
        if (endedAtMs !== null) endTrigger.run(endedAtMs, merchantId, id)
      }
      referral.run(merchantId, toBlob(name))
    }
    const held = cartsOf(merchantId, sessions.map(({ name }) => name))
    for (const { name, nameless } of sessions) {
      const place = { merchantId, name: toBlob(name), nameless: toBlob(nameless) }
      mint.run(merchantId, place.nameless)
      clicks.erase(merchantId, name, nameless)
      ofSession.run(place)
      named.run({ ...place, kind: 'session' })
      for (const row of held.filter((one) => one.session.equals(place.name))) cart.run(place.nameless, merchantId, row.mode, row.cart)
      for (const id of reach.conversions) site.run({ merchantId, id, name, nameless })
    }
    for (const id of reach.clicks) clicks.blank(merchantId, id)
    for (const id of reach.conversions) for (const statement of [metadata, reasons, notes]) statement.run(merchantId, id)
  }
}

const bindingOf = (row: BindingRow): KeptBinding => ({ session: fromBlob(row.session), kind: row.kind, source: row.source, mode: row.mode, occurredAtMs: row.occurred_at_ms, receivedAtMs: row.received_at_ms })

const visitOf = (row: VisitRow): KeptVisit => ({
  id: fromBlob(row.id), session: fromNullableBlob(row.session), code: row.code, campaign: row.campaign, host: row.host, bot: row.bot === 1, mode: row.mode === 1 ? 'test' : 'live',
  occurredAtMs: row.occurred_at_ms, receivedAtMs: row.received_at_ms, page: row.page ?? '', referrer: row.referrer ?? '', userAgent: row.user_agent ?? '',
})
