import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Arrival, Binding, Conversion, Identifier, Mark, Order } from '../../shared/domain.ts'
import { judge } from '../../shared/engine/receipt.ts'
import { recordOrder } from '../../shared/engine/record.ts'
import { BINDING_WAIT_MS, DAY_MS, IDENTITIES_PER_SESSION } from '../../shared/limits.ts'
import { book, type Book } from './book.ts'
import { affiliate, arrival, binding, campaign, campaignPolicy, countedIds, eur, flat, holds, HOUR_MS, MAIN, named, order, ORDER_MS, percent, shop, shopWith, shuffled, START_MS, versions } from './builders.ts'

const WINDOW_MS = 30 * DAY_MS
/** What matters of a conversion in most tests: who earns how much, and the remarks. */
const resultOf = ({ attributed, marks, commissions }: Conversion): unknown => [attributed, marks, ...commissions.map(({ affiliateId, amount }) => `${affiliateId} ${amount.minor}`)]
const NOBODY: unknown = [false, []]
const ana = (minor: number, ...marks: Mark[]): unknown => [true, marks, `aff_ana ${minor}`]
const ben = (minor: number, ...marks: Mark[]): unknown => [true, marks, `aff_ben ${minor}`]

test('an order is booked with its receipt, its commission and its transaction', () => {
  const kept = book(shopWith({ holdDays: 14 }))
  kept.visit(arrival())
  const { created, conversion } = kept.report(order(), named({ session: 's1' }))
  expect(created).toBe(true)
  expect(conversion).toEqual({
    order: order(), identifiers: named({ session: 's1' }), attributed: true, considered: 1, marks: [],
    commissions: [{ id: 'cmm_2', merchantId: 1, mode: 'live', conversionId: 'cnv_order', affiliateId: 'aff_ana', campaignId: MAIN, amount: eur(1000), totalMinor: 1000, clawedMinor: 0, openMinor: 1000, status: 'PENDING', reason: null, bookedAtMs: ORDER_MS, approvableAtMs: ORDER_MS + 14 * DAY_MS, unverified: false, transferredTo: null, source: { kind: 'order' } }],
    refunds: [],
  })
  expect(kept.kept()).toEqual(conversion)
  expect(kept.receipts).toMatchObject([{ id: 'rcp_1', conversionId: 'cnv_order', engine: 2, decidedAtMs: ORDER_MS, outcome: { verdicts: ['WON'] } }])
  expect(kept.transactions).toMatchObject([{ id: 'txn_3', event: 'booked', commissionId: 'cmm_2', currency: 'EUR', postings: [{ minor: 1000 }, { minor: -1000 }] }])
})

test.each<[string, number | null, number | null]>([
  ['without a hold a person approves', null, null], ['a hold of nothing ends at once', 0, ORDER_MS], ['a hold of a day ends a day after booking', 1, ORDER_MS + DAY_MS],
])('%s', (_name, holdDays, approvableAtMs) => {
  const kept = book(shopWith({ holdDays }))
  kept.visit(arrival())
  expect(kept.report(order(), named({ session: 's1' })).conversion.commissions).toMatchObject([{ approvableAtMs }])
})

test('an order that nobody won is kept with a receipt that says so, and books nothing', () => {
  const kept = book()
  expect(resultOf(kept.report(order(), named({ session: 's1' })).conversion)).toEqual(NOBODY)
  expect(kept.receipts).toMatchObject([{ inputs: { touches: [] }, outcome: { attributed: false } }])
  expect(kept.transactions).toEqual([])
})

test('a commission of nothing is a commission without a transaction', () => {
  const kept = book(shopWith({ rate: flat(500, 'USD') }))
  kept.visit(arrival())
  expect(resultOf(kept.report(order(), named({ session: 's1' })).conversion)).toEqual(ana(0, 'NO_RATE_FOR_CURRENCY'))
  expect(kept.transactions).toEqual([])
})

/** A step of a history, in the order in which the collector is told. */
type Step = (kept: Book) => unknown
const visit = (more?: Parameters<typeof arrival>[0]): Step => (kept) => kept.visit(arrival(more))
const identify = (more?: Parameters<typeof binding>[0]): Step => (kept) => kept.identify(binding(more))
const report = (values: Parameters<typeof named>[0], more: Parameters<typeof order>[0] = {}): Step => (kept) => kept.report(order(more), named(values, more.atMs))

const after = (ms: number): number => ORDER_MS + ms
/** Told at a time, that something happened as long before. */
const waited = (atMs: number, ageMs: number) => ({ atMs, ageMs })

test.each<[string, Step[], unknown]>([
  ['a click exactly thirty days before the order counts', [visit({ atMs: ORDER_MS - WINDOW_MS }), report({ session: 's1' })], ana(1000)],
  ['a click one millisecond older does not', [visit({ atMs: ORDER_MS - WINDOW_MS - 1 }), report({ session: 's1' })], NOBODY],
  ['a click in the order\'s millisecond counts', [visit({ atMs: ORDER_MS }), report({ session: 's1' })], ana(1000)],
  ['a visit of before the order that waited settles it', [report({ session: 's1' }), visit(waited(after(HOUR_MS), 2 * HOUR_MS))], ana(1000, 'LATE_ARRIVAL')],
  ['one of after the order does not', [report({ session: 's1' }), visit(waited(after(HOUR_MS), HOUR_MS / 2))], NOBODY],
  ['it settles up to the window\'s length after the order', [report({ session: 's1' }), visit(waited(after(WINDOW_MS), WINDOW_MS + 1))], ana(1000, 'LATE_ARRIVAL')],
  ['and not a millisecond later', [report({ session: 's1' }), visit(waited(after(WINDOW_MS + 1), WINDOW_MS + 2))], NOBODY],
  ['it settles an order that names its click', [report({ click: 'click-1' }), visit({ ...waited(after(HOUR_MS), 2 * HOUR_MS), session: null })], ana(1000, 'LATE_ARRIVAL')],
  ['and an order of its session\'s customer', [identify({ atMs: ORDER_MS - 1 }), report({ identity: 'buyer' }), visit(waited(after(HOUR_MS), 2 * HOUR_MS))], ana(1000, 'LATE_ARRIVAL')],
  ['but not of one who became it after the order', [report({ identity: 'buyer' }), identify({ atMs: after(1) }), visit(waited(after(HOUR_MS), 2 * HOUR_MS))], NOBODY],
  ['a visit of somebody else does not', [report({ session: 's1' }), visit({ ...waited(after(HOUR_MS), 2 * HOUR_MS), session: 's2' })], NOBODY],
  ['an identify a day after the order settles it', [visit(), report({ identity: 'buyer' }), identify({ atMs: after(BINDING_WAIT_MS) })], ana(1000, 'LATE_ARRIVAL')],
  ['one a millisecond later does not', [visit(), report({ identity: 'buyer' }), identify({ atMs: after(BINDING_WAIT_MS + 1) })], NOBODY],
  ['an identify a day before its session\'s visit counts', [identify({ atMs: ORDER_MS - HOUR_MS - BINDING_WAIT_MS }), visit({ atMs: ORDER_MS - HOUR_MS }), report({ identity: 'buyer' })], ana(1000)],
  ['one a millisecond earlier does not', [identify({ atMs: ORDER_MS - HOUR_MS - BINDING_WAIT_MS - 1 }), visit({ atMs: ORDER_MS - HOUR_MS }), report({ identity: 'buyer' })], NOBODY],
  ['until it is said again', [identify({ atMs: ORDER_MS - 9 * DAY_MS }), visit(), identify(), report({ identity: 'buyer' })], ana(1000)],
  ['what a browser said after the click is confirmed by a server', [visit(), identify({ source: 'browser' }), identify({ atMs: ORDER_MS - 1 }), report({ identity: 'buyer' })], ana(1000)],
  ['a browser\'s word alone is marked', [visit(), identify({ source: 'browser' }), report({ identity: 'buyer' })], ana(1000, 'UNVERIFIED_IDENTITY')],
  ['a server that names another customer takes the session away', [visit(), identify({ source: 'browser' }), identify({ identity: 'other', atMs: ORDER_MS - 1 }), report({ identity: 'buyer' })], NOBODY],
  ['a second customer in a session is a conflict, and the first one counts', [visit({ id: 'click-2', session: 's2' }), visit({ atMs: START_MS }), identify({ session: 's2' }), identify(), identify({ identity: 'other', atMs: ORDER_MS - 1 }), report({ session: 's1' })], ana(1000, 'IDENTITY_CONFLICT')],
  ['a conflict known before is not marked twice', [visit({ atMs: START_MS }), identify(), identify({ identity: 'other', atMs: ORDER_MS - 1 }), report({ session: 's1' }), visit({ id: 'click-2', ...waited(after(1), HOUR_MS) })], ana(1000, 'IDENTITY_CONFLICT', 'LATE_ARRIVAL')],
  ['the affiliate\'s own purchase goes to the next touch', [visit({ code: 'ben', id: 'click-0', atMs: ORDER_MS - 2 * DAY_MS }), visit(), report({ session: 's1', identity: 'identity-ana' })], ben(1000)],
  ['a purchase in a session of the affiliate\'s is their own too', [visit(), identify({ identity: 'identity-ana' }), report({ session: 's1', identity: 'other' })], [false, ['IDENTITY_CONFLICT']]],
  ['a test click does not win a live order', [visit({ mode: 'test' }), report({ session: 's1' })], NOBODY],
  ['a test binding does not either', [visit(), identify({ mode: 'test' }), report({ identity: 'buyer' })], NOBODY],
  ['a code on the order is evidence', [report({ code: 'BEN' })], ben(1000)],
  ['a session stands above a code', [visit(), report({ session: 's1', code: 'ben' })], ana(1000)],
  ['the later click of the session wins', [visit({ atMs: ORDER_MS - 1, id: 'click-9' }), visit({ code: 'ben', id: 'click-1' }), report({ session: 's1' })], ana(1000)],
])('%s', (_name, steps, result) => {
  const kept = book()
  for (const step of steps) step(kept)
  expect(resultOf(kept.kept())).toEqual(result)
})

test('a browser names three customers a session and no more; a server may always', () => {
  const kept = book()
  kept.visit(arrival())
  const browser = (identity: string) => kept.identify(binding({ identity, source: 'browser' })).identified
  kept.identify(binding({ identity: 'server' }))
  const names = Array.from({ length: IDENTITIES_PER_SESSION }, (_, index) => `c${index}`)
  expect([...names, 'one-more', 'c0'].map(browser)).toEqual([true, true, true, false, true])
  expect(kept.identify(binding({ identity: 'one-more' }))).toEqual({ identified: true, created: true })
  expect(kept.identify(binding({ identity: 'one-more', atMs: ORDER_MS }))).toEqual({ identified: true, created: false })
  expect(kept.bindings).toHaveLength(IDENTITIES_PER_SESSION + 2)
})

test.each<[string, Step, Arrival[]]>([
  ['a late identify of a browser is looked at by a person', identify({ source: 'browser', atMs: after(1) }), [arrival()]],
  ['so is a late visit that rests on one', visit(waited(after(1), HOUR_MS)), []],
])('%s', (_name, late, arrivals) => {
  const kept = book(shopWith({ holdDays: 0 }))
  for (const one of arrivals) kept.visit(one)
  if (arrivals.length === 0) kept.identify(binding({ source: 'browser' }))
  kept.report(order(), named({ identity: 'buyer' }))
  late(kept)
  expect(kept.kept()).toMatchObject({ marks: ['LATE_ARRIVAL', 'UNVERIFIED_IDENTITY'], commissions: [{ approvableAtMs: null }] })
})

test('an order that names a session and a customer ties them with a server\'s word, once', () => {
  const kept = book()
  kept.visit(arrival())
  kept.report(order(), named({ session: 's1', identity: 'buyer' }))
  kept.report(order({ id: 'cnv_2', externalId: 'KF-2', atMs: after(1) }), named({ session: 's1', identity: 'buyer' }, after(1)))
  expect(kept.bindings).toEqual([binding({ atMs: ORDER_MS })])
})

test('and settles the customer\'s other orders of the last day, not those before', () => {
  const kept = book()
  kept.visit(arrival())
  kept.report(order({ id: 'cnv_a', externalId: 'A', atMs: ORDER_MS - BINDING_WAIT_MS }), named({ identity: 'buyer' }, ORDER_MS - BINDING_WAIT_MS))
  kept.report(order({ id: 'cnv_b', externalId: 'B', atMs: ORDER_MS - BINDING_WAIT_MS - 1 }), named({ identity: 'buyer' }, ORDER_MS - BINDING_WAIT_MS - 1))
  kept.report(order(), named({ session: 's1', identity: 'buyer' }))
  expect(['KF-1', 'A', 'B'].map((id) => resultOf(kept.kept(id)))).toEqual([ana(1000), ana(1000, 'LATE_ARRIVAL'), NOBODY])
})

test('a visit writes nothing where there is nothing to consider', () => {
  const kept = book()
  kept.report(order(), named({ session: 's1' }))
  expect(kept.visit(arrival({ session: 's2', ...waited(after(HOUR_MS), 2 * HOUR_MS) }))).toEqual([])
})

test('an order settled late is judged by the settings of its own time', () => {
  const terms = versions([START_MS, campaignPolicy({ holdDays: 14 })], [after(1), campaignPolicy({ rate: percent('50'), status: 'ARCHIVED' })])
  const kept = book(shop({ campaigns: [campaign(MAIN, 1, terms)], affiliates: [affiliate('ana', { versions: versions([START_MS, { status: 'ACTIVE' }], [after(1), { status: 'DISABLED' }]) })] }))
  kept.report(order(), named({ session: 's1' }))
  kept.visit(arrival(waited(after(HOUR_MS), 2 * HOUR_MS)))
  expect(resultOf(kept.kept())).toEqual(ana(1000, 'LATE_ARRIVAL'))
  expect(kept.kept().commissions).toMatchObject([{ bookedAtMs: after(HOUR_MS), approvableAtMs: after(HOUR_MS + 14 * DAY_MS) }])
  expect(kept.receipts).toMatchObject([{ outcome: { attributed: false } }, { decidedAtMs: after(HOUR_MS), inputs: { policies: [{ version: 1 }] }, outcome: { attributed: true } }])
})

test.each<[string, Step[], unknown]>([
  ['a repeat that brings the session settles the order as it was first reported', [visit(), report({}, { amount: eur(4990) }), report({ session: 's1' }, { atMs: after(DAY_MS), amount: eur(5990) })], ana(499, 'REPEAT_DIFFERS', 'LATE_ARRIVAL')],
  ['a repeat that brings a code settles it', [report({}), report({ code: 'ana' }, { atMs: after(WINDOW_MS) })], ana(1000, 'LATE_ARRIVAL')],
  ['but not after the window', [report({}), report({ code: 'ana' }, { atMs: after(WINDOW_MS + 1) })], NOBODY],
  ['nor does a customer\'s hash after the window', [visit(), identify(), report({}), report({ identity: 'buyer' }, { atMs: after(WINDOW_MS + 1) })], NOBODY],
  ['nor a customer\'s session after the window', [visit(), visit({ id: 'click-2', session: 's2', atMs: START_MS }), identify(), identify({ session: 's2' }), report({}), report({ session: 's2' }, { atMs: after(WINDOW_MS + 1) })], NOBODY],
  ['a repeat of another currency differs', [visit(), report({ session: 's1' }), report({ session: 's1' }, { amount: { minor: 10_000, currency: 'JPY' } })], ana(1000, 'REPEAT_DIFFERS')],
  ['and is remarked on once', [visit(), report({ session: 's1' }), report({}, { amount: eur(1) }), report({}, { amount: eur(2) })], ana(1000, 'REPEAT_DIFFERS')],
  ['an unattributed one is remarked on too', [report({}), report({}, { amount: eur(1) })], [false, ['REPEAT_DIFFERS']]],
  ['an attributed order takes no further evidence', [visit({ code: 'ben' }), visit({ id: 'click-2', session: 's2' }), report({ session: 's1' }), report({ click: 'click-2' }, { atMs: after(1) })], ben(1000)],
  ['nor is it settled again by what comes late', [visit({ code: 'ben' }), report({ session: 's1' }), visit({ id: 'click-2', ...waited(after(HOUR_MS), HOUR_MS + 1) })], ben(1000)],
])('%s', (_name, steps, result) => {
  const kept = book()
  for (const step of steps) step(kept)
  expect(resultOf(kept.kept())).toEqual(result)
})

test('a repeat answers with the conversion as it stands, and adds only what is new', () => {
  const kept = book()
  const first = kept.report(order(), named({ session: 's1' }))
  const again = kept.report(order({ id: 'cnv_again', atMs: after(1) }), named({ session: 's1' }, after(1)))
  expect(again).toEqual({ created: false, conversion: first.conversion })
  const more = kept.report(order({ id: 'cnv_more', atMs: after(2) }), named({ session: 's1', code: 'nemo' }, after(2)))
  expect(more.conversion.identifiers).toEqual([...named({ session: 's1' }), ...named({ code: 'nemo' }, after(2))])
  expect(kept.kept()).toEqual(more.conversion)
  expect([...kept.conversions.keys()]).toEqual(['cnv_order'])
  expect(kept.receipts.map(({ outcome }) => outcome.verdicts)).toEqual([[], ['UNKNOWN_CODE']])
})

test('an order without an id is a new conversion every time', () => {
  const kept = book()
  expect(['cnv_1', 'cnv_2'].map((id) => kept.report(order({ id, externalId: null }), []).created)).toEqual([true, true])
})

test.each<[string, Partial<Order>]>([['a test order', { mode: 'test' }], ['a lead', { kind: 'lead' }]])('%s of the same id is another conversion', (_name, more) => {
  const kept = book()
  kept.report(order(), [])
  expect(kept.report(order({ id: 'cnv_2', ...more }), []).created).toBe(true)
})

test('what was recorded before is not written to', () => {
  const history = { settings: shop(), conversion: undefined, unsettled: [], carts: new Map(), arrivals: [arrival()], unread: new Map(), bindings: [binding()], firstPayments: new Map(), recorded: [], usage: [] }
  const before = structuredClone(history)
  recordOrder(history, { order: order(), identifiers: named({ session: 's1', identity: 'other' }) }, { nowMs: ORDER_MS, newId: countedIds() })
  expect(history).toEqual(before)
})

/** What may happen around one customer, told within few enough milliseconds that they often coincide. */
type Told = { at: 'visit'; arrival: Arrival } | { at: 'identify'; binding: Binding } | { at: 'report'; order: Order; identifiers: Identifier[] }

const MOMENTS = [-WINDOW_MS - 1, -WINDOW_MS, -BINDING_WAIT_MS - 1, -DAY_MS, -HOUR_MS, -1, 0, 1, HOUR_MS, BINDING_WAIT_MS, BINDING_WAIT_MS + 1, WINDOW_MS, WINDOW_MS + 1]
const moment = fc.constantFrom(...MOMENTS).map(after)
const before = fc.constantFrom(...MOMENTS.filter((offset) => offset < 0)).map(after)
const sessions = fc.constantFrom('s1', 's2')
const identities = fc.constantFrom('buyer', 'other', 'identity-ana')

const visits = (at: fc.Arbitrary<number>): fc.Arbitrary<Told> => fc.record({
  id: fc.uuid(), session: sessions, code: fc.constantFrom('ana', 'ben'), atMs: at, ageMs: fc.constantFrom(0, 0, 1, 2 * HOUR_MS, 3 * DAY_MS), bot: fc.constantFrom(false, false, false, true), mode: fc.constantFrom('live' as const, 'live' as const, 'test' as const),
}).map((more) => ({ at: 'visit', arrival: arrival(more) }))
const identifies = (at: fc.Arbitrary<number>): fc.Arbitrary<Told> => fc.record({
  session: sessions, identity: identities, source: fc.constantFrom('browser' as const, 'server' as const), atMs: at, mode: fc.constantFrom('live' as const, 'live' as const, 'test' as const),
}).map((more) => ({ at: 'identify', binding: binding(more) }))
const reports = (at: fc.Arbitrary<number>): fc.Arbitrary<Told> => fc.record({
  id: fc.uuid(), externalId: fc.constantFrom('A', 'B'), mode: fc.constantFrom('live' as const, 'live' as const, 'test' as const), amount: fc.constantFrom(eur(4990), eur(5990)), atMs: at,
  values: fc.record({ session: sessions, identity: identities, code: fc.constantFrom('ana', 'nemo') }, { requiredKeys: [] }),
}).map(({ values, ...more }) => ({ at: 'report', order: order({ ...more, id: `cnv_${more.id}` }), identifiers: named(values, more.atMs) }))

const toldAtMs = (told: Told): number => (told.at === 'visit' ? told.arrival : told.at === 'identify' ? told.binding : told.order).receivedAtMs
const inTime = (history: Told[]): Told[] => history.toSorted((a, b) => toldAtMs(a) - toldAtMs(b))
const histories = fc.array(fc.oneof(visits(moment), identifies(moment), reports(moment)), { maxLength: 14 }).map(inTime)

/** Tells a book one thing; gives the answer to a report. */
function tell(kept: Book, told: Told): Conversion | undefined {
  if (told.at === 'report') return kept.report(told.order, told.identifiers).conversion
  if (told.at === 'visit') kept.visit(told.arrival)
  else kept.identify(told.binding)
  return undefined
}

/** All of a conversion but its remarks. */
const moneyOf = ({ order: { amount, occurredAtMs }, attributed, commissions, identifiers }: Conversion): unknown => structuredClone({ amount, occurredAtMs, attributed, commissions, identifiers })
const standOf = (kept: Book): unknown => structuredClone([[...kept.conversions.values()], kept.bindings, kept.transactions])

test('whatever is told before an order, in whatever order within a millisecond, leads to the same decision', () => {
  const told = fc.array(fc.oneof(visits(before), identifies(before)), { maxLength: 8 })
  const values = fc.record({ session: sessions, identity: identities, code: fc.constantFrom('ben') }, { requiredKeys: [] })
  // Sorting keeps what came in the same millisecond in the order of its list, so a shuffled list is another order of arrival.
  holds(fc.property(told.chain((given) => fc.tuple(fc.constant(given), shuffled(given))), values, ([given, moved], named_) => {
    const [decided, again] = [given, moved].map((history) => {
      const kept = book()
      for (const one of inTime(history)) tell(kept, one)
      kept.report(order(), named(named_))
      return [resultOf(kept.kept()), kept.receipts.at(-1)?.inputs.touches, kept.receipts.at(-1)?.outcome]
    })
    expect(again).toEqual(decided)
  }), 1000)
})

test('what was attributed stays as it was booked, whatever comes later', () => {
  holds(fc.property(histories, (history) => {
    const kept = book()
    const booked = new Map<string, unknown>()
    for (const told of history) {
      tell(kept, told)
      for (const [id, conversion] of kept.conversions) if (conversion.attributed && !booked.has(id)) booked.set(id, moneyOf(conversion))
      expect([...booked.keys()].map((id) => kept.conversions.get(id)).map((conversion) => conversion && moneyOf(conversion))).toEqual([...booked.values()])
    }
  }), 500)
})

test('one order id is one conversion with the first report\'s amount, and the answer is what is kept', () => {
  holds(fc.property(histories, (history) => {
    const kept = book()
    const first = new Map<string, Order>()
    for (const told of history) {
      const answer = tell(kept, told)
      if (told.at !== 'report' || answer === undefined) continue
      const name = `${told.order.mode} ${told.order.externalId}`
      if (!first.has(name)) first.set(name, told.order)
      expect(answer.order).toEqual(first.get(name))
      expect(answer).toEqual(kept.conversions.get(answer.order.id))
    }
    expect(kept.conversions.size).toBe(first.size)
  }), 500)
})

test('every receipt is judged again as it was, and the books agree with the last one', () => {
  holds(fc.property(histories, (history) => {
    const kept = book()
    for (const told of history) tell(kept, told)
    expect(kept.receipts.map(({ inputs, engine }) => judge(inputs, engine))).toEqual(kept.receipts.map(({ outcome }) => outcome))
    for (const { order: { id }, attributed, commissions, marks } of kept.conversions.values()) {
      const receipts = kept.receipts.filter(({ conversionId }) => conversionId === id)
      expect(receipts.map(({ outcome }) => outcome.attributed)).toEqual(receipts.map((_, index) => attributed && index === receipts.length - 1))
      expect(commissions.map(({ affiliateId, amount }) => ({ affiliateId, amount }))).toEqual(receipts.at(-1)?.outcome.earnings.map(({ affiliateId, amount }) => ({ affiliateId, amount })))
      expect(marks).toEqual([...new Set(marks)])
      expect(marks.includes('LATE_ARRIVAL')).toBe(attributed && receipts.length > 1)
    }
    expect(kept.transactions.map(({ commissionId }) => commissionId).toSorted()).toEqual([...kept.conversions.values()].flatMap(({ commissions }) => commissions.map(({ id }) => id)).toSorted())
    expect(kept.transactions.flatMap(({ postings }) => postings).reduce((sum, { minor }) => sum + minor, 0)).toBe(0)
  }), 500)
})

test('the same call twice changes nothing the second time', () => {
  holds(fc.property(histories, (history) => {
    const kept = book()
    for (const told of history) {
      tell(kept, told)
      const stand = standOf(kept)
      if (told.at !== 'visit') tell(kept, told)
      expect(standOf(kept)).toEqual(stand)
    }
  }))
})
