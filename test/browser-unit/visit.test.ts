import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../shared/limits.ts'
import { VisitBody } from '../../shared/wire/script.ts'
import { recordFetches } from './page.ts'
import { accepts, KNOWN, NOTHING_KEPT, OTHER, put, refuses, SHOP, stage, withCookies } from './stage.ts'

const on = stage()
/** A visit as the collector reads it. */
const sent = (index = 0): VisitBody => VisitBody.parse(on.visits()[index])
const daysKept = (): number => ((on.visitor.cookies()[0]?.expires?.getTime() ?? 0) - Date.now()) / DAY_MS

describe('an arrival', () => {
  test('is posted once, as text, with what the collector needs', async () => {
    await on.open('/shoes?ref=anna&x=1#top', { referrer: 'https://blog.example/post?reader=7' })
    expect(on.endpoint.calls).toHaveLength(1)
    expect(on.endpoint.calls[0]).toMatchObject({ method: 'POST', path: '/r/visit' })
    expect(on.endpoint.calls[0]?.headers['content-type']).toMatch(/^text\/plain/)
    expect(on.visits()[0]).toEqual({
      id: expect.any(String), session: expect.any(String), ref: 'anna',
      url: `${SHOP}/shoes?ref=anna`, referrer: 'https://blog.example/post?reader=7',
      ageMs: expect.any(Number), keep: true,
      // happy-dom is a program, and says so.
      bot: true,
    })
    expect(sent().ageMs).toBeLessThan(1000)
    expect(sent().id).not.toBe(sent().session)
  })

  test.each([[true], [false]])('says whether a program drives the browser: %s', async (webdriver) => {
    await on.open('/?ref=anna', { before: ({ navigator }) => put(navigator, 'webdriver', webdriver) })
    expect(on.visits()).toMatchObject([{ bot: webdriver }])
  })

  test('without a code sends and writes nothing', async () => {
    const { window } = await on.open('/shoes?x=1')
    await window.refledger('ready')
    expect(on.endpoint.calls).toEqual([])
    expect(on.kept()).toEqual(NOTHING_KEPT)
    expect(await window.refledger('session')).toBeUndefined()
  })

  test.each([KNOWN, KNOWN.replace('-7', '-4'), KNOWN.replace('-7', '-0')])('keeps the session %s that the cookie holds', async (session) => {
    await on.open('/?ref=anna', { before: withCookies(`_rl=${session}`) })
    expect(on.visits()).toMatchObject([{ session }])
  })

  test.each(['garbage', 'undefined', KNOWN.toUpperCase(), KNOWN.replace('a', 'g'), KNOWN.slice(1), `${KNOWN}0`, `0${KNOWN}`])('starts a session when the cookie holds %s', async (text) => {
    await on.open('/?ref=anna', { before: withCookies(`_rl=${text}`) })
    expect(text).not.toContain(sent().session)
  })

  test('carries the cookies of the collector, which may live on another site', async () => {
    await on.open(`${on.endpoint.origin}/`, { before: withCookies('_rl=of-the-collector') })
    await on.open('/?ref=anna')
    expect(on.endpoint.calls[0]?.headers.cookie).toBe('_rl=of-the-collector')
  })

  test('outlives the page (seen at fetch: happy-dom knows no unload)', async () => {
    const asked: object[] = []
    await on.open('/?ref=anna', { before: (window) => recordFetches(window, asked) })
    expect(asked).toMatchObject([{ keepalive: true }])
    expect(on.endpoint.calls).toHaveLength(1)
  })

  test('is sent once when the tag is there twice', async () => {
    const page = await on.open('/?ref=anna')
    const first = page.window.refledger
    await page.loadAgain()
    expect(on.endpoint.calls).toHaveLength(1)
    expect(page.window.refledger).toBe(first)
  })

  test('of a second page joins the session of the first', async () => {
    await on.open('/?ref=anna')
    await on.open('/other?ref=ben')
    expect(sent(1).session).toBe(sent(0).session)
    expect(sent(1).id).not.toBe(sent(0).id)
  })

  test('of a page that was loaded ahead waits until somebody sees it', async () => {
    const page = await on.open('/?ref=anna', { before: ({ document }) => put(document, 'prerendering', true) })
    expect(on.endpoint.calls).toEqual([])
    page.window.eval("dispatchEvent(new Event('prerenderingchange'))")
    await page.settled()
    expect(on.visits()).toMatchObject([{ ref: 'anna' }])
  })
})

describe('the cookie', () => {
  test('is written when the answer says that the server has not, as it says', async () => {
    on.endpoint.reply = accepts({ attributes: { expires: 30, sameSite: 'Lax', secure: false } })
    const { window } = await on.open('/?ref=anna')
    expect(window.document.cookie).toBe(`_rl=${sent().session}`)
    expect(on.visitor.cookies()).toMatchObject([{ key: '_rl', path: '/', sameSite: 'Lax', secure: false, domain: '' }])
    expect(daysKept()).toBeCloseTo(30, 1)
    expect(on.kept().localStorage).toEqual({})
  })

  test('is left alone when the server has set it', async () => {
    on.endpoint.reply = (call) => ({
      ...accepts({ cookie: true })(call),
      headers: { 'set-cookie': `_rl=${(JSON.parse(call.body) as VisitBody).session}; Path=/; Max-Age=60` },
    })
    const { window } = await on.open(`${on.endpoint.origin}/?ref=anna`)
    expect(window.document.cookie).toBe(`_rl=${sent().session}`)
    expect(on.visitor.cookies()).toHaveLength(1)
    expect((on.visitor.cookies()[0]?.expires?.getTime() ?? Infinity) - Date.now()).toBeLessThanOrEqual(60_000)
    expect(await window.refledger('session')).toBe(sent().session)
  })

  test('is written all the same where the server says that it was set, and the browser has none', async () => {
    on.endpoint.reply = accepts({ cookie: true })
    const { window } = await on.open('/?ref=anna')
    expect(window.document.cookie).toBe(`_rl=${sent().session}`)
  })

  test('is secure where the answer says so', async () => {
    on.endpoint.reply = accepts({ attributes: { expires: 90, sameSite: 'Lax', secure: true } })
    const answer = JSON.stringify({ click: null, session: KNOWN, cookie: false, attributes: { expires: 90, sameSite: 'Lax', secure: true }, pass: 'p' })
    await on.visitor.open('https://www.shop.example/?ref=anna', { text: on.script, before: (window) => void (window.fetch = async () => new window.Response(answer)) })
    expect(on.visitor.cookies()).toMatchObject([{ key: '_rl', value: KNOWN, secure: true }])
  })

  test('is on the domain that the answer names', async () => {
    on.endpoint.reply = accepts({ attributes: { domain: 'shop.example', expires: 90, sameSite: 'Lax', secure: false } })
    await on.open('/?ref=anna')
    expect(on.visitor.cookies()).toMatchObject([{ key: '_rl', domain: 'shop.example' }])
  })

  test('holds the session that the answer names, which a pass may have let in', async () => {
    on.endpoint.reply = accepts({ session: OTHER })
    const { window } = await on.open('/?ref=anna')
    expect(sent().session).not.toBe(OTHER)
    expect(window.document.cookie).toBe(`_rl=${OTHER}`)
    expect(on.kept().localStorage).toEqual({})
    expect(await window.refledger('session')).toBe(OTHER)
  })

  test('that the browser does not take is replaced by its storage', async () => {
    const { window } = await on.open('/?ref=anna', { before: ({ document }) => put(document, 'cookie', '') })
    expect(on.kept()).toMatchObject({ cookies: [], localStorage: { _rl: sent().session } })
    expect(await window.refledger('session')).toBe(sent().session)
    await on.open('/other?ref=ben', { before: ({ document }) => put(document, 'cookie', '') })
    expect(sent(1).session).toBe(sent(0).session)
  })
})

describe('a refusal', () => {
  test.each([400, 403, 404, 422])('%i is told on the console and leaves nothing to send again, nor a session', async (status) => {
    on.endpoint.reply = refuses(status)
    const { window, warnings } = await on.open('/?ref=anna')
    await window.refledger('ready')
    expect(warnings).toEqual(['refledger: no site here'])
    expect(on.kept()).toMatchObject({ cookies: [], localStorage: {} })
    expect(await window.refledger('session')).toBeUndefined()
    await on.open('/')
    expect(on.endpoint.calls).toHaveLength(1)
  })

  test('leaves an earlier session as it is', async () => {
    on.endpoint.reply = refuses(404)
    const { window } = await on.open('/?ref=anna', { before: withCookies(`_rl=${KNOWN}`) })
    expect(await window.refledger('session')).toBe(KNOWN)
    expect(window.document.cookie).toBe(`_rl=${KNOWN}`)
  })
})
