import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DAY_MS, SESSION_DAYS } from '../../shared/limits.ts'
import { VisitBody } from '../../shared/wire/script.ts'
import { startEndpoint, type Call, type Endpoint, type Reply } from './endpoint.ts'
import { newVisitor, recordFetches, type ShopWindow, type Visitor } from './page.ts'
import { bundledScript } from './script.ts'

const SHOP = 'http://www.shop.example'
const KNOWN = '0199a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b'
const OTHER = '0199a0b1-ffff-7e4f-8a5b-6c7d8e9f0a1b'

let script: string
let endpoint: Endpoint
let visitor: Visitor
const src = (): string => `${endpoint.origin}/r.js`
/** A visit as it went out, */
const raw = (index = 0): Partial<VisitBody> => JSON.parse(endpoint.calls[index]?.body ?? '{}') as VisitBody
/** and as the collector reads it. */
const sent = (index = 0): VisitBody => VisitBody.parse(raw(index))
const daysKept = (): number => ((visitor.cookies()[0]?.expires?.getTime() ?? 0) - Date.now()) / DAY_MS
const accepts = (more: object = {}) => (call: Call): Reply => {
  const { id, session } = JSON.parse(call.body) as VisitBody
  return { body: JSON.stringify({ click: id, session, cookie: false, domain: null, ...more }) }
}
const refuses = (status: number) => (): Reply => ({ status, body: '{"code":"unknown_site","message":"no site here"}' })

beforeAll(async () => void (script = await bundledScript()))
beforeEach(async () => {
  endpoint = await startEndpoint(script)
  endpoint.reply = accepts()
  visitor = newVisitor()
})
afterEach(async () => {
  await visitor.browser.close()
  await endpoint.close()
})

describe('an arrival', () => {
  test('is posted once, as text, with what the collector needs', async () => {
    await visitor.open(`${SHOP}/shoes?ref=anna&x=1#top`, { src: src(), referrer: 'https://blog.example/post?reader=7' })
    expect(endpoint.calls).toHaveLength(1)
    expect(endpoint.calls[0]).toMatchObject({ method: 'POST', path: '/r/visit' })
    expect(endpoint.calls[0]?.headers['content-type']).toMatch(/^text\/plain/)
    expect(sent()).toEqual({
      id: expect.any(String),
      session: expect.any(String),
      ref: 'anna',
      url: `${SHOP}/shoes?ref=anna`,
      referrer: 'https://blog.example/post?reader=7',
    })
    expect(sent().id).not.toBe(sent().session)
  })

  test('without a code sends and writes nothing', async () => {
    const page = await visitor.open(`${SHOP}/shoes?x=1`, { src: src() })
    await page.window.refledger('ready')
    expect(endpoint.calls).toEqual([])
    expect(visitor.cookies()).toEqual([])
    expect(await page.window.refledger('session')).toBeUndefined()
  })

  test.each([KNOWN, KNOWN.replace('-7', '-4'), KNOWN.replace('-7', '-0')])('keeps the session %s that the cookie holds', async (session) => {
    await visitor.open(`${SHOP}/?ref=anna`, { src: src(), before: ({ document }) => void (document.cookie = `_rl=${session}`) })
    expect(raw().session).toBe(session)
  })

  test.each(['garbage', 'undefined', KNOWN.toUpperCase(), KNOWN.replace('a', 'g'), KNOWN.slice(1), `${KNOWN}0`, `0${KNOWN}`])('starts a session when the cookie holds %s', async (text) => {
    await visitor.open(`${SHOP}/?ref=anna`, { src: src(), before: ({ document }) => void (document.cookie = `_rl=${text}`) })
    expect(text).not.toContain(sent().session)
  })

  test('carries the cookies of the collector, which may live on another site', async () => {
    await visitor.open(`${endpoint.origin}/`, { src: src(), before: ({ document }) => void (document.cookie = '_rl=of-the-collector') })
    await visitor.open(`${SHOP}/?ref=anna`, { src: src() })
    expect(endpoint.calls[0]?.headers.cookie).toBe('_rl=of-the-collector')
  })

  test('outlives the page (seen at fetch: happy-dom knows no unload)', async () => {
    const asked: object[] = []
    await visitor.open(`${SHOP}/?ref=anna`, { src: src(), before: (window) => recordFetches(window, asked) })
    expect(asked).toMatchObject([{ keepalive: true }])
    expect(endpoint.calls).toHaveLength(1)
  })

  test('is sent once when the tag is there twice', async () => {
    const page = await visitor.open(`${SHOP}/?ref=anna`, { src: src() })
    const first = page.window.refledger
    await page.loadAgain()
    expect(endpoint.calls).toHaveLength(1)
    expect(page.window.refledger).toBe(first)
  })

  test('of a second page joins the session of the first', async () => {
    await visitor.open(`${SHOP}/?ref=anna`, { src: src() })
    await visitor.open(`${SHOP}/other?ref=ben`, { src: src() })
    expect(sent(1).session).toBe(sent(0).session)
    expect(sent(1).id).not.toBe(sent(0).id)
  })

  test('is not sent where cookies are out of reach (simulated sandbox), and the page notices nothing', async () => {
    const faults: unknown[] = []
    const page = await visitor.open(`${SHOP}/?ref=anna`, {
      src: src(),
      before: (window) => {
        window.addEventListener('error', (event) => void faults.push(event))
        Object.defineProperty(window.document, 'cookie', {
          get: () => { throw new Error('sandboxed') },
          set: () => { throw new Error('sandboxed') },
        })
      },
    })
    expect(await page.window.refledger('ready')).toBeUndefined()
    expect(await page.window.refledger('session')).toBeUndefined()
    expect(endpoint.calls).toEqual([])
    expect([...faults, ...page.warnings]).toEqual([])
  })
})

describe('the cookie', () => {
  test('is written when the answer says that the server has not', async () => {
    const page = await visitor.open(`${SHOP}/?ref=anna`, { src: src() })
    expect(page.window.document.cookie).toBe(`_rl=${sent().session}`)
    const [cookie] = visitor.cookies()
    expect(cookie).toMatchObject({ key: '_rl', path: '/', sameSite: 'Lax', secure: false, domain: '' })
    expect(daysKept()).toBeCloseTo(SESSION_DAYS, 1)
  })

  test('is left alone when the server has set it', async () => {
    endpoint.reply = (call) => ({
      ...accepts({ cookie: true })(call),
      headers: { 'set-cookie': `_rl=${(JSON.parse(call.body) as VisitBody).session}; Path=/; Max-Age=60` },
    })
    const page = await visitor.open(`${endpoint.origin}/?ref=anna`, { src: src() })
    expect(page.window.document.cookie).toBe(`_rl=${sent().session}`)
    expect(visitor.cookies()).toHaveLength(1)
    expect((visitor.cookies()[0]?.expires?.getTime() ?? Infinity) - Date.now()).toBeLessThanOrEqual(60_000)
    expect(await page.window.refledger('session')).toBe(sent().session)
  })

  test('is secure on https (where the call is lost: the endpoint speaks plain http)', async () => {
    await visitor.open('https://www.shop.example/?ref=anna', { text: script, data: { api: endpoint.origin } })
    expect(visitor.cookies()).toMatchObject([{ key: '_rl', secure: true }])
    expect(endpoint.calls).toEqual([])
  })

  test('is on the domain that the answer names', async () => {
    endpoint.reply = accepts({ domain: 'shop.example' })
    await visitor.open(`${SHOP}/?ref=anna`, { src: src() })
    expect(visitor.cookies()[0]?.domain).toBe('shop.example')
  })

  test('is on the domain that the tag names before any other', async () => {
    endpoint.reply = accepts({ domain: 'shop.example' })
    await visitor.open('http://de.www.shop.example/?ref=anna', { src: src(), data: { domain: 'www.shop.example' } })
    expect(visitor.cookies()[0]?.domain).toBe('www.shop.example')
  })

  test('holds the session that was sent, whatever the answer names', async () => {
    endpoint.reply = accepts({ session: OTHER })
    const page = await visitor.open(`${SHOP}/?ref=anna`, { src: src() })
    expect(sent().session).not.toBe(OTHER)
    expect(page.window.document.cookie).toBe(`_rl=${sent().session}`)
    expect(await page.window.refledger('session')).toBe(sent().session)
  })

  test.each<[string, Reply]>([
    ['the connection breaks', { hangUp: true }],
    ['the collector fails', { status: 503, body: '{"code":"busy","message":"try later"}' }],
    ['the collector has had enough calls', { status: 429, body: '{"code":"RATE_LIMITED","message":"wait"}' }],
    ['the answer is no JSON', { body: '<html>' }],
    ['a proxy refuses in HTML', { status: 403, body: '<html>' }],
  ])('is written on this host when %s', async (_name, reply) => {
    endpoint.reply = () => reply
    const page = await visitor.open(`${SHOP}/?ref=anna`, { src: src() })
    expect(visitor.cookies()).toMatchObject([{ key: '_rl', value: sent().session, domain: '' }])
    expect(await page.window.refledger('session')).toBe(sent().session)
    expect(page.warnings).toEqual([])
  })
})

describe('a refusal', () => {
  test.each([400, 403, 404, 422])('%i is told on the console and writes nothing', async (status) => {
    endpoint.reply = refuses(status)
    const page = await visitor.open(`${SHOP}/?ref=anna`, { src: src() })
    await page.window.refledger('ready')
    expect(page.warnings).toEqual(['refledger: no site here'])
    expect(visitor.cookies()).toEqual([])
    expect(await page.window.refledger('session')).toBeUndefined()
  })

  test('leaves an earlier session as it is', async () => {
    endpoint.reply = refuses(404)
    const page = await visitor.open(`${SHOP}/?ref=anna`, { src: src(), before: ({ document }) => void (document.cookie = `_rl=${KNOWN}`) })
    expect(await page.window.refledger('session')).toBe(KNOWN)
    expect(page.window.document.cookie).toBe(`_rl=${KNOWN}`)
  })
})

describe('the tag', () => {
  test.each<[string, string, Record<string, string>, string]>([
    ['at the root', '/r.js', {}, '/r/visit'],
    ['in a folder', '/a/r.js', {}, '/a/r/visit'],
    ['with a query', '/a/r.js?v=2', {}, '/a/r/visit'],
    ['with an address', '/r.js', { api: '/b' }, '/b/r/visit'],
    ['with an address that ends in a slash', '/r.js', { api: '/b/' }, '/b/r/visit'],
    ['with the address of the script', '/r.js', { api: '/b/r.js?v=2' }, '/b/r/visit'],
    ['with an address that holds another r.', '/r.js', { api: '/r.b/c' }, '/r.b/c/r/visit'],
  ])('%s tells where to post', async (_name, path, data, posted) => {
    const api = data['api'] ? { api: endpoint.origin + data['api'] } : {}
    await visitor.open(`${SHOP}/?ref=anna`, { src: endpoint.origin + path, data: api })
    expect(endpoint.calls.map((call) => call.path)).toEqual([posted])
  })

  test.each([
    ['partner', '?ref=ben&partner=anna', 'anna'],
    ['via,ref', '?ref=ben&via=anna', 'anna'],
    ['partner, via', '?ref=ben&via=anna', 'anna'],
  ])('with the parameters "%s"', async (param, search, ref) => {
    await visitor.open(`${SHOP}/${search}`, { src: src(), data: { param } })
    expect(sent().ref).toBe(ref)
  })

  test('with no parameter at all sends nothing', async () => {
    await visitor.open(`${SHOP}/?ref=ben&via=anna`, { src: src(), data: { param: '' } })
    expect(endpoint.calls).toEqual([])
  })

  test('with an address whose host begins like the script tells where to post', async () => {
    const asked: unknown[] = []
    const offline = (window: ShopWindow): void => {
      window.fetch = async (url) => {
        asked.push(url)
        throw new Error('offline')
      }
    }
    await visitor.open(`${SHOP}/?ref=anna`, { text: script, data: { api: 'https://r.shop.example' }, before: offline })
    expect(asked).toEqual(['https://r.shop.example/r/visit'])
  })

  test.each([
    ['30', 30, 30],
    ['0.5', 0.5, 1],
    ['3650', 3650, 400],
  ])('with the days "%s" sends and keeps as many, and the collector brings them into bounds', async (text, days, bounded) => {
    await visitor.open(`${SHOP}/?ref=anna`, { src: src(), data: { days: text } })
    expect(raw().days).toBe(days)
    expect(sent().days).toBe(bounded)
    expect(daysKept()).toBeCloseTo(days, 1)
  })

  test('with days below zero sends them, and the collector brings them into bounds', async () => {
    await visitor.open(`${SHOP}/?ref=anna`, { src: src(), data: { days: '-5' } })
    expect(raw().days).toBe(-5)
    expect(sent().days).toBe(1)
    expect(visitor.cookies()).toEqual([])
  })

  test.each(['30 days', '0', 'many', ''])('with the days "%s" keeps the default', async (text) => {
    await visitor.open(`${SHOP}/?ref=anna`, { src: src(), data: { days: text } })
    expect(raw()).not.toHaveProperty('days')
    expect(daysKept()).toBeCloseTo(SESSION_DAYS, 1)
  })
})
