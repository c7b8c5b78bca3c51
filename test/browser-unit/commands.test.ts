import { createHash } from 'node:crypto'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CartBody, IdentifyBody } from '../../shared/wire/script.ts'
import { startEndpoint, type Call, type Endpoint, type Reply } from './endpoint.ts'
import { documentedStub, newVisitor, type ShopWindow, type Visitor } from './page.ts'
import { bundledScript } from './script.ts'

const SHOP = 'http://www.shop.example'
const KNOWN = '0199a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b'
const SHA256 = createHash('sha256').update('jörg.müller@example.com').digest('hex')
/** What a shop's page does before the script is there. */
const stubThen = (code = '') => (window: ShopWindow): void => void window.eval(`${documentedStub()}; ${code}`)
const onPlainHttp = (window: ShopWindow): void => {
  const { crypto } = window
  const value = { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) }
  Object.defineProperty(window, 'crypto', { value })
}
const knownVisitor = ({ document }: ShopWindow): void => void (document.cookie = `_rl=${KNOWN}`)

let script: string
let endpoint: Endpoint
let visitor: Visitor
const src = (): string => `${endpoint.origin}/r.js`
const called = (name: string): Call[] => endpoint.calls.filter(({ path }) => path === `/r/${name}`)
const accepts = ({ path, body }: Call): Reply =>
  path === '/r/identify'
    ? { body: '{"identified":true}' }
    : { body: JSON.stringify({ click: KNOWN, session: (JSON.parse(body) as { session: string }).session, cookie: false, domain: null }) }

beforeAll(async () => void (script = await bundledScript()))
beforeEach(async () => {
  endpoint = await startEndpoint(script)
  endpoint.reply = accepts
  visitor = newVisitor()
})
afterEach(async () => {
  await visitor.browser.close()
  await endpoint.close()
})

describe('identify', () => {
  test('sends the hash of the trimmed, lower-cased address and nothing else of it', async () => {
    const { window } = await visitor.open(`${SHOP}/thanks?order=7&email=x#y`, { src: src(), before: knownVisitor })
    expect(await window.refledger('identify', '  Jörg.MÜLLER@Example.com ')).toBe(true)

    expect(called('identify')).toHaveLength(1)
    expect(endpoint.calls[0]?.headers['content-type']).toMatch(/^text\/plain/)
    const body = IdentifyBody.parse(JSON.parse(endpoint.calls[0]?.body ?? ''))
    expect(body).toEqual({ session: KNOWN, emailHash: SHA256, url: `${SHOP}/thanks` })
    expect(decodeURIComponent(JSON.stringify(endpoint.calls))).not.toMatch(/müller|example\.com/i)
  })

  test('comes after the arrival, in its session', async () => {
    const before = stubThen("early = refledger('identify', 'a@b.example')")
    const { window } = await visitor.open(`${SHOP}/?ref=anna`, { src: src(), before })
    expect(await window.eval('early')).toBe(true)
    expect(endpoint.calls.map(({ path }) => path)).toEqual(['/r/visit', '/r/identify'])
    const [visit, identify] = endpoint.calls.map(({ body }) => JSON.parse(body) as { session: string })
    expect(identify?.session).toBe(visit?.session)
  })

  test('without a session sends nothing', async () => {
    const { window } = await visitor.open(`${SHOP}/`, { src: src() })
    expect(await window.refledger('identify', 'a@b.example')).toBe(false)
    expect(endpoint.calls).toEqual([])
  })

  test.each([['nothing', undefined], ['null', null], ['blanks', '  '], ['a number', 7], ['a list', ['a@b.example']], ['an object', { email: 'a@b.example' }], ['a bare object', Object.create(null)]])('with %s sends nothing', async (_name, email) => {
    const { window } = await visitor.open(`${SHOP}/`, { src: src(), before: knownVisitor })
    expect(await window.refledger('identify', email)).toBe(false)
    expect(endpoint.calls).toEqual([])
  })

  test('without crypto.subtle (simulated plain http) warns and sends nothing, and the arrival still counts', async () => {
    const { window, warnings } = await visitor.open(`${SHOP}/?ref=anna`, { src: src(), before: onPlainHttp })
    expect(await window.refledger('identify', 'a@b.example')).toBe(false)
    expect(warnings).toEqual(['refledger: identify needs https'])
    expect(called('visit')).toHaveLength(1)
    expect(called('identify')).toEqual([])
  })

  test.each<[string, Reply, string[]]>([
    ['a reply that says no', { body: '{"identified":false}' }, []],
    ['a refusal', { status: 404, body: '{"code":"unknown_site","message":"no site here"}' }, ['refledger: no site here']],
    ['a failure', { status: 500, body: '{"identified":true}' }, []],
    ['a broken connection', { hangUp: true }, []],
  ])('resolves to false after %s', async (_name, reply, warned) => {
    endpoint.reply = () => reply
    const { window, warnings } = await visitor.open(`${SHOP}/`, { src: src(), before: knownVisitor })
    expect(await window.refledger('identify', 'a@b.example')).toBe(false)
    expect(warnings).toEqual(warned)
  })
})

const told = (attached: boolean) => (): Reply => ({ body: JSON.stringify({ attached }) })

describe('cart', () => {
  test.each([[true], [false]])('says whether it is this session\'s: %s', async (attached) => {
    endpoint.reply = told(attached)
    const { window } = await visitor.open(`${SHOP}/cart?step=2#x`, { src: src(), before: knownVisitor })
    expect(await window.refledger('cart', 'c-77')).toBe(attached)
    const [sent] = called('cart')
    expect(sent?.headers['content-type']).toMatch(/^text\/plain/)
    expect(CartBody.parse(JSON.parse(sent?.body ?? ''))).toEqual({ session: KNOWN, cart: 'c-77', url: `${SHOP}/cart` })
  })

  test('a number is sent as the text that a server would name it by', async () => {
    endpoint.reply = told(true)
    const { window } = await visitor.open(`${SHOP}/cart`, { src: src(), before: knownVisitor })
    expect(await window.refledger('cart', 4711)).toBe(true)
    expect(JSON.parse(called('cart')[0]?.body ?? '')).toMatchObject({ cart: '4711' })
  })

  test('without a session, or an id, sends nothing', async () => {
    const { window } = await visitor.open(`${SHOP}/`, { src: src() })
    expect(await window.refledger('cart', 'c-77')).toBe(false)
    const known = await visitor.open(`${SHOP}/`, { src: src(), before: knownVisitor })
    expect(await known.window.refledger('cart', undefined)).toBe(false)
    expect(endpoint.calls).toEqual([])
  })
})

describe('the other commands', () => {
  test('session tells the session of an earlier page', async () => {
    const { window } = await visitor.open(`${SHOP}/`, { src: src(), before: knownVisitor })
    expect(await window.refledger('session')).toBe(KNOWN)
  })

  test('ready waits for the arrival', async () => {
    const before = stubThen("early = refledger('ready').then(function () { return document.cookie })")
    const { window } = await visitor.open(`${SHOP}/?ref=anna`, { src: src(), before })
    expect(await window.eval('early')).toMatch(/^_rl=/)
  })

  test.each(['ready', 'session', 'identify', 'cart', 'nonsense'])('%s never rejects when the call is lost', async (command) => {
    endpoint.reply = () => ({ hangUp: true })
    const { window } = await visitor.open(`${SHOP}/?ref=anna`, { src: src() })
    await expect(window.refledger(command, 'a@b.example')).resolves.not.toThrow()
  })

  test('an unknown one does nothing', async () => {
    const { window, warnings } = await visitor.open(`${SHOP}/`, { src: src(), before: knownVisitor })
    expect(await window.refledger('identfy', 'a@b.example')).toBeUndefined()
    expect(warnings).toEqual([])
    expect(endpoint.calls).toEqual([])
  })
})

describe('the stub', () => {
  test('gives every early call its own answer', async () => {
    const before = stubThen("early = [refledger('session'), refledger('identify', 'a@b.example'), refledger('ready')]")
    const { window } = await visitor.open(`${SHOP}/?ref=anna`, { src: src(), before })
    const { session } = JSON.parse(called('visit')[0]?.body ?? '{}') as { session?: string }
    expect(await Promise.all(window.eval('early') as Promise<unknown>[])).toEqual([session, true, undefined])
  })

  test('that was never called is replaced', async () => {
    const { window } = await visitor.open(`${SHOP}/`, { src: src(), before: stubThen() })
    expect(await window.refledger('session')).toBeUndefined()
  })

  test('that the page kept still answers after the script came', async () => {
    const { window } = await visitor.open(`${SHOP}/?ref=anna`, { src: src(), before: stubThen('kept = refledger') })
    expect(await window.eval("kept('session')")).toBe(await window.refledger('session'))
  })

  test('pasted after the script leaves the script in place', async () => {
    const { window } = await visitor.open(`${SHOP}/`, { src: src(), before: knownVisitor })
    const loaded = window.refledger
    window.eval(documentedStub())
    expect(window.refledger).toBe(loaded)
  })
})
