import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Arrival, Binding, Identifier } from '../../shared/domain.ts'
import type { Evidence, Touch } from '../../shared/engine/attribution.ts'
import { standingBindings, standingOf } from '../../shared/engine/bindings.ts'
import { snapshotOf, type CustomerFacts } from '../../shared/engine/evidence.ts'
import { BINDING_WAIT_MS, DAY_MS, RECEIPT_TOUCHES } from '../../shared/limits.ts'
import { affiliate, arrival, binding, campaign, campaignPolicy, enrolment, holds, HOUR_MS, MAIN, named, order, ORDER_MS, shop, shuffled, START_MS, versions } from './builders.ts'

const facts = (more: Partial<CustomerFacts> = {}): CustomerFacts => ({ order: order(), identifiers: named({ session: 's1' }), arrivals: [arrival()], unread: new Map(), bindings: [], ...more })
const touchesOf = (more: Partial<CustomerFacts>, settings = shop()): Touch[] => snapshotOf(facts(more), settings).touches

/** A click in `s2`, the session of another day. */
const elsewhere = (more: Parameters<typeof arrival>[0] = {}): Arrival => arrival({ id: 'click-2', session: 's2', ...more })
const buyerIn = (session: string, more: Parameters<typeof binding>[0] = {}): Binding => binding({ session, ...more })

test.each<[string, Partial<CustomerFacts>, [eventId: string, evidence: Evidence][]]>([
  ['a click in the order\'s session', {}, [['click-1', 'session']]],
  ['a click that the order names', { identifiers: named({ click: 'click-1' }) }, [['click-1', 'click_id']]],
  ['a click that is named stands above its session', { identifiers: named({ click: 'click-1', session: 's1' }) }, [['click-1', 'click_id']]],
  ['an arrival\'s own id names the click that it joined', { identifiers: named({ click: 'visit-9' }), arrivals: [arrival({ id: 'visit-9', clickId: 'click-1', session: null })] }, [['click-1', 'click_id']]],
  ['the joined click\'s id names it too', { identifiers: named({ click: 'click-1' }), arrivals: [arrival({ id: 'visit-9', clickId: 'click-1' })] }, [['click-1', 'click_id']]],
  ['an arrival that is named stands above its click\'s session', { identifiers: named({ click: 'visit-9', session: 's1' }), arrivals: [arrival(), arrival({ id: 'visit-9', clickId: 'click-1', atMs: ORDER_MS })] }, [['click-1', 'click_id']]],
  ['arrivals of one click are one touch', { arrivals: [arrival(), arrival({ id: 'visit-9', clickId: 'click-1' })] }, [['click-1', 'session']]],
  ['a code that the order names', { identifiers: named({ code: 'ANA' }), arrivals: [] }, [['code:ana', 'affiliate_code']]],
  ['a click in another session of the customer', { identifiers: named({ identity: 'buyer' }), arrivals: [elsewhere()], bindings: [buyerIn('s2')] }, [['click-2', 'identity']]],
  ['another session of the session\'s customer', { arrivals: [arrival(), elsewhere()], bindings: [buyerIn('s1'), buyerIn('s2')] }, [['click-1', 'session'], ['click-2', 'identity']]],
  ['the customer that the order names stands above the session\'s', { identifiers: named({ session: 's1', identity: 'other' }), arrivals: [arrival(), elsewhere()], bindings: [buyerIn('s1'), buyerIn('s2')] }, [['click-1', 'session']]],
  ['a session of somebody else is none', { arrivals: [elsewhere()], bindings: [buyerIn('s2')] }, []],
  ['an order that names nothing has none', { identifiers: [], bindings: [buyerIn('s1')] }, []],
  ['a click without a session is found by its id alone', { arrivals: [arrival({ session: null })] }, []],
])('evidence: %s', (_name, more, expected) => {
  expect(touchesOf(more).map(({ eventId, evidence }) => [eventId, evidence])).toEqual(expected)
})

test('a touch is judged by the settings in force at the order, not at the click', () => {
  const late = affiliate('ana', { versions: versions([START_MS, { status: 'PENDING' }], [ORDER_MS, { status: 'ACTIVE' }]), enrolments: [enrolment(MAIN, ORDER_MS)] })
  const terms = campaign(MAIN, 1, versions([START_MS, campaignPolicy()], [ORDER_MS, campaignPolicy({ windowDays: 7 })], [ORDER_MS + 1, campaignPolicy({ windowDays: 90 })]))
  const { touches, policies } = snapshotOf(facts(), shop({ affiliates: [late], campaigns: [terms] }))
  expect(touches).toMatchObject([{ affiliateId: 'aff_ana', affiliateActive: true, enrolled: true, campaignId: MAIN }])
  expect(policies).toMatchObject([{ campaignId: MAIN, version: 2, windowDays: 7, archived: false }])
})

test('a campaign that was archived by then is marked so beside its touches', () => {
  const archived = campaign(MAIN, 1, versions([START_MS, campaignPolicy()], [ORDER_MS, campaignPolicy({ status: 'ARCHIVED' })]))
  const { touches, policies } = snapshotOf(facts({ arrivals: [arrival({ campaign: MAIN })] }), shop({ campaigns: [archived] }))
  expect(touches).toMatchObject([{ campaignId: MAIN, enrolled: true }])
  expect(policies).toMatchObject([{ version: 2, archived: true }])
})

test('a touch of a code that nobody has keeps the code', () => {
  expect(touchesOf({ arrivals: [arrival({ code: 'nemo' })] })).toMatchObject([{ code: 'nemo', affiliateId: null, affiliateActive: false, campaignId: null, enrolled: false }])
})

test('a code on the order counts as of the order, in its mode, and as known when it was told', () => {
  const at = order({ mode: 'test' })
  const identifiers = [...named({ code: 'ana' }, ORDER_MS + 5), ...named({ code: 'ANA' }, ORDER_MS + 3)]
  expect(touchesOf({ order: at, identifiers, arrivals: [] })).toMatchObject([{ eventId: 'code:ana', occurredAtMs: ORDER_MS, mode: 'test', knownAtMs: ORDER_MS + 3 }])
})

test.each<[string, Partial<CustomerFacts>, number]>([
  ['by a click when it came', { arrivals: [arrival({ atMs: ORDER_MS - 5 })] }, ORDER_MS],
  ['by a repeat that brings the session when it came', { identifiers: named({ session: 's1' }, ORDER_MS + 7) }, ORDER_MS + 7],
  ['by a visit that waited when it was received', { arrivals: [arrival({ atMs: ORDER_MS + 9, ageMs: DAY_MS })] }, ORDER_MS + 9],
  ['by a late binding when it was received', { identifiers: named({ identity: 'buyer' }), arrivals: [elsewhere()], bindings: [buyerIn('s2', { atMs: ORDER_MS + 11 })] }, ORDER_MS + 11],
  ['by a repeat that names the customer when it came', { identifiers: named({ identity: 'buyer' }, ORDER_MS + 13), arrivals: [elsewhere()], bindings: [buyerIn('s2')] }, ORDER_MS + 13],
  ['by a repeat that brings a session of the customer when it came', { identifiers: named({ session: 's1' }, ORDER_MS + 15), arrivals: [arrival({ code: 'ben', atMs: START_MS }), elsewhere()], bindings: [buyerIn('s1'), buyerIn('s2')] }, ORDER_MS + 15],
  ['by a late binding of the order\'s own session when it was received', { arrivals: [arrival({ code: 'ben', atMs: START_MS }), elsewhere()], bindings: [buyerIn('s1', { atMs: ORDER_MS + 17 }), buyerIn('s2')] }, ORDER_MS + 17],
])('a touch is known %s', (_name, more, knownAtMs) => {
  expect(touchesOf(more).at(-1)?.knownAtMs).toBe(knownAtMs)
})

const late = (more: Parameters<typeof arrival>[0] = {}): Arrival => arrival({ atMs: ORDER_MS + HOUR_MS, ageMs: 2 * HOUR_MS, ...more })
const told = { occurredAtMs: ORDER_MS - HOUR_MS, receivedAtMs: ORDER_MS + HOUR_MS, waited: false }

test.each<[string, Partial<CustomerFacts>, number]>([
  ['a visit of the order\'s session that waited counts', { arrivals: [late()] }, 1],
  ['one that is said to be old but did not wait does not', { arrivals: [arrival(told)] }, 0],
  ['a visit that waited counts when the order names its click', { identifiers: named({ click: 'click-1' }), arrivals: [late({ session: null })] }, 1],
  ['one that did not wait does not, though it is named', { identifiers: named({ click: 'click-1' }), arrivals: [arrival(told)] }, 0],
  ['a visit of a session that was the customer\'s before the order counts', { identifiers: named({ identity: 'buyer' }), arrivals: [late()], bindings: [binding({ atMs: ORDER_MS })] }, 1],
  ['one of a session that became the customer\'s after it does not', { identifiers: named({ identity: 'buyer' }), arrivals: [late()], bindings: [binding({ atMs: ORDER_MS + 1 })] }, 0],
  ['a server\'s word after the order does not undo the browser\'s before it', { identifiers: named({ identity: 'buyer' }), arrivals: [late()], bindings: [binding({ source: 'browser' }), binding({ atMs: ORDER_MS + 1 })] }, 1],
  ['a visit received in the order\'s millisecond is not late', { arrivals: [arrival({ occurredAtMs: ORDER_MS - 1, receivedAtMs: ORDER_MS, waited: false })] }, 1],
  ['a visit after the order is a touch of its own', { arrivals: [arrival({ atMs: ORDER_MS + 1 })] }, 1],
])('received after the order: %s', (_name, more, count) => {
  expect(touchesOf(more)).toHaveLength(count)
})

const standingIdentity = (bindings: Binding[], more: Partial<CustomerFacts> = {}): string | undefined => standingOf(standingBindings(facts({ bindings, ...more })), 's1', 'identity')?.identity

test.each<[string, Binding[], Partial<CustomerFacts>, string | undefined]>([
  ['the first by occurrence stands', [binding({ identity: 'second' }), binding({ identity: 'first', atMs: ORDER_MS - 2 * HOUR_MS })], {}, 'first'],
  ['in one millisecond the smaller hash stands', [binding({ identity: 'b' }), binding({ identity: 'a' })], {}, 'a'],
  ['a server replaces a browser that was earlier', [binding({ identity: 'browser', source: 'browser', atMs: ORDER_MS - 9 * HOUR_MS }), binding({ identity: 'server' })], {}, 'server'],
  ['a browser does not replace a server', [binding({ identity: 'server' }), binding({ identity: 'browser', source: 'browser', atMs: ORDER_MS - 9 * HOUR_MS })], {}, 'server'],
  ['an identify up to a day before its session\'s visit binds', [binding({ atMs: ORDER_MS - DAY_MS - BINDING_WAIT_MS })], {}, 'buyer'],
  ['one a millisecond earlier does not', [binding({ atMs: ORDER_MS - DAY_MS - BINDING_WAIT_MS - 1 })], {}, undefined],
  ['nor does one of a session without a visit', [binding()], { arrivals: [] }, undefined],
  ['a later identify binds where an earlier one has lapsed', [binding({ atMs: ORDER_MS - 9 * DAY_MS }), binding({ identity: 'second' })], {}, 'second'],
  ['an identify received within a day after the order counts', [binding({ atMs: ORDER_MS + BINDING_WAIT_MS })], {}, 'buyer'],
  ['one received a millisecond later does not', [binding({ atMs: ORDER_MS + BINDING_WAIT_MS + 1 })], {}, undefined],
  ['one received later counts when the order itself was reported later still', [binding({ atMs: ORDER_MS + 9 * DAY_MS })], { order: order({ receivedAtMs: ORDER_MS + 9 * DAY_MS }) }, 'buyer'],
  ['a live order does not believe a test binding', [binding({ mode: 'test' })], {}, undefined],
  ['a test order does', [binding({ mode: 'test' })], { order: order({ mode: 'test' }) }, 'buyer'],
  ['a test order believes a live binding', [binding()], { order: order({ mode: 'test' }) }, 'buyer'],
])('bindings: %s', (_name, bindings, more, identity) => {
  expect(standingIdentity(bindings, more)).toBe(identity)
})

test.each<[string, Partial<CustomerFacts>, boolean]>([
  ['the order\'s customer is the affiliate', { identifiers: named({ session: 's1', identity: 'identity-ana' }) }, true],
  ['its session is the affiliate\'s', { bindings: [binding({ identity: 'identity-ana' })] }, true],
  ['its session is the affiliate\'s, though it names another hash', { identifiers: named({ session: 's1', identity: 'other' }), bindings: [binding({ identity: 'identity-ana' })] }, true],
  ['its session was said to be the affiliate\'s and is another\'s', { bindings: [binding({ identity: 'identity-ana', source: 'browser' }), binding()] }, false],
  ['the customer is somebody else', { identifiers: named({ session: 's1', identity: 'identity-ben' }) }, false],
  ['nobody is named', {}, false],
])('a purchase of the affiliate\'s own: %s', (_name, more, isBuyer) => {
  expect(touchesOf(more)[0]?.isBuyer).toBe(isBuyer)
})

test.each<[string, Partial<CustomerFacts>, boolean]>([
  ['another hash for the order\'s session', { bindings: [binding(), binding({ identity: 'other', atMs: ORDER_MS - 1 })] }, true],
  ['the same hash again', { bindings: [binding(), binding({ source: 'browser' })] }, false],
  ['another hash for another session', { arrivals: [arrival(), elsewhere()], bindings: [buyerIn('s2'), buyerIn('s2', { identity: 'other' })] }, false],
  ['another hash in a test', { bindings: [binding(), binding({ identity: 'other', mode: 'test' })] }, false],
])('a conflict of identities: %s', (_name, more, conflict) => {
  expect(snapshotOf(facts(more), shop()).conflict).toBe(conflict)
})

test.each<[string, Partial<CustomerFacts>, boolean]>([
  ['a browser\'s word alone is unverified', { bindings: [buyerIn('s2', { source: 'browser' })] }, true],
  ['a server\'s is not', { bindings: [buyerIn('s2')] }, false],
  ['nor is a browser\'s that a server repeats', { bindings: [buyerIn('s2', { source: 'browser' }), buyerIn('s2')] }, false],
  ['nor a click that the order itself names', { identifiers: named({ identity: 'buyer', click: 'click-2' }), bindings: [buyerIn('s2', { source: 'browser' })] }, false],
])('%s', (_name, more, unverified) => {
  expect(touchesOf({ identifiers: named({ identity: 'buyer' }), arrivals: [elsewhere()], ...more })[0]?.unverified).toBe(unverified)
})

/** As many clicks of the session, each a minute older than the one before. */
const clicks = (count: number): Arrival[] => Array.from({ length: count }, (_, index) => arrival({ id: `click-${String(index).padStart(3, '0')}`, atMs: ORDER_MS - 60_000 * (index + 1) }))

test.each([[RECEIPT_TOUCHES, 0], [RECEIPT_TOUCHES + 1, 1], [RECEIPT_TOUCHES + 50, 50]])('of %d clicks a receipt holds the newest hundred and counts %d more', (count, more) => {
  const snapshot = snapshotOf(facts({ arrivals: clicks(count) }), shop())
  expect(snapshot.touches.map(({ eventId }) => eventId)).toEqual(clicks(RECEIPT_TOUCHES).map(({ id }) => id))
  expect(snapshot.more).toBe(more)
})

test('what the order itself names stays on a crowded receipt, however old', () => {
  const old = arrival({ id: 'old', session: null, atMs: ORDER_MS - 29 * DAY_MS })
  const snapshot = snapshotOf(facts({ identifiers: named({ session: 's1', click: 'old', code: 'ben' }), arrivals: [...clicks(120), old] }), shop())
  expect(snapshot.touches.slice(0, 2).map(({ eventId }) => eventId)).toEqual(['code:ben', 'old'])
  expect(snapshot).toMatchObject({ touches: { length: RECEIPT_TOUCHES }, more: 22 })
})

test.each<[string, Partial<Arrival>]>([
  ['cookies of another system', { adopted: true }],
  ['bots', { bot: true }],
  ['visits of the test mode', { mode: 'test' }],
  ['visits through links that lead nowhere', { code: 'nobody' }],
])('%s push no click off a crowded receipt', (_name, more) => {
  const old = arrival({ id: 'old', atMs: ORDER_MS - 29 * DAY_MS })
  const snapshot = snapshotOf(facts({ arrivals: [...clicks(120).map((click) => ({ ...click, ...more })), old] }), shop())
  expect(snapshot.touches.at(-1)?.eventId).toBe('old')
  expect(snapshot).toMatchObject({ touches: { length: RECEIPT_TOUCHES }, more: 21 })
})

test('under first click it holds the oldest that may win, whatever is older still', () => {
  const settings = shop({ campaigns: [campaign(MAIN, 1, versions([START_MS, campaignPolicy({ model: 'first_click', windowDays: 1 })]))] })
  const stale = clicks(120).map((click) => ({ ...click, id: `stale-${click.id}`, clickId: `stale-${click.id}`, occurredAtMs: click.occurredAtMs - 2 * DAY_MS }))
  const { touches } = snapshotOf(facts({ arrivals: [...stale, ...clicks(120)] }), settings)
  expect(touches.map(({ eventId }) => eventId)).toEqual(clicks(120).slice(20).map(({ id }) => id).toReversed())
})

test.each([['s1', 7], ['s2', 5], ['s3', 0]])('clicks of session %s that were not read are counted where it is the customer’s', (session, more) => {
  const bindings = [binding({ session: 's2', identity: 'buyer' }), binding({ session: 's3', identity: 'other' })]
  const arrivals = [arrival(), arrival({ id: 'click-2', session: 's2' }), arrival({ id: 'click-3', session: 's3' })]
  expect(snapshotOf(facts({ identifiers: named({ session: 's1', identity: 'buyer' }), arrivals, bindings, unread: new Map([[session, { s1: 7, s2: 5, s3: 3 }[session] ?? 0]]) }), shop()).more).toBe(more)
})

const moments = fc.constantFrom(-40 * DAY_MS, -DAY_MS - BINDING_WAIT_MS, -DAY_MS, -HOUR_MS, -1, 0, 1, BINDING_WAIT_MS).map((offset) => ORDER_MS + offset)
const sessions = fc.constantFrom('s1', 's2', 's3')
const arrivals: fc.Arbitrary<Arrival[]> = fc.uniqueArray(fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), clickId: fc.constantFrom('a', 'b', 'c'), session: fc.option(sessions, { freq: 6 }), code: fc.constantFrom('ana', 'ben', 'nemo'), host: fc.constantFrom(null, 'shop.example', 'blog.example'),
  atMs: moments, ageMs: fc.constantFrom(0, 0, 2 * HOUR_MS), mode: fc.constantFrom('live' as const, 'live' as const, 'test' as const), bot: fc.constantFrom(false, false, true),
}).map(arrival), { maxLength: 7, selector: ({ id }) => id })
const bindings: fc.Arbitrary<Binding[]> = fc.array(fc.record({
  session: sessions, identity: fc.constantFrom('buyer', 'other', 'identity-ana'), source: fc.constantFrom('browser' as const, 'server' as const), mode: fc.constantFrom('live' as const, 'live' as const, 'test' as const), atMs: moments,
}).map(binding), { maxLength: 6 })
const identifiers: fc.Arbitrary<Identifier[]> = fc.uniqueArray(fc.oneof(
  sessions.map((value) => ({ kind: 'session' as const, value })), fc.constantFrom('a', 'b', 'g').map((value) => ({ kind: 'click' as const, value })),
  fc.constantFrom('buyer', 'other').map((value) => ({ kind: 'identity' as const, value })), fc.constantFrom('ana', 'ben').map((value) => ({ kind: 'code' as const, value })),
).chain((identifier) => fc.constantFrom(ORDER_MS, ORDER_MS + 1).map((receivedAtMs) => ({ ...identifier, receivedAtMs }))), { maxLength: 4, selector: ({ kind, value }) => `${kind} ${value}` })
const customers: fc.Arbitrary<CustomerFacts> = fc.record({ order: fc.constantFrom(order(), order({ mode: 'test' })), identifiers, arrivals, unread: fc.constant(new Map()), bindings })

/** Two campaigns that land on different hosts, so that the host of an arrival matters. */
const TWO_CAMPAIGNS = shop({
  campaigns: [campaign(MAIN, 1), campaign('cmp_blog', 2, versions([START_MS, campaignPolicy({ landingUrl: 'https://blog.example/' })]))],
  affiliates: [affiliate('ana', { enrolments: [enrolment(MAIN, START_MS), enrolment('cmp_blog', START_MS + 1)] }), affiliate('ben')],
})

test('the order in which facts are given changes nothing, not even within one millisecond', () => {
  const moved = customers.chain((given) => fc.record({ order: fc.constant(given.order), unread: fc.constant(given.unread), identifiers: shuffled(given.identifiers), arrivals: shuffled(given.arrivals), bindings: shuffled(given.bindings) }).map((other) => [given, other] as const))
  holds(fc.property(moved, ([given, other]) => {
    expect(snapshotOf(other, TWO_CAMPAIGNS)).toEqual(snapshotOf(given, TWO_CAMPAIGNS))
  }), 2000)
})

test('a click is one touch, by its strongest evidence, and every touch has its campaign\'s terms beside it', () => {
  holds(fc.property(customers, (given) => {
    const { touches, policies } = snapshotOf(given, TWO_CAMPAIGNS)
    const ids = touches.map(({ eventId }) => eventId)
    expect(ids).toEqual([...new Set(ids)])
    const clicked = given.identifiers.filter(({ kind }) => kind === 'click').map(({ value }) => value)
    expect(touches.filter(({ eventId, evidence }) => clicked.includes(eventId) && evidence !== 'click_id')).toEqual([])
    expect(policies.map(({ campaignId }) => campaignId)).toEqual([...new Set(touches.flatMap(({ campaignId }) => campaignId ?? []))].toSorted())
  }), 1000)
})

test('a live order\'s touches are the same without the test bindings', () => {
  holds(fc.property(customers, (given) => {
    const live = { ...given, order: order() }
    expect(snapshotOf({ ...live, bindings: live.bindings.filter(({ mode }) => mode === 'live') }, TWO_CAMPAIGNS)).toEqual(snapshotOf(live, TWO_CAMPAIGNS))
  }), 1000)
})
