import { eur, flat, percent, trigger } from '../builders.ts'
import { approve, balances, buy, cancelled, clawed, click, DAYS, earned, market, paid, paidOut, payout, refund, reject, said, standing, undone, type Step } from '../story.ts'
import { cases } from './table.ts'

const MUGS = trigger('sku', 'MUG', { affiliateId: 'aff_cleo' })
const TEE_MUG = { lines: [['TEE', 1, 4000], ['MUG', 2, 1500]] as [string, number, number][] }
const TEE_AND_MUG = { lines: [['TEE', 1, 1000], ['MUG', 1, 1000]] as [string, number, number][] }
const bought = (what: Parameters<typeof buy>[0], ...steps: Step[]): Step[] => [click('ana'), buy(what), ...steps]

/** What a refund takes: ENGINE section 4, rule 5. */
cases(clawed, [
  ['an amount is its part of the reported total, shipping included', market(), bought({ lines: [['TEE', 1, 10_000]], shipping: 1000 }, refund(5500)), [500], [550]],
  ['and of the tax on top', market(), bought({ lines: [['TEE', 1, 10_000]], tax: 1900 }, refund(5950)), [500], [595]],
  ['tax that is in the prices is in the total, too', market(), bought({ lines: [['TEE', 1, 11_900]], tax: 1900, taxed: true }, refund(5950)), [500], [595]],
  ['the total is the amount that was sent', market(), bought({ lines: [['TEE', 1, 10_000]], minor: 20_000 }, refund(10_000)), [500], [1000]],
  ['a discount is not in the total', market(), bought({ lines: [['TEE', 1, 10_000]], discount: 1000 }, refund(4500)), [450], [405]],
  ['tiny refunds are summed before they are rounded', market(), bought({}, refund(4), refund(4), refund(4)), [1], []],
  ['also in what they stand for', market({ rate: percent('100') }), bought({ lines: [['TEE', 1, 1000]], shipping: 500 }, refund(1), refund(1), refund(1)), [1, 1], [1, 1, 1]],
  ['a unit takes its part of its line', market(), bought(TEE_MUG, refund({ MUG: 1 }), refund({ MUG: 1 }), refund({ TEE: 1 })), [150, 150, 400], [233, 233, 234]],
  ['of the line after the discount', market(), bought({ ...TEE_MUG, discount: 700 }, refund({ MUG: 1 })), [135], [150]],
  ['units are rounded cumulatively', market({ rate: percent('100') }), bought({ lines: [['CAP', 3, 333]], discount: 2 }, refund({ CAP: 1 }), refund({ CAP: 1 }), refund({ CAP: 1 })), [332, 333, 332], [332, 332, 333]],
  ['two units at once are both', market(), bought(TEE_MUG, refund({ MUG: 2 })), [300], [150]],
  ['also when they are named apart', market({ rate: percent('100') }), bought({ lines: [['CAP', 3, 333]], discount: 2 }, refund([['CAP', 1], ['CAP', 1]])), [665], [664]],
  ['and each at most what is left', market(), bought({ lines: [['TEE', 2, 500]] }, refund(600), refund([['TEE', 1], ['TEE', 1]])), [60, 40], [60, 80]],
  ['a SKU\'s lines are taken in order', market(), bought({ lines: [['CAP', 1, 1000], ['CAP', 1, 3000]] }, refund({ CAP: 1 }), refund({ CAP: 1 })), [100, 300], [200, 200]],
  ['a unit takes at most what is left of its line', market(), bought({ lines: [['TEE', 1, 1000]] }, refund(600), refund({ TEE: 1 })), [60, 40], [60, 100]],
  ['an amount goes to what is left of the lines', market({}, { triggers: [MUGS] }), bought(TEE_AND_MUG, refund({ MUG: 1 }), refund(500)), [100, 50], [100, 25]],
  ['and is spread by largest remainder', market({ rate: percent('100') }, { triggers: [MUGS] }), bought(TEE_AND_MUG, refund(1)), [1], [1, 1]],
  ['a flat commission is prorated', market({ rate: flat(500) }), bought({}, refund(2500)), [125], [500]],
  ['so is one that the month capped', market({ capPerMonth: [eur(501)] }), bought({}, refund(5000), refund('full')), [251, 250], [500, 1]],
  ['a line that earned nothing gives nothing back', market({}, { triggers: [MUGS] }), bought(TEE_MUG, refund({ MUG: 1 })), [150], [150, 70]],
  ['a bounty on nothing is given back by a full refund', market({ bounties: { lead: [eur(250)] } }), bought({ kind: 'lead', minor: 0 }, refund('full')), [250], []],
  ['or by its units', market({ bounties: { lead: [eur(250)] } }), bought({ kind: 'lead', lines: [['DEMO', 2, 0]] }, refund({ DEMO: 1 }), refund({ DEMO: 1 })), [125, 125], [250]],
  ['a full refund takes what others have left', market(), bought({}, refund(3333), refund('full')), [333, 667], [333, 1000]],
])

/** Which refund it is, and when it is none: rules 5 and 6. */
cases(said, [
  ['beyond the total', market(), bought({}, refund(10_001)), 'BEYOND_TOTAL', 'refunded'],
  ['beyond the total by parts', market(), bought({}, refund(6000), refund(4001)), 'refunded, BEYOND_TOTAL', 'refunded, refunded'],
  ['to the last cent', market(), bought({}, refund(6000), refund(4000)), 'refunded, refunded', 'refunded, BEYOND_TOTAL'],
  ['beyond what units have left', market(), bought(TEE_AND_MUG, refund({ TEE: 1 }), refund(1500)), 'refunded, BEYOND_ORDER', 'refunded, refunded'],
  ['more units than were bought', market(), bought(TEE_MUG, refund({ MUG: 1 }), refund({ MUG: 2 })), 'refunded, BEYOND_ORDER', 'refunded, refunded'],
  ['more of them by two names', market(), bought(TEE_MUG, refund([['MUG', 1], ['MUG', 2]])), 'BEYOND_ORDER', 'refunded'],
  ['a SKU that was not bought', market(), bought(TEE_MUG, refund({ CAP: 1 })), 'UNKNOWN_SKU', 'BEYOND_ORDER'],
  ['twice in full', market(), bought({}, refund('full'), refund('full')), 'refunded, FULLY_REFUNDED', 'refunded, refunded'],
  ['nothing of nothing', market(), bought({ minor: 0 }, refund(0), refund(1)), 'BEYOND_TOTAL, BEYOND_TOTAL', 'refunded, BEYOND_TOTAL'],
  ['a refused one uses up no id', market(), bought({}, refund(20_000, { key: 'R1' }), refund(5000, { key: 'R1' })), 'BEYOND_TOTAL, refunded', 'BEYOND_TOTAL, known'],
  ['an id is one of its order only', market(), bought({}, buy({ id: 'KF-2' }), refund(5000, { key: 'R1' }), refund(5000, { key: 'R1', of: 'KF-2' })), 'refunded, refunded', 'refunded, known'],
  ['an id that is known answers even when nothing is left', market(), bought({}, refund('full', { key: 'R1' }), refund('full', { key: 'R1' })), 'refunded, known', 'refunded, FULLY_REFUNDED'],
])
cases(clawed, [
  ['a repeat with another amount changes nothing', market(), bought({}, refund(5000, { key: 'R1' }), refund(9000, { key: 'R1' })), [500], [500, 400]],
  ['units do not use up the amount that may be given back', market(), bought(TEE_AND_MUG, refund({ TEE: 1 }), refund(1000)), [100, 100], [100]],
])

const FREE = { bounties: { lead: [eur(250)] } }
const GIFT = { lines: [['GIFT', 1, 0]] as [string, number, number][], shipping: 500, commission: 300 }
cases(standing, [
  ['of an order of nothing one line is not all', market(FREE), bought({ kind: 'lead', lines: [['A', 1, 0], ['B', 1, 0]] }, refund({ B: 1 })), 'ana PENDING 250 of 250', 'ana refunded 0 of 250'],
  ['its last unit is', market(FREE), bought({ kind: 'lead', lines: [['A', 1, 0], ['B', 1, 0]] }, refund({ B: 1 }), refund({ A: 1 })), 'ana refunded 0 of 250', 'ana PENDING 0 of 250'],
  ['an order of shipping alone is given back with all of it', market(), bought(GIFT, refund(500)), 'ana refunded 0 of 300', 'ana PENDING 300 of 300'],
  ['and not with less', market(), bought(GIFT, refund(499)), 'ana PENDING 300 of 300', 'ana refunded 0 of 300'],
])
cases((told) => told.kept().refunds.map(({ kind, minor }) => `${kind} ${minor}`), [
  ['a full refund says how much it gave back', market(), bought({}, refund(4000), refund('full')), ['amount 4000', 'full 6000'], ['amount 4000', 'full 10000']],
])

/** What becomes of the commission: ENGINE sections 5 and 6. */
const inPayout = bought({}, approve('ana'), payout('ana'))
cases((told) => `${standing(told)} | ${balances(told)}`, [
  ['a partial refund of a pending one leaves it pending', market(), bought({}, refund(4000)), 'ana PENDING 600 of 1000 | expense 600, pending ana -600', 'ana refunded 600 of 1000 | all zero'],
  ['a full one rejects it', market(), bought({}, refund('full')), 'ana refunded 0 of 1000 | all zero', 'ana PENDING 0 of 1000 | all zero'],
  ['parts that sum to all of it, too', market(), bought({}, refund(4000), refund(6000)), 'ana refunded 0 of 1000 | all zero', 'ana PENDING 0 of 1000 | all zero'],
  ['an approved one is approved for what is left', market(), bought({}, refund(1000), approve('ana'), refund(4000)), 'ana APPROVED 500 of 1000 | expense 500, payable ana -500', 'ana APPROVED 600 of 1000 | expense 600, payable ana -600'],
  ['and rejected when nothing is', market(), bought({}, approve('ana'), refund('full')), 'ana refunded 0 of 1000 | all zero', 'ana APPROVED 0 of 1000 | all zero'],
  ['one in a payout is paid as it was made, and owes', market(), [...inPayout, refund(4000)], 'ana IN_PAYOUT 600 of 1000 | clawback ana 400, expense 600, settling ana -1000', 'ana IN_PAYOUT 600 of 1000 | expense 600, settling ana -600'],
  ['a paid one stays paid', market(), [...inPayout, paid, refund('full')], 'ana PAID 0 of 1000 | cash -1000, clawback ana 1000', 'ana refunded 0 of 1000 | all zero'],
  ['after a cancel the debt stays, and the whole is payable', market(), [...inPayout, refund(4000), cancelled], 'ana APPROVED 600 of 1000 | clawback ana 400, expense 600, payable ana -1000', 'ana APPROVED 600 of 1000 | expense 600, payable ana -600'],
  ['a full refund then takes from what is payable, and what it owes keeps it', market(), [...inPayout, refund(4000), cancelled, refund('full')], 'ana APPROVED 0 of 1000 | clawback ana 400, payable ana -400', 'ana refunded 0 of 1000 | all zero'],
  ['an undone payment is payable and owed as if it had never been', market(), [...inPayout, refund(4000), paid, undone], 'ana APPROVED 600 of 1000 | clawback ana 400, expense 600, payable ana -1000', 'ana APPROVED 1000 of 1000 | expense 1000, payable ana -1000'],
  ['a refund of a rejected one moves nothing', market(), bought({}, reject('ana'), refund('full')), 'ana denied 1000 of 1000 | all zero', 'ana refunded 0 of 1000 | all zero'],
  ['one of two orders in a payout', market(), [...bought({}), buy({ id: 'KF-2', minor: 5000 }), approve('ana'), approve('ana', { of: 'KF-2' }), paidOut('ana'), refund('full', { of: 'KF-2' })], 'ana PAID 1000 of 1000, ana PAID 0 of 500 | cash -1500, clawback ana 500, expense 1000', 'ana PAID 1000 of 1000, ana refunded 0 of 500 | cash -1000, expense 1000'],
])
cases(earned, [
  ['what was booked says what was booked', market(), bought({}, refund(4000)), 'ana 1000', 'ana 600'],
  ['a renewed order is an order', market(), [...bought({}, refund('full')), click('ana', { at: 0 }), buy({ id: 'KF-1', at: DAYS })], 'ana 1000', 'ana 2000'],
])
