import { HOUR_MS, NOON_MS, uuidAt } from '../helpers/collector.ts'
import { adjust, approve, approveDue, change, clicked, credit, creditOrder, first, giveBack, identify, order, payOut, refund, reject, setCampaign, setStatus, visit } from '../helpers/operations.ts'
import type { Scenario } from '../helpers/races.ts'

const ANA = { code: 'ana' }
const [PHONE, LAPTOP] = [uuidAt(NOON_MS), uuidAt(NOON_MS)]
const CAP_MINOR = 1_500
const underCap = { 'the cap of the month is never exceeded': `select sum(minor) from commission_parts group by affiliate_id having sum(minor) > ${CAP_MINOR}` }
const [sixty, cancel, pay, ten, once] = [refund('o-1', 6_000), change('cancel', '1'), change('pay', '1'), order('o-1', 10_000, ANA), order('o-1', 5_000, ANA, { once: 'k' })]
const [bound, unknown] = [identify(LAPTOP, 'kim@customer.example'), order('o-1', 10_000, { identity: 'kim@customer.example' })]
const LINES = [{ sku: 'TEE', quantity: 3, minor: 3_333 }, { sku: 'MUG', quantity: 1, minor: 1_667 }]

/**
 * Each pair of operations that may come at once, with others beside them. Their orders count: every scenario can end in
 * more than one way, and no two operations of it are only spectators.
 */
export const SCENARIOS: Record<string, Scenario> = {
  'refund/refund': {
    prepare: first(order('o-1', 10_000, ANA)),
    operations: { sixty, 'another sixty': refund('o-1', 6_000, 'again'), 'the same sixty': sixty, forty: refund('o-1', 4_001), all: refund('o-1', 'all') },
  },
  'refund/refund of lines, approved': {
    prepare: first(order('o-1', 5_000, ANA, { lines: LINES }), approve('1')),
    operations: { 'two tees': giveBack('o-1', 'TEE', 2), 'one tee': giveBack('o-1', 'TEE', 1), 'a mug': giveBack('o-1', 'MUG', 1), 'an amount': refund('o-1', 1_111) },
  },
  'refund/approve': {
    prepare: first(setCampaign({ holdDays: 0 }), order('o-1', 10_000, ANA)),
    operations: { 'approve by hand': approve('1'), 'approve what is due': approveDue, reject: reject('1'), part: refund('o-1', 3_333), all: refund('o-1', 'all') },
  },
  'refund/payout': {
    prepare: first(order('o-1', 10_000, ANA), order('o-2', 5_000, ANA), approve('1', '2')),
    operations: { 'sixty of one': refund('o-1', 6_000), 'all of one': refund('o-1', 'all'), 'all of two': refund('o-2', 'all'), 'pay out': payOut, 'pay out again': payOut },
  },
  'payout/payout': {
    prepare: first(order('o-1', 10_000, ANA), order('o-2', 5_000, ANA), order('o-3', 2_500, ANA), approve('1', '2')),
    operations: { 'pay out': payOut, 'pay out again': payOut, 'pay out once more': payOut, 'approve a third': approve('3'), 'book a debt': credit('ana', '-4.00') },
  },
  'payout/cancel': {
    prepare: first(order('o-1', 10_000, ANA), order('o-2', 5_000, ANA), approve('1'), payOut, approve('2')),
    operations: { cancel, 'cancel again': cancel, 'pay out': payOut, 'refund what is in it': refund('o-1', 6_000), 'pay out again': payOut },
  },
  'pay/cancel': {
    prepare: first(order('o-1', 10_000, ANA), approve('1'), payOut),
    operations: { pay, cancel, undo: change('undo', '1'), 'pay again': pay, 'refund what is in it': refund('o-1', 2_500) },
  },
  'order/order under a cap': {
    prepare: first(setCampaign({ capMonth: ['15.00'] })),
    operations: { ten, eight: order('o-2', 8_000, ANA), six: order('o-3', 6_000, ANA), 'ten again': ten, 'refund ten': refund('o-1', 5_000) },
    laws: underCap,
  },
  'order/order over a tier': {
    prepare: first(setCampaign({ tier: ['100.00=20'] }), order('o-0', 4_000, ANA)),
    operations: { fifty: order('o-1', 5_000, ANA), sixty: order('o-2', 6_000, ANA), 'refund the first': refund('o-0', 'all'), 'reject the first': reject('1') },
  },
  'order/order with one key': {
    prepare: first(),
    operations: { one: once, 'the same': once, 'another body': order('o-1', 5_100, ANA, { once: 'k' }), 'without a key': order('o-1', 5_000, ANA), 'another order': order('o-2', 5_000, ANA, { once: 'k' }) },
  },
  'settle/settle by late evidence': {
    prepare: first(clicked(PHONE, 'ana'), clicked(LAPTOP, 'ben'), order('o-1', 10_000, { identity: 'kim@customer.example' }), order('o-2', 5_000, { session: uuidAt(NOON_MS), identity: 'kim@customer.example' })),
    operations: {
      'identify the phone': identify(PHONE, 'kim@customer.example'), 'identify the laptop': bound, 'identify it again': bound,
      'repeat with a code': order('o-1', 10_000, { code: 'ben' }), 'refund a part': refund('o-1', 3_333),
    },
  },
  'settle/settle by the job': {
    prepare: first(setCampaign({ holdDays: 0 }), order('o-1', 10_000, ANA)),
    operations: { run: approveDue, 'run again': approveDue, 'approve by hand': approve('1'), disable: setStatus('ana', 'disabled'), 'pay out': payOut },
  },
  'settle/settle by a visit that waited': {
    prepare: first(setCampaign({ capMonth: ['15.00'] }), order('o-1', 10_000, { session: PHONE }), order('o-2', 8_000, { session: PHONE })),
    operations: {
      visit: visit(PHONE, 'ana', { id: uuidAt(NOON_MS), waitedMs: 2 * HOUR_MS }), 'a later one': visit(PHONE, 'ben', { id: uuidAt(NOON_MS), waitedMs: 2 * HOUR_MS - 60_000 }),
      'a third order': order('o-3', 6_000, ANA), 'a repeat that differs': order('o-1', 9_000, { session: PHONE }),
    },
    laws: underCap,
  },
  'approve/reject': {
    prepare: first(order('o-1', 10_000, ANA), order('o-2', 5_000, { code: 'ben' })),
    operations: { approve: approve('1'), 'approve both': approve('1', '2'), reject: reject('1'), 'reject both': reject('2', '1') },
  },
  'adjust/refund/payout': {
    prepare: first(order('o-1', 10_000, ANA), approve('1')),
    operations: { bonus: adjust('1', 'BONUS', 300), correction: adjust('1', 'CORRECTION', 700), 'refund sixty': refund('o-1', 6_000), 'pay out': payOut },
  },
  'repeat/refund': {
    prepare: first(order('o-1', 10_000, { session: PHONE })),
    operations: { 'repeat with a code': order('o-1', 10_000, ANA), 'repeat with another': order('o-1', 10_000, { code: 'ben' }), part: refund('o-1', 6_000), rest: refund('o-1', 4_000) },
  },
  'identify/order': {
    prepare: first(clicked(PHONE, 'ana')),
    operations: {
      identify: identify(PHONE, 'kim@customer.example'), 'as another': identify(PHONE, 'sam@customer.example'), order: unknown,
      repeat: unknown, 'an order with both': order('o-2', 5_000, { session: PHONE, identity: 'kim@customer.example' }),
    },
  },
  'credit/credit of an order': {
    prepare: first(order('o-1', 10_000, ANA)),
    operations: { 'give it to Ben': creditOrder('o-1', 'ben', true), 'credit Ben, too': creditOrder('o-1', 'ben', false), part: refund('o-1', 5_000), all: refund('o-1', 'all') },
  },
  'order/change of the settings': {
    prepare: first(order('o-0', 1_000, ANA)),
    operations: { order: ten, 'a higher rate': setCampaign({ percent: '20' }), 'set a cap': setCampaign({ capMonth: ['12.00'] }), disable: setStatus('ana', 'disabled') },
  },
  'first payment/renewal': {
    prepare: first(setCampaign({ recurring: 'life' })),
    operations: { first: order('o-1', 10_000, ANA, { subscriptionId: 's' }), second: order('o-2', 10_000, { code: 'ben' }, { subscriptionId: 's' }), 'deny the first': reject('1'), 'refund it': refund('o-1', 'all') },
  },
}
