import { describe, expect, test } from 'vitest'
import type { Call, Reply } from './endpoint.ts'
import type { PageOptions } from './page.ts'
import { accepts, hangsUp, put, refuses, stage } from './stage.ts'

const MINUTE_MS = 60_000
const on = stage()
const kept = (): Record<string, [number, object]> => JSON.parse(on.kept().localStorage['_rlq'] ?? '{}') as Record<string, [number, object]>
/** A page that is opened so much later. */
const later = (byMs: number): PageOptions => ({ before: (window) => {
  const { now } = window.Date
  put(window.Date, 'now', () => now() + byMs)
} })

describe.each<[string, Reply]>([
  ['the connection breaks', { hangUp: true }],
  ['the collector fails', { status: 503, body: '{"code":"busy","message":"try later"}' }],
  ['the collector has had enough calls', { status: 429, body: '{"code":"RATE_LIMITED","message":"wait"}' }],
  ['the answer is no JSON', { body: '<html>' }],
  ['a proxy refuses in HTML', { status: 403, body: '<html>' }],
  ['a firewall refuses in JSON of its own', { status: 403, body: '{"message":"Forbidden"}' }],
  ['nobody was to see the page yet', { status: 204, body: '' }],
])('when %s', (_name, reply) => {
  test('the session and the visit wait in storage, and no cookie is written', async () => {
    on.endpoint.reply = () => reply
    const page = await on.open('/?ref=anna')
    const [sent] = on.visits()
    expect(on.kept()).toMatchObject({ cookies: [], localStorage: { _rl: sent?.session } })
    expect(kept()).toEqual({ [String(sent?.id)]: [expect.any(Number), { ref: 'anna', url: sent?.url, referrer: '' }] })
    expect(await page.window.refledger('session')).toBe(sent?.session)
    expect(page.warnings).toEqual([])
  })

  test('the next page sends it again with the same id and its age', async () => {
    on.endpoint.reply = () => reply
    await on.open('/?ref=anna')
    on.endpoint.reply = accepts()
    const { window } = await on.open('/cart', later(5 * MINUTE_MS))
    const [first, again] = on.visits()
    expect(again).toEqual({ ...first, ageMs: expect.any(Number) })
    expect(again?.ageMs).toBeGreaterThanOrEqual(5 * MINUTE_MS)
    expect(again?.ageMs).toBeLessThan(6 * MINUTE_MS)
    expect(on.kept()).toMatchObject({ cookies: ['_rl'], localStorage: {} })
    expect(window.document.cookie).toBe(`_rl=${first?.session}`)
    await on.open('/thanks')
    expect(on.visits()).toHaveLength(2)
  })
})

test('an arrival joins those that wait, in one session', async () => {
  on.endpoint.reply = hangsUp
  await on.open('/?ref=anna')
  await on.open('/?ref=ben')
  expect(Object.keys(kept())).toHaveLength(2)
  on.endpoint.reply = accepts()
  await on.open('/')
  expect(on.visits().slice(-2).map(({ ref }) => ref).toSorted()).toEqual(['anna', 'ben'])
  expect(new Set(on.visits().map(({ session }) => session)).size).toBe(1)
  expect(new Set(on.visits().map(({ id }) => id)).size).toBe(2)
  expect(kept()).toEqual({})
})

test('one that is refused then is dropped, and the others go on to wait', async () => {
  on.endpoint.reply = hangsUp
  await on.open('/?ref=anna')
  await on.open('/?ref=ben')
  on.endpoint.reply = (call: Call) => (call.body.includes('"ref":"anna"') ? refuses(404)() : hangsUp())
  await on.open('/')
  expect(Object.values(kept())).toMatchObject([[expect.any(Number), { ref: 'ben' }]])
})

test('a refusal lets go of no session that another arrival waits for', async () => {
  on.endpoint.reply = (call: Call) => (call.body.includes('"ref":"nobody"') ? refuses(404)() : hangsUp())
  const page = await on.open('/?ref=anna', { data: { consent: 'required' } })
  page.window.history.pushState(null, '', '/?ref=nobody')
  await page.window.refledger('consent', 'granted')
  expect(new Set(on.visits().map(({ ref }) => ref))).toEqual(new Set(['anna', 'nobody']))
  expect(await page.window.refledger('session')).toBe(on.visits()[0]?.session)
})

test('a browser that is back online sends what waits', async () => {
  on.endpoint.reply = hangsUp
  const page = await on.open('/?ref=anna')
  on.endpoint.reply = accepts()
  page.window.eval("dispatchEvent(new Event('online'))")
  await page.settled()
  expect(on.visits().map(({ id }) => id)).toEqual([on.visits()[0]?.id, on.visits()[0]?.id])
  expect(kept()).toEqual({})
})

test.each(['{"broken', 'null', '7', '"text"', '[]'])('storage that holds %s, which is none of ours, costs no arrival', async (text) => {
  const page = await on.open('/?ref=anna', { before: ({ localStorage }) => localStorage.setItem('_rlq', text) })
  const arrival = on.visits().find(({ ref }) => ref === 'anna')
  expect(arrival).toBeDefined()
  expect(await page.window.refledger('session')).toBe(arrival?.session)
  expect(page.faults).toEqual([])
})

test('a clock that was set back meanwhile is told as it is, and the collector reads no age', async () => {
  on.endpoint.reply = hangsUp
  await on.open('/?ref=anna', later(MINUTE_MS))
  on.endpoint.reply = accepts()
  await on.open('/')
  expect(on.visits()[1]?.ageMs).toBeLessThan(0)
})

test('where nothing can be kept, a lost arrival lasts as long as the page', async () => {
  on.endpoint.reply = hangsUp
  const page = await on.open('/?ref=anna', { before: (window) => {
    for (const area of ['localStorage', 'sessionStorage']) Object.defineProperty(window, area, { get: () => { throw new Error('denied') } })
  } })
  on.endpoint.reply = accepts()
  page.window.eval("dispatchEvent(new Event('online'))")
  await page.settled()
  expect(on.visits().map(({ id }) => id)).toEqual([on.visits()[0]?.id, on.visits()[0]?.id])
  expect(page.faults).toEqual([])
})
