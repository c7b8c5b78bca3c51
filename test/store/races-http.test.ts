import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { emailHash } from '../../collector/service/identity.ts'
import { call, HOUR_MS, startCollector, visitBody, type Answer, type TestCollector } from '../helpers/collector.ts'
import { raceAndReplay } from '../helpers/replay.ts'
import { rowsOf } from '../helpers/rows.ts'
import { mixed } from '../helpers/schedules.ts'

const EACH = 64
type Collector = Awaited<ReturnType<typeof startCollector>>
type Call = (collector: Collector, n: number) => Promise<Answer>

const post = (path: string, body: (collector: Collector, n: number) => object): Call => (collector, n) => call(collector, path, { key: collector.keys.refcampaign, body: body(collector, n) })
const put = (path: string, body?: object): Call => (collector) => call(collector, path, { key: collector.keys.refcampaign, method: 'PUT', ...(body === undefined ? {} : { body }) })

const order = (amount: number, { id = (n) => `o-${amount}-${n}`, ...by }: { id?: (n: number) => string; affiliateCode?: string; sessionId?: string; customerEmailHash?: string }): Call =>
  post('/api/v1/conversions/postback', (_collector, n) => ({ externalId: id(n), conversionType: 'SALE', amount, currency: 'EUR', ...by }))
const one = (amount: number, by: { affiliateCode?: string; sessionId?: string; customerEmailHash?: string } = { affiliateCode: 'ana' }): Call => order(amount, { ...by, id: () => 'o-1' })
/** A refund of its own each time: the reason tells them apart. */
const refund = (amount: number): Call => post('/api/v1/conversions/refund', (_collector, n) => ({ externalId: 'o-1', amount, reason: `${amount} ${n}` }))
const payOut = post('/api/v1/payouts', ({ ana }) => ({ affiliateId: ana }))
const approve = put('/api/v1/commissions/bulk-approve', { commissionIds: ['1'] })
const reject = put('/api/v1/commissions/bulk-reject', { commissionIds: ['1'] })
const cancel = put('/api/v1/payouts/1/cancel')
const pay = put('/api/v1/payouts/1/mark-paid')
const SESSION = { session: '' }
const identify: Call = (collector) => call(collector, '/api/v1/track/identify', { key: collector.keys.refcampaign, body: { session_id: SESSION.session, customer_email_hash: emailHash('kim@customer.example') } })

/** How many calls of a kind were answered how. */
const counts = (answers: Answer[]): Record<string, number> => Object.fromEntries(Object.entries(Object.groupBy(answers, ({ status }) => status)).map(([status, all]) => [status, all?.length ?? 0]))
const value = (collector: TestCollector, sql: string): unknown => Object.values(rowsOf<Record<string, unknown>>(collector, sql)[0] ?? {})[0]

interface Pair {
  before: ((collector: Collector, n: number) => Promise<unknown>)[]
  calls: [Call, Call]
  /** What no order of the calls could change, or what each order would leave. */
  expected: (answers: [Answer[], Answer[]], collector: Collector) => void
}

const PAIRS: Record<string, Pair> = {
  'refund/refund': {
    before: [one(6_450)], calls: [refund(100), refund(150)],
    expected([small, large], collector) {
      const taken = 100 * (counts(small)[200] ?? 0) + 150 * (counts(large)[200] ?? 0)
      expect(value(collector, 'select sum(minor) from refunds')).toBe(taken)
      // A refund is refused only where it would not fit: then no such refund fits into what is left at the end.
      expect(6_450 - taken).toBeLessThan(100)
    },
  },
  'refund/payout': {
    before: [one(10_000), approve], calls: [refund(100), payOut],
    expected([refunds, payouts], collector) {
      expect([counts(refunds), counts(payouts)]).toEqual([{ 200: EACH }, { 201: 1, 409: EACH - 1 }])
      expect(value(collector, 'select clawed_minor from commissions')).toBe(640)
    },
  },
  'payout/payout': {
    before: [one(10_000), approve], calls: [payOut, payOut],
    expected: ([some, others]) => expect(counts([...some, ...others])).toEqual({ 201: 1, 409: 2 * EACH - 1 }),
  },
  'order/order under a cap': {
    before: [({ services, campaignId }) => services.campaigns.update(campaignId, { capMonth: ['50.00'] })], calls: [order(1_000, { affiliateCode: 'ana' }), order(700, { affiliateCode: 'ana' })],
    expected(answers, collector) {
      expect(counts(answers.flat())).toEqual({ 201: 2 * EACH })
      expect(value(collector, 'select sum(minor) from commissions')).toBe(5_000)
    },
  },
  'settle/settle': {
    before: [one(10_000, { sessionId: 'nobody-knows' })], calls: [one(10_000), one(10_000, { affiliateCode: 'ben' })],
    expected(answers, collector) {
      expect(counts(answers.flat())).toEqual({ 200: 2 * EACH })
      expect(new Set(answers.flat().map(({ text }) => text)).size).toBe(1)
      expect(value(collector, 'select sum(minor) from commissions')).toBe(1_000)
    },
  },
  'approve/reject': {
    before: [one(10_000)], calls: [approve, reject],
    expected([approvals, rejections], collector) {
      expect(counts(approvals)[200] ?? 0).toBeLessThan(2)
      expect(counts(rejections)).toEqual({ 200: 1, 409: EACH - 1 })
      expect(value(collector, 'select status from commissions')).toBe('REJECTED')
    },
  },
  'refund/approve': {
    before: [one(6_400)], calls: [refund(100), approve],
    expected([refunds], collector) {
      expect(counts(refunds)).toEqual({ 200: EACH })
      expect(value(collector, 'select status from commissions')).toBe('REJECTED')
      expect(value(collector, "select count(*) from balances where minor <> '0'")).toBe(0)
    },
  },
  'payout/cancel': {
    before: [one(10_000), approve, payOut], calls: [payOut, cancel],
    expected: ([payouts, cancellations]) => {
      expect(counts(cancellations)).toEqual({ 200: 1, 409: EACH - 1 })
      expect(counts(payouts)[201] ?? 0).toBeLessThan(2)
    },
  },
  'pay/cancel': {
    before: [one(10_000), approve, payOut], calls: [pay, cancel],
    expected: (answers) => expect(counts(answers.flat())).toEqual({ 200: 1, 409: 2 * EACH - 1 }),
  },
  'repeat/refund': {
    before: [one(12_800, { sessionId: 'nobody-knows' })], calls: [one(12_800), refund(100)],
    expected(answers, collector) {
      expect(counts(answers.flat())).toEqual({ 200: 2 * EACH })
      expect(value(collector, 'select total_minor - clawed_minor from commissions')).toBe(640)
    },
  },
  'identify/order': {
    before: [async (collector) => {
      const body = visitBody(collector)
      SESSION.session = String(body['session'])
      await call(collector, '/r/visit', { body })
      collector.clock.nowMs += HOUR_MS
    }],
    calls: [identify, order(1_000, { customerEmailHash: emailHash('kim@customer.example') })],
    expected([identifies, orders], collector) {
      expect([counts(identifies), counts(orders)]).toEqual([{ 200: EACH }, { 201: EACH }])
      expect(value(collector, 'select sum(minor) from commissions')).toBe(6_400)
    },
  },
}

describe('64 of each at once', () => {
  test.each(Object.entries(PAIRS))('%s ends as the same jobs do one by one', { timeout: 30_000 }, async (_name, { before, calls: [a, b], expected }) => {
    const collector = await startCollector()
    for (const prepare of before) await prepare(collector, 0)
    const answers: [Answer[], Answer[]] = [[], []]
    const asked = mixed(EACH, async (n) => answers[0].push(await a(collector, n)), async (n) => answers[1].push(await b(collector, EACH + n)))
    const { end, serial, broken } = await raceAndReplay({ store: collector.store, file: join(collector.dir, 'test.db') }, () => Promise.all(asked.map((ask) => ask())))
    expect(end.jobs.length).toBeGreaterThanOrEqual(2 * EACH)
    expect(end).toEqual(serial)
    expect(broken).toEqual([])
    expected(answers, collector)
  })
})
