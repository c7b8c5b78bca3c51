import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { migrate, migrateAfter } from '../migrate.ts'
import type { Entry, Snapshot, Store } from '../store.ts'
import { addon } from './addon.ts'
import { affiliateErasure } from './affiliate-erasure.ts'
import { answerStore } from './answers.ts'
import { auditStore } from './audit.ts'
import { bookRows } from './book-rows.ts'
import { cartStore } from './carts.ts'
import { campaignTotalsStore } from './campaign-totals.ts'
import { clickStore } from './clicks.ts'
import { commissionStore } from './commissions.ts'
import { conversionStore } from './conversions.ts'
import { customerStore } from './customer.ts'
import { dailyStore } from './daily.ts'
import { directoryStore } from './directory.ts'
import { eventStore } from './events.ts'
import { factsOf } from './facts.ts'
import { groupCommit } from './group-commit.ts'
import { ledgerStore } from './ledger.ts'
import { knowLetters } from './letters.ts'
import { payoutStore } from './payouts.ts'
import { personStore } from './person.ts'
import { queriesOf } from './queries.ts'
import { referralStore } from './referrals.ts'
import { settingsStore, type Writers } from './settings.ts'
import { tellSizes } from './sizes.ts'
import { totalsStore } from './totals.ts'
import { unusedTexts } from './unused-texts.ts'

/** How long the start waits for another process's migration; later the group commit waits, without stopping the process. */
const BUSY_MS = 5_000
/** How often an emptying of the log asks again. */
const ASK_EVERY_MS = 50

/** Opens the database with the settings that make a commit mean "on disk". */
export function openDatabase(file: string, addonDir = dirname(file)): Database.Database {
  const db = new Database(file, { timeout: BUSY_MS, ...addon(addonDir) })
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = full')
  db.pragma('foreign_keys = on')
  // Else INSERT OR REPLACE would delete rows without asking the triggers.
  db.pragma('recursive_triggers = on')
  // What was deleted is overwritten: else a page keeps remains of rows that were moved or erased.
  db.pragma('secure_delete = on')
  db.pragma('wal_autocheckpoint = 4000')
  db.pragma('cache_size = -65536')
  knowLetters(db)
  return db
}

/** Brings a file to this version; what it holds already is put by first with `keep`, while nobody can write. Gives what was done. */
export async function upgradeSqlite(file: string, addonDir: string, keep: () => Promise<void>): Promise<string[]> {
  const db = openDatabase(file, addonDir)
  try {
    return await migrateAfter(db, keep)
  } finally {
    db.close()
  }
}

/** Writes the log into the database and empties it; asks again for a while where another process stands in it. */
async function emptyLog(db: Database.Database): Promise<boolean> {
  for (let askedMs = 0; askedMs < BUSY_MS; askedMs += ASK_EVERY_MS) {
    const [{ busy } = { busy: 1 }] = db.pragma('wal_checkpoint(truncate)') as { busy: number }[]
    if (busy === 0) return true
    await setTimeout(ASK_EVERY_MS)
  }
  return false
}

/** Everything in the file, by noun. */
export type Tables = ReturnType<typeof openTables>

function openTables(db: Database.Database) {
  const daily = dailyStore(db)
  const clicks = clickStore(db, daily)
  const commissions = commissionStore(db)
  const conversions = conversionStore(db, commissions)
  const carts = cartStore(db)
  return {
    clicks, daily, carts, commissions, conversions, customer: customerStore(db, { clicks, conversions, carts }), ledger: ledgerStore(db), payouts: payoutStore(db), audit: auditStore(db),
    directory: directoryStore(db), settings: settingsStore(db), answers: answerStore(db), totals: totalsStore(db), campaignTotals: campaignTotalsStore(db), referrals: referralStore(db), events: eventStore(db),
    persons: personStore(db, { clicks, conversions }), affiliateErasure: affiliateErasure(db), unusedTexts: unusedTexts(db),
  }
}

/** The book as this connection sees it; the transaction that holds it still is the caller's. */
export function snapshotOf(db: Database.Database): Snapshot {
  const seen = openTables(db)
  const queries = queriesOf(db, seen, () => true)
  return { read: async (kind, query) => queries[kind](query), directory: () => seen.directory.current(), rows: bookRows(db) }
}

/** The store in one SQLite file, inside this process (DESIGN section 8). Throws when the file cannot be opened or is newer. */
export function openSqlite(file: string, addonDir?: string): Store {
  const db = openDatabase(file, addonDir)
  migrate(db)
  tellSizes(db)
  db.pragma('busy_timeout = 0')
  const tables = openTables(db)
  const { clicks, daily, carts, commissions, conversions, customer, ledger, payouts, audit, directory, settings, answers, referrals, events, persons } = tables
  const version = db.prepare('pragma data_version').pluck()
  let writtenAt = version.get()
  const jobs = groupCommit(db, {
    onBegin: () => {
      const now = version.get()
      // Another process may have taken texts away whose numbers are remembered here.
      if (now !== writtenAt) clicks.forget()
      writtenAt = now
    },
    onUndo: () => {
      clicks.forget()
      directory.changed()
    },
    beforeCommit: daily.flush,
    onFail: daily.forget,
  })
  const facts = factsOf(tables)
  const queries = queriesOf(db, tables, () => jobs.isWorking())

  const writers: Writers<Entry['kind']> = {
    ...settings.writers,
    conversion: ({ order, ...judged }) => conversions.add(order, judged),
    conversion_change: ({ merchantId, conversionId, ...change }) => conversions.change(merchantId, conversionId, change),
    identifier: ({ order, identifier }) => conversions.addIdentifier(order, identifier),
    binding: ({ merchantId, binding }) => customer.addBinding(merchantId, binding),
    cart: ({ cart }) => carts.add(cart),
    session_forgotten: ({ merchantId, session, nameless, atMs }) => events.addForgotten(merchantId, { atMs, clicks: clicks.rename(merchantId, session, nameless) }),
    person_erased: (erased) => {
      persons.erase(erased)
      directory.changed()
    },
    affiliate_erased: (erased) => {
      tables.affiliateErasure.erase(erased)
      directory.changed()
    },
    texts_forgotten: (forgotten) => {
      tables.unusedTexts.forget(forgotten)
      clicks.forget()
    },
    journal_trimmed: ({ merchantId, ...trim }) => events.trim(merchantId, trim),
    receipt: ({ merchantId, receipt }) => conversions.addReceipt(merchantId, receipt),
    refund: ({ refund, tookMinor }) => conversions.addRefund(refund, tookMinor),
    commission: ({ commission, parts, wonBy }) => commissions.add(commission, { parts, wonBy }),
    commission_change: ({ commission, atMs }) => commissions.change(commission, atMs),
    parts_left: ({ merchantId, commissionId, leftMinors }) => commissions.changeLeft(merchantId, commissionId, leftMinors),
    adjustment: ({ adjustment }) => commissions.addAdjustment(adjustment),
    payout: ({ payout }) => payouts.add(payout),
    payout_change: ({ payout }) => payouts.change(payout),
    transaction: ({ transaction }) => ledger.add(transaction),
    audit: (entry) => audit.add(entry.audit),
    referral: ({ referral }) => referrals.add(referral),
    referral_assigned: (change) => referrals.assign(change),
    referral_erased: ({ merchantId, identity }) => referrals.erase(merchantId, identity),
    answer: ({ key, answer }) => answers.add(key, answer),
    answer_told: ({ key, status, body }) => answers.tell(key, { status, body }),
    answers_expired: ({ beforeMs }) => answers.expire(beforeMs),
  }
  function write(entry: Entry): void {
    const writer = writers[entry.kind] as (entry: Entry) => unknown
    writer(entry)
    if (entry.kind in settings.writers) directory.changed()
  }

  return {
    append: (visit) => jobs.plain(() => clicks.add(visit, { later: true })),
    decide: (kind, need, decide) => jobs.guarded(() => {
      const { entries, result } = decide(facts[kind](need))
      for (const entry of entries) write(entry)
      return result
    }),
    read: async (kind, query) => queries[kind](query),
    directory: () => directory.ofThisTurn(),
    async snapshot(look) {
      // On a connection of its own: a transaction that stays open while others commit.
      const view = openDatabase(file)
      try {
        const book = snapshotOf(view)
        view.exec('begin')
        return await look(book)
      } finally {
        view.close()
      }
    },
    async scrub() {
      await jobs.idle()
      return emptyLog(db)
    },
    async close() {
      await jobs.idle()
      db.close()
    },
  }
}
