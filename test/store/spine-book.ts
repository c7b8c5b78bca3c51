import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { spine } from '../../collector/store/migrations/2026-11-21-spine.ts'

/** 1 November 2026 in Auckland begins on 31 October at 11:00 UTC. */
export const MIDNIGHT_MS = Date.UTC(2026, 9, 31, 11)
export const MADE_MS = Date.UTC(2026, 8, 1)
const TERMS = { name: 'Old', landingUrl: 'https://shop.example/', windowDays: 30, model: 'last_click', rate: { kind: 'percent', ppm: 100_000 }, holdDays: null, status: 'ACTIVE' }
const GOLDEN = JSON.parse(readFileSync(join(import.meta.dirname, '../engine/golden/v1-window-edge.json'), 'utf8')) as { inputs: object; outcome: object }

/** Orders as the first version booked them: whose, in what state, and when. */
export const ORDERS = [
  { id: 'a', affiliate: 'aff_ana', status: 'PENDING', reason: null, mode: 'live', atMs: MIDNIGHT_MS - 1, marks: [] },
  { id: 'b', affiliate: 'aff_ana', status: 'APPROVED', reason: null, mode: 'live', atMs: MIDNIGHT_MS, marks: [] },
  { id: 'c', affiliate: 'aff_ben', status: 'REJECTED', reason: 'unqualified', mode: 'live', atMs: MIDNIGHT_MS, marks: ['LATE_ARRIVAL'] },
  { id: 'd', affiliate: 'aff_ana', status: 'PENDING', reason: null, mode: 'test', atMs: MIDNIGHT_MS, marks: [] },
  { id: 'e', affiliate: 'aff_ben', status: 'PENDING', reason: null, mode: 'live', atMs: MIDNIGHT_MS, marks: ['UNVERIFIED_IDENTITY'] },
  { id: 'f', affiliate: null, status: '', reason: null, mode: 'live', atMs: MIDNIGHT_MS, marks: ['REPEAT_DIFFERS'] },
] as const

/** A database as the spine migration alone made and filled it, in a zone that is not UTC; orders of 100.00, commissions of 10.00. */
export function spineDatabase(file: string): Database.Database {
  const db = new Database(file)
  db.pragma('foreign_keys = on')
  db.pragma('journal_mode = wal')
  db.exec(spine)
  db.exec(`
    create table migrations (name text primary key, applied_at text not null default current_timestamp) strict; insert into migrations (name) values ('2026-11-21-spine');
    insert into merchants values (1, 'Shop', 'EUR', 'Pacific/Auckland', ${MADE_MS}); insert into sites values ('shop.example', 1, ${MADE_MS}); insert into users values (1, 'owner@shop.example', ${MADE_MS});
    insert into setup_links values ('hash', 1, ${MADE_MS}, null); insert into keys values (1, 'key_a', 'refcampaign', 'live', '[]', null, 'secret', ${MADE_MS}, null);
    insert into campaigns values (1, 'cmp_main', 1, ${MADE_MS}); insert into campaign_versions values (1, 'cmp_main', 1, ${MADE_MS}, '${JSON.stringify(TERMS)}');
    insert into affiliates values (1, 'aff_ana', 1, 'Ana', 'ana@partner.example', x'00112233445566778899aabbccddeeff', ${MADE_MS}), (1, 'aff_ben', 2, 'Ben', 'ben@partner.example', x'ff112233445566778899aabbccddeeff', ${MADE_MS});
    insert into affiliate_versions values (1, 'aff_ana', 1, ${MADE_MS}, '{"status":"ACTIVE"}'), (1, 'aff_ben', 1, ${MADE_MS}, '{"status":"ACTIVE"}');
    insert into codes values (1, 'Ana', 'aff_ana', ${MADE_MS}), (1, 'ana-old', 'aff_ana', ${MADE_MS}), (1, 'ben', 'aff_ben', ${MADE_MS});
    insert into enrolments values (1, 'aff_ana', 'cmp_main', ${MADE_MS}), (1, 'aff_ben', 'cmp_main', ${MADE_MS});
    insert into texts values (1, 1, 'www.shop.example/');
    insert into bindings values (1, x'01', x'00112233445566778899aabbccddeeff', 'browser', 'live', ${MADE_MS}, ${MADE_MS});
    insert into answers values (1, 'live /x', 'kh', 'bh', 201, '{}', ${MADE_MS});
    insert into sequences values (1, 'campaign', 1), (1, 'affiliate', 2), (1, 'conversion', 6), (1, 'commission', 5), (1, 'transaction', 7);
  `)
  clicks(db)
  db.transaction(() => ORDERS.forEach((order, index) => book(db, order, index + 1)))()
  return db
}

/** Clicks on both sides of Auckland's midnight; a test, a bot's and a joined one among them. */
function clicks(db: Database.Database): void {
  const add = db.prepare("insert into clicks values (1, ?, ?, ?, null, 'www.shop.example', 7, 1, 1, 1, ?, ?, 0, ?, ?, ?)")
  const click = (n: number, code: string, atMs: number, { mode = 0, bot = 0, joined = null }: { mode?: number; bot?: number; joined?: Buffer | null } = {}): void => {
    add.run(Buffer.alloc(16, n), Buffer.alloc(16, 100 + n), code, mode, bot, joined, atMs, atMs)
  }
  click(1, 'ana', MIDNIGHT_MS - 1)
  click(2, 'ana', MIDNIGHT_MS)
  click(3, 'ana-old', MIDNIGHT_MS + 1)
  click(4, 'ben', MIDNIGHT_MS, { mode: 1 })
  click(5, 'ben', MIDNIGHT_MS, { bot: 1 })
  click(6, 'ana', MIDNIGHT_MS, { joined: Buffer.alloc(16, 2) })
}

const EVENTS: Record<string, [string, number, number, number][]> = {
  // Event, then what it books in expense, pending and payable.
  PENDING: [['booked', 1000, -1000, 0]],
  APPROVED: [['booked', 1000, -1000, 0], ['approved', 0, 1000, -1000]],
  REJECTED: [['booked', 1000, -1000, 0], ['rejected_pending', -1000, 1000, 0]],
}

function book(db: Database.Database, { id, affiliate, status, reason, mode, atMs, marks }: (typeof ORDERS)[number], number: number): void {
  db.prepare("insert into conversions values (1, ?, ?, ?, 'sale', '', ?, 10000, 'EUR', '{\"a\":1}', ?, 1, ?, ?, ?, ?)").run(`cnv_${id}`, number, mode, `order-${id}`, affiliate === null ? 0 : 1, JSON.stringify(marks), atMs, atMs, atMs)
  db.prepare("insert into identifiers values (1, 'session', ?, ?, ?), (1, 'identity', ?, ?, ?)").run(Buffer.alloc(16, 100 + number), `cnv_${id}`, atMs, Buffer.alloc(16, 50), `cnv_${id}`, atMs)
  const outcome = affiliate === null ? { verdicts: [], attributed: false, earnings: [], marks: [] } : { ...GOLDEN.outcome, earnings: [{ affiliateId: affiliate, campaignId: 'cmp_main', amount: { minor: 1000, currency: 'EUR' }, exact: '1000000000/1000000' }], marks }
  db.prepare('insert into receipts (merchant_id, id, conversion_id, engine, decided_at_ms, inputs, outcome) values (1, ?, ?, 1, ?, ?, ?)').run(`rcp_${id}`, `cnv_${id}`, atMs, JSON.stringify(GOLDEN.inputs), JSON.stringify(outcome))
  if (affiliate === null) return
  db.prepare("insert into commissions values (1, ?, ?, ?, ?, ?, 'cmp_main', 1000, 'EUR', ?, ?, ?, null)").run(`cmm_${id}`, number, mode, `cnv_${id}`, affiliate, status, reason, atMs)
  for (const [event, expense, pending, payable] of EVENTS[status] ?? []) {
    const txn = `txn_${id}_${event}`
    const legs: [string, string | null, number][] = [['expense', null, expense], ['pending', affiliate, pending], ['payable', affiliate, payable]]
    legs.filter(([, , minor]) => minor !== 0).forEach(([account, whose, minor], line) => db.prepare('insert into ledger_entries values (1, ?, ?, ?, ?, ?)').run(txn, line, account, whose, minor))
    const [{ next }] = db.prepare('select count(*) + 1 as next from ledger_transactions').all() as [{ next: number }]
    db.prepare("insert into ledger_transactions values (1, ?, ?, ?, ?, 'EUR', ?, ?)").run(txn, mode, event, `cmm_${id}`, atMs, next)
  }
}
