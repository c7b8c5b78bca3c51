import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { CartBody, IdentifyBody } from '../../shared/wire/script.ts'
import type { Call, Reply } from './endpoint.ts'
import { documentedStub, type ShopWindow } from './page.ts'
import { hangsUp, KNOWN, put, SHOP, stage, withCookies } from './stage.ts'

const SHA256 = createHash('sha256').update('jörg.müller@example.com').digest('hex')
/** What a shop's page does before the script is there. */
const stubThen = (code = '') => (window: ShopWindow): void => void window.eval(`${documentedStub()}; ${code}`)
const onPlainHttp = (window: ShopWindow): void => {
  const { crypto } = window
  put(window, 'crypto', { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) })
}
const knownVisitor = withCookies(`_rl=${KNOWN}`)

const on = stage()
const called = (name: string): Call[] => on.endpoint.calls.filter(({ path }) => path === `/r/${name}`)

describe('identify', () => {
  test('sends the hash of the trimmed, lower-cased address and nothing else of it', async () => {
    const { window } = await on.open('/thanks?order=7&email=x#y', { before: knownVisitor })
    expect(await window.refledger('identify', '  Jörg.MÜLLER@Example.com ')).toBe(true)

    expect(called('identify')).toHaveLength(1)
    expect(on.endpoint.calls[0]?.headers['content-type']).toMatch(/^text\/plain/)
    const body = IdentifyBody.parse(JSON.parse(on.endpoint.calls[0]?.body ?? ''))
    expect(body).toEqual({ session: KNOWN, emailHash: SHA256, url: `${SHOP}/thanks` })
    expect(decodeURIComponent(JSON.stringify(on.endpoint.calls))).not.toMatch(/müller|example\.com/i)
  })

  test('comes after the arrival, in its session', async () => {
    const before = stubThen("early = refledger('identify', 'a@b.example')")
    const { window } = await on.open('/?ref=anna', { before })
    expect(await window.eval('early')).toBe(true)
    expect(on.endpoint.calls.map(({ path }) => path)).toEqual(['/r/visit', '/r/identify'])
    const [visit, identify] = on.endpoint.calls.map(({ body }) => JSON.parse(body) as { session: string })
    expect(identify?.session).toBe(visit?.session)
  })

  test('without a session sends nothing', async () => {
    const { window } = await on.open('/')
    expect(await window.refledger('identify', 'a@b.example')).toBe(false)
    expect(on.endpoint.calls).toEqual([])
  })

  test.each([['nothing', undefined], ['null', null], ['blanks', '  '], ['a number', 7], ['a list', ['a@b.example']], ['an object', { email: 'a@b.example' }], ['a bare object', Object.create(null)]])('with %s sends nothing', async (_name, email) => {
    const { window } = await on.open('/', { before: knownVisitor })
    expect(await window.refledger('identify', email)).toBe(false)
    expect(on.endpoint.calls).toEqual([])
  })

  test('without crypto.subtle (simulated plain http) warns and sends nothing, and the arrival still counts', async () => {
    const { window, warnings } = await on.open('/?ref=anna', { before: onPlainHttp })
    expect(await window.refledger('identify', 'a@b.example')).toBe(false)
    expect(warnings).toEqual(['refledger: no https, POST /r/identify'])
    expect(called('visit')).toHaveLength(1)
    expect(called('identify')).toEqual([])
  })

  test.each<[string, Reply, string[]]>([
    ['a reply that says no', { body: '{"identified":false}' }, []],
    ['a refusal', { status: 404, body: '{"code":"unknown_site","message":"no site here"}' }, ['refledger: no site here']],
    ['a failure', { status: 500, body: '{"identified":true}' }, []],
    ['a broken connection', { hangUp: true }, []],
  ])('resolves to false after %s', async (_name, reply, warned) => {
    on.endpoint.reply = () => reply
    const { window, warnings } = await on.open('/', { before: knownVisitor })
    expect(await window.refledger('identify', 'a@b.example')).toBe(false)
    expect(warnings).toEqual(warned)
  })
})

describe('click', () => {
  test('takes anything that a page may hand over, and later arrivals go on', async () => {
    const page = await on.open('/')
    const odd: Record<string, unknown> = {}
    odd['self'] = odd
    await page.window.refledger('click', odd)
    await page.window.refledger('click', 'anna')
    expect(called('visit').map(({ body }) => (JSON.parse(body) as { ref: string }).ref)).toEqual(['[object Object]', 'anna'])
    expect(page.faults).toEqual([])
  })

  test.each(['consent', 'forget'])('nor does %s throw over what it was given', async (command) => {
    const page = await on.open('/')
    expect(() => void page.window.refledger(command, Object.create(null))).not.toThrow()
    expect(() => void page.window.refledger(Object.create(null) as string)).not.toThrow()
    await page.settled()
    expect(page.faults).toEqual([])
  })
})

const told = (attached: boolean) => (): Reply => ({ body: JSON.stringify({ attached }) })

describe('cart', () => {
  test.each([[true], [false]])('says whether it is this session\'s: %s', async (attached) => {
    on.endpoint.reply = told(attached)
    const { window } = await on.open('/cart?step=2#x', { before: knownVisitor })
    expect(await window.refledger('cart', 'c-77')).toBe(attached)
    const [sent] = called('cart')
    expect(sent?.headers['content-type']).toMatch(/^text\/plain/)
    expect(CartBody.parse(JSON.parse(sent?.body ?? ''))).toEqual({ session: KNOWN, cart: 'c-77', url: `${SHOP}/cart` })
  })

  test('a number will do, which the collector takes as the text that a server would name it by', async () => {
    on.endpoint.reply = told(true)
    const { window } = await on.open('/cart', { before: knownVisitor })
    expect(await window.refledger('cart', 4711)).toBe(true)
    expect(JSON.parse(called('cart')[0]?.body ?? '')).toMatchObject({ cart: 4711 })
  })

  test('without a session, or an id, sends nothing', async () => {
    const { window } = await on.open('/')
    expect(await window.refledger('cart', 'c-77')).toBe(false)
    const known = await on.open('/', { before: knownVisitor })
    expect(await known.window.refledger('cart', undefined)).toBe(false)
    expect(on.endpoint.calls).toEqual([])
  })
})

describe('the other commands', () => {
  test('session tells the session of an earlier page', async () => {
    const { window } = await on.open('/', { before: knownVisitor })
    expect(await window.refledger('session')).toBe(KNOWN)
  })

  test('ready waits for the arrival', async () => {
    const before = stubThen("early = refledger('ready').then(function () { return document.cookie })")
    const { window } = await on.open('/?ref=anna', { before })
    expect(await window.eval('early')).toMatch(/^_rl=/)
  })

  test.each(['ready', 'session', 'identify', 'cart', 'link', 'click', 'consent', 'forget', 'nonsense'])('%s never rejects when the call is lost', async (command) => {
    on.endpoint.reply = hangsUp
    const { window } = await on.open('/?ref=anna')
    await expect(window.refledger(command, 'a@b.example')).resolves.not.toThrow()
  })

  test('an unknown one does nothing', async () => {
    const { window, warnings } = await on.open('/', { before: knownVisitor })
    expect(await window.refledger('identfy', 'a@b.example')).toBeUndefined()
    expect(warnings).toEqual([])
    expect(on.endpoint.calls).toEqual([])
  })
})

describe('the stub', () => {
  test('gives every early call its own answer', async () => {
    const before = stubThen("early = [refledger('session'), refledger('identify', 'a@b.example'), refledger('ready')]")
    const { window } = await on.open('/?ref=anna', { before })
    const { session } = JSON.parse(called('visit')[0]?.body ?? '{}') as { session?: string }
    expect(await Promise.all(window.eval('early') as Promise<unknown>[])).toEqual([session, true, undefined])
  })

  test('that was never called is replaced', async () => {
    const { window } = await on.open('/', { before: stubThen() })
    expect(await window.refledger('session')).toBeUndefined()
  })

  test('that the page kept still answers after the script came', async () => {
    const { window } = await on.open('/?ref=anna', { before: stubThen('kept = refledger') })
    expect(await window.eval("kept('session')")).toBe(await window.refledger('session'))
  })

  test('pasted after the script leaves the script in place', async () => {
    const { window } = await on.open('/', { before: knownVisitor })
    const loaded = window.refledger
    window.eval(documentedStub())
    expect(window.refledger).toBe(loaded)
  })
})
