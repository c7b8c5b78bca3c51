import { describe, expect, test } from 'vitest'
import type { PageOptions } from './page.ts'
import { accepts, hangsUp, KNOWN, NOTHING_KEPT, stage, withCookies } from './stage.ts'

const required: PageOptions = { data: { consent: 'required' } }
const on = stage()
const called = (): string[] => on.endpoint.calls.map(({ path }) => path)

describe('before the visitor has said a word', () => {
  test('nothing is kept and nothing is sent', async () => {
    const { window } = await on.open('/?ref=anna', required)
    for (const command of ['ready', 'session', 'identify', 'cart', 'click']) await window.refledger(command, 'a@b.example')
    expect(called()).toEqual([])
    expect(on.kept()).toEqual(NOTHING_KEPT)
    expect(await window.refledger('session')).toBeUndefined()
  })

  test('what an earlier page could not send waits on', async () => {
    on.endpoint.reply = hangsUp
    await on.open('/?ref=anna')
    on.endpoint.reply = accepts()
    const { window } = await on.open('/', required)
    expect(on.visits()).toHaveLength(1)
    await window.refledger('consent', 'granted')
    expect(on.visits().map(({ id }) => id)).toEqual([on.visits()[0]?.id, on.visits()[0]?.id])
  })

  test('nothing is sent for a visitor who is known already', async () => {
    const { window } = await on.open('/', { ...required, before: withCookies(`_rl=${KNOWN}`) })
    expect(await window.refledger('identify', 'a@b.example')).toBe(false)
    expect(await window.refledger('cart', 'c-77')).toBe(false)
    expect(called()).toEqual([])
  })

  test('another word of the tag requires nothing', async () => {
    await on.open('/?ref=anna', { data: { consent: '' } })
    expect(on.visits()).toHaveLength(1)
  })
})

describe('granted', () => {
  test('counts the arrival that was held', async () => {
    const { window } = await on.open('/?ref=anna', required)
    await window.refledger('consent', 'granted')
    expect(on.visits()).toMatchObject([{ ref: 'anna', url: 'http://www.shop.example/?ref=anna' }])
    expect(on.kept().cookies).toEqual(['_rl'])
  })

  test('counts it although the address has changed meanwhile, and where it was', async () => {
    const page = await on.open('/?ref=anna', required)
    page.window.history.pushState(null, '', '/cart')
    await page.settled()
    await page.window.refledger('consent', 'granted')
    expect(on.visits()).toMatchObject([{ ref: 'anna', url: 'http://www.shop.example/?ref=anna' }])
  })

  test('lets what comes later through', async () => {
    const page = await on.open('/', required)
    await page.window.refledger('consent', 'granted')
    expect(called()).toEqual([])
    page.window.history.pushState(null, '', '/?ref=ben')
    await page.settled()
    expect(on.visits()).toMatchObject([{ ref: 'ben' }])
  })

  test('is no word for the next page, which asks again', async () => {
    const first = await on.open('/?ref=anna', required)
    await first.window.refledger('consent', 'granted')
    await on.open('/?ref=ben', required)
    expect(on.visits()).toHaveLength(1)
  })
})

/** A visitor of whom everything is kept that can be: a session, an arrival that waits, and the one that was seen. */
async function knownAll(): Promise<void> {
  await on.open('/?ref=anna')
  on.endpoint.reply = hangsUp
  await on.open('/?ref=ben')
  on.endpoint.reply = accepts()
  expect(on.kept()).toMatchObject({ cookies: ['_rl'], localStorage: { _rlq: expect.any(String) }, sessionStorage: { _rls: expect.any(String) } })
}

describe.each([['denied', 'consent'], ['forget', 'forget'], [undefined, 'consent'], ['whatever', 'consent']])('%s', (word, command) => {
  test('removes every trace, here and on the collector', async () => {
    await knownAll()
    const [{ session } = {}] = on.visits()
    const { window } = await on.open('/', required)
    await window.refledger(command, word)
    expect(on.told('forget')).toEqual([{ session, url: 'http://www.shop.example/' }])
    expect(on.kept()).toEqual(NOTHING_KEPT)
    expect(await window.refledger('session')).toBeUndefined()
    await on.open('/')
    expect(on.visits()).toHaveLength(2)
  })

  test('lets go of what was held', async () => {
    const { window } = await on.open('/?ref=anna', required)
    await window.refledger(command, word)
    await window.refledger('consent', 'granted')
    expect(called()).toEqual([])
    expect(on.kept()).toEqual(NOTHING_KEPT)
  })

  test.each(['shop.example', 'www.shop.example', '.shop.example'])('removes the cookie of %s', async (domain) => {
    const { window } = await on.open('/', { before: withCookies(`_rl=${KNOWN}; Domain=${domain}`) })
    expect(on.kept().cookies).toEqual(['_rl'])
    await window.refledger(command, word)
    expect(on.kept()).toEqual(NOTHING_KEPT)
    expect(on.told('forget')).toMatchObject([{ session: KNOWN }])
  })

  test('removes what other systems knew too, which would come back with the next page', async () => {
    const others = ['_rc_sid', 'refgrow_ref_code', 'refersion_rfsn'].map((name) => `${name}=${KNOWN}`)
    const { window } = await on.open('/', { before: withCookies(...others) })
    await window.refledger(command, word)
    expect(on.kept()).toEqual(NOTHING_KEPT)
  })

  test('waits for no call that is under way, and lets none bring anything back', async () => {
    const answer = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const page = await on.open('/', { before: (window) => {
      const fetched = window.fetch.bind(window)
      window.fetch = async (url, init) => {
        const response = await fetched(url, init)
        if (String(url).endsWith('/r/visit')) {
          answer.resolve()
          await held.promise
        }
        return response
      }
    } })
    page.window.history.pushState(null, '', '/?ref=anna')
    await answer.promise
    expect(on.kept()).not.toEqual(NOTHING_KEPT)
    void page.window.refledger(command, word)
    expect(on.kept()).toEqual(NOTHING_KEPT)
    held.resolve()
    await page.settled()
    expect(on.kept()).toEqual(NOTHING_KEPT)
    expect(on.told('forget')).toMatchObject([{ session: on.visits()[0]?.session }])
  })

  test('removes every trace although the collector does not hear of it', async () => {
    await knownAll()
    on.endpoint.reply = hangsUp
    const { window } = await on.open('/', required)
    await window.refledger(command, word)
    expect(on.kept()).toEqual(NOTHING_KEPT)
  })
})

test('denied goes on for the page: nothing is counted, nothing is kept', async () => {
  const page = await on.open('/?ref=anna')
  await page.window.refledger('consent', 'denied')
  page.window.history.pushState(null, '', '/?ref=ben')
  await page.settled()
  await page.window.refledger('click', 'ben')
  expect(on.visits()).toHaveLength(1)
  expect(on.kept()).toEqual(NOTHING_KEPT)
})

test('forget also undoes what was asked for before it and not done yet', async () => {
  const { window } = await on.open('/')
  void window.refledger('click', 'anna')
  await window.refledger('forget')
  expect(on.kept()).toEqual(NOTHING_KEPT)
  expect(await window.refledger('session')).toBeUndefined()
})

test('forget lets a new arrival begin a new session', async () => {
  const page = await on.open('/?ref=anna')
  await page.window.refledger('forget')
  page.window.history.pushState(null, '', '/?ref=ben')
  await page.settled()
  const [first, second] = on.visits()
  expect(second).toMatchObject({ ref: 'ben' })
  expect(second?.session).not.toBe(first?.session)
})
