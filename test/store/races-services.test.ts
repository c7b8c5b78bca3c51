import { describe, expect, test } from 'vitest'
import { adjust, approve, approveDue, change, credit, creditOrder, first, order, payOut, refund, reject, setCampaign, setStatus, type Operation } from '../helpers/operations.ts'
import { raceAndReplay } from '../helpers/replay.ts'
import { mixed } from '../helpers/schedules.ts'
import { memoryDir, templateIn, type World } from '../helpers/world.ts'

const EACH = 64
const ANA = { code: 'ana' }

interface Crowd {
  before: Operation[]
  /** Each is asked 64 times; `n` tells them apart where they need to be. */
  asked: ((n: number) => Operation)[]
}

const same = (operation: Operation) => (): Operation => operation
const approved = [order('o-1', 10_000, ANA), approve('1')]
const inPayout = [...approved, payOut]

const CROWDS: Record<string, Crowd> = {
  'adjust/adjust': { before: approved, asked: [(n) => adjust('1', 'BONUS', n), (n) => adjust('1', 'DEDUCTION', 3 * n), (n) => adjust('1', 'CORRECTION', 990 + n)] },
  'adjust/refund': { before: approved, asked: [(n) => adjust('1', n % 2 === 0 ? 'BONUS' : 'DEDUCTION', 10 * n), (n) => refund('o-1', 200 + n)] },
  'adjust/payout': { before: approved, asked: [(n) => adjust('1', n % 2 === 0 ? 'BONUS' : 'DEDUCTION', n), same(payOut), same(change('cancel', '1'))] },
  'refund/payout': { before: approved, asked: [(n) => refund('o-1', 100 + n), same(payOut)] },
  'refund/payout/cancel': { before: inPayout, asked: [(n) => refund('o-1', 100 + n), same(payOut), same(change('cancel', '1'))] },
  'pay/cancel/undo': { before: inPayout, asked: [same(change('pay', '1')), same(change('cancel', '1')), same(change('undo', '1')), same(payOut)] },
  'credit/payout': { before: approved, asked: [(n) => credit('ana', n % 3 === 0 ? '1.50' : '-1.10'), same(payOut)] },
  'credit of an order/refund': { before: approved, asked: [(n) => creditOrder('o-1', n % 2 === 0 ? 'ben' : 'ana', n % 4 === 0), (n) => refund('o-1', 100 + n)] },
  'order/order under a cap': { before: [setCampaign({ capMonth: ['70.00'] })], asked: [(n) => order(`o-${n}`, 1_000 + n, ANA), (n) => order(`o-${n}`, 1_100 + n, ANA)] },
  'order/change of the rate': { before: [], asked: [(n) => order(`o-${n}`, 1_000, ANA), (n) => setCampaign({ percent: String(n + 1) }), (n) => setStatus('ana', n % 2 === 0 ? 'disabled' : 'active')] },
  'approve/reject/refund/job': { before: [setCampaign({ holdDays: 0 }), order('o-1', 10_000, ANA)], asked: [same(approve('1')), same(reject('1')), same(approveDue), (n) => refund('o-1', 100 + n)] },
}

describe('64 of each in one turn of the event loop', () => {
  test.each(Object.entries(CROWDS))('%s ends as the same jobs do one by one', { timeout: 30_000 }, async (_name, { before, asked }) => {
    const template = await templateIn(memoryDir(), first(...before))
    await template.copy(async ([world], file) => {
      const ask = mixed(EACH, ...asked.map((operation) => (n: number) => operation(n)(world as World)))
      const { end, serial, broken } = await raceAndReplay({ store: (world as World).store, file }, () => Promise.all(ask.map((one) => one())))
      expect(end.jobs.length).toBeGreaterThanOrEqual(asked.length * EACH)
      expect(end).toEqual(serial)
      expect(broken).toEqual([])
    })
  })
})
