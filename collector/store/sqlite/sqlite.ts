import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Settings } from '../../../shared/engine/settings.ts'
import { migrate } from '../migrate.ts'
import type { Entry, Needs, Queries, Store } from '../store.ts'
import { answerStore } from './answers.ts'
import { clickStore } from './clicks.ts'
import { conversionStore } from './conversions.ts'
import { customerStore } from './customer.ts'
import { directoryStore } from './directory.ts'
import { groupCommit } from './group-commit.ts'
import { ledgerStore } from './ledger.ts'
import { settingsStore, type Writers } from './settings.ts'

/** How long the start waits for another process's migration; later the group commit waits, without stopping the process. */
const BUSY_MS = 5_000

/** Opens the database with the settings that make a commit mean "on disk". */
export function openDatabase(file: string): Database.Database {
  const db = new Database(file, { timeout: BUSY_MS, ...shippedAddon() })
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = full')
  db.pragma('foreign_keys = on')
  // Else INSERT OR REPLACE would delete rows without asking the triggers.
  db.pragma('recursive_triggers = on')
  db.pragma('wal_autocheckpoint = 4000')
  db.pragma('cache_size = -65536')
  return db
}

/** Beside the bundled program lies its own copy of the addon; from the sources the package finds it. */
function shippedAddon(): { nativeBinding?: string } {
  const beside = typeof __dirname === 'string' ? join(__dirname, 'better_sqlite3.node') : ''
  return beside !== '' && existsSync(beside) ? { nativeBinding: beside } : {}
}

/** The store in one SQLite file, inside this process (DESIGN section 8). Throws when the file cannot be opened or is newer. */
export function openSqlite(file: string): Store {
  const db = openDatabase(file)
  migrate(db)
  db.pragma('busy_timeout = 0')
  const clicks = clickStore(db)
  const conversions = conversionStore(db)
  const ledger = ledgerStore(db)
  const customer = customerStore(db, clicks, conversions)
  const directory = directoryStore(db)
  const settings = settingsStore(db)
  const answers = answerStore(db)
  const jobs = groupCommit(db, () => {
    clicks.forget()
    directory.changed()
  })

  const writers: Writers<Entry['kind']> = {
    ...settings.writers,
    conversion: ({ order, ...judged }) => conversions.add(order, judged),
    conversion_change: ({ merchantId, conversionId, ...change }) => conversions.change(merchantId, conversionId, change),
    identifier: ({ order, identifier }) => conversions.addIdentifier(order, identifier),
    binding: ({ merchantId, binding }) => customer.addBinding(merchantId, binding),
    receipt: ({ merchantId, receipt }) => conversions.addReceipt(merchantId, receipt),
    commission: ({ commission }) => conversions.addCommission(commission),
    commission_status: ({ commission }) => conversions.changeCommission(commission),
    transaction: ({ transaction }) => ledger.add(transaction),
    answer: ({ key, answer }) => answers.add(key, answer),
    answers_expired: ({ beforeMs }) => answers.expire(beforeMs),
  }
  function write(entry: Entry): void {
    const writer = writers[entry.kind] as (entry: Entry) => unknown
    writer(entry)
    if (entry.kind in settings.writers) directory.changed()
  }

  function settingsOf(merchantId: number): Settings {
    const known = directory.current().merchants.get(merchantId)
    if (known === undefined) throw new Error(`there is no merchant ${merchantId}`)
    return known
  }

  /** What each kind of decision gets to know. */
  const facts: { [K in keyof Needs]: (need: Needs[K]['need']) => Needs[K]['facts'] } = {
    customer: (need) => ({ ...customer.history(need), settings: settingsOf(need.merchantId), answer: need.answer && answers.find(need.answer) }),
    arrival: (need) => {
      const appended = clicks.add(need.visit)
      return { ...customer.history({ ...need, clicks: [...need.clicks, appended.clickId] }), settings: settingsOf(need.merchantId), ...appended }
    },
    settings: ({ link }) => ({ directory: directory.current(), nextMerchantId: settings.nextMerchantId(), link: link === undefined ? undefined : settings.link(link) }),
    commission: ({ merchantId, id }) => {
      const commission = conversions.commission(merchantId, id)
      if (commission === undefined) return { commission, marks: [], affiliate: undefined, buyers: [], booked: { commissions: 0, unverified: 0 } }
      const identifiers = conversions.identifiers(merchantId, commission.conversionId)
      return {
        commission,
        marks: conversions.marks(merchantId, commission.conversionId),
        affiliate: settingsOf(merchantId).affiliates.get(commission.affiliateId),
        buyers: customer.identitiesOf(merchantId, commission.mode, identifiers),
        booked: conversions.countOf(merchantId, commission.affiliateId, commission.mode),
      }
    },
  }

  const queries: { [K in keyof Queries]: (query: Queries[K]['query']) => Queries[K]['result'] } = {
    conversion: ({ merchantId, name }) => conversions.named(merchantId, name),
    lastNumber: ({ merchantId }) => conversions.lastNumber(merchantId),
    // One transaction, so that a page is consistent while another process writes.
    book: db.transaction(({ merchantId, afterNumber, limit }: Queries['book']['query']) => {
      const page = conversions.after(merchantId, afterNumber, limit)
      return { conversions: page, transactions: page.flatMap(({ commissions }) => commissions.flatMap(({ id }) => ledger.ofCommission(merchantId, id))) }
    }),
    strays: ({ merchantId }) => ledger.strays(merchantId),
    due: ({ nowMs, after, limit }) => conversions.due(nowMs, after, limit),
    link: ({ tokenHash }) => settings.link(tokenHash),
    ready: () => jobs.isWorking() && db.prepare('select 1').pluck().get() === 1,
  }

  return {
    append: (visit) => jobs.plain(() => clicks.add(visit)),
    decide: (kind, need, decide) => jobs.guarded(() => {
      const { entries, result } = decide(facts[kind](need))
      for (const entry of entries) write(entry)
      return result
    }),
    read: async (kind, query) => queries[kind](query),
    directory: () => directory.ofThisTurn(),
    async close() {
      await jobs.idle()
      db.close()
    },
  }
}
