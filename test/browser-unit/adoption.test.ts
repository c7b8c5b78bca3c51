import { describe, expect, test } from 'vitest'
import { accepts, KNOWN, OTHER, refuses, stage, withCookies } from './stage.ts'

const on = stage()

describe("another system's cookie", () => {
  test.each([['refgrow_ref_code', 'anna'], ['refersion_rfsn', '123.ana']])('%s is taken over once, as no click', async (name, code) => {
    await on.open('/shoes?x=1', { before: withCookies(`${name}=${code}`) })
    expect(on.visits()).toMatchObject([{ ref: code, adopted: true, url: 'http://www.shop.example/shoes' }])
    expect(on.kept().cookies.toSorted()).toEqual(['_rl', name])
    await on.open('/cart')
    expect(on.visits()).toHaveLength(1)
  })

  test('of Refgrow goes before that of Refersion', async () => {
    await on.open('/', { before: withCookies('refersion_rfsn=1.ben', 'refgrow_ref_code=anna') })
    expect(on.visits()).toMatchObject([{ ref: 'anna' }])
  })

  test('is nothing beside a code in the address, which is a click', async () => {
    await on.open('/?ref=ben', { before: withCookies('refgrow_ref_code=anna') })
    expect(on.visits()).toMatchObject([{ ref: 'ben' }])
    expect(on.visits()[0]).not.toHaveProperty('adopted')
  })

  test('is nothing beside a session of ours', async () => {
    await on.open('/', { before: withCookies('refgrow_ref_code=anna', `_rl=${KNOWN}`) })
    expect(on.endpoint.calls).toEqual([])
  })

  test('that nobody knows is told once, and not on every page', async () => {
    on.endpoint.reply = refuses(404)
    await on.open('/', { before: withCookies('refgrow_ref_code=nobody') })
    await on.open('/shoes')
    expect(on.visits()).toHaveLength(1)
  })
})

describe("RefCampaign's session", () => {
  test('is gone on with', async () => {
    const { window } = await on.open('/?ref=anna', { before: withCookies(`_rc_sid=${KNOWN}`) })
    expect(on.visits()).toMatchObject([{ session: KNOWN }])
    expect(await window.refledger('session')).toBe(KNOWN)
    expect(window.document.cookie).toContain(`_rl=${KNOWN}`)
  })

  test('is told to identify and cart without an arrival, and is none itself', async () => {
    const { window } = await on.open('/thanks', { before: withCookies(`_rc_sid=${KNOWN}`) })
    expect(await window.refledger('identify', 'a@b.example')).toBe(true)
    expect(on.endpoint.calls.map(({ path }) => path)).toEqual(['/r/identify'])
    expect(on.told('identify')).toMatchObject([{ session: KNOWN }])
  })

  test('comes after one of ours, in a cookie or in storage', async () => {
    const cookie = await on.open('/', { before: withCookies(`_rc_sid=${KNOWN}`, `_rl=${OTHER}; Max-Age=60`) })
    expect(await cookie.window.refledger('session')).toBe(OTHER)
    const stored = await on.open('/', { before: (window) => {
      withCookies('_rl=; Max-Age=0')(window)
      window.localStorage.setItem('_rl', OTHER)
    } })
    expect(stored.window.document.cookie).not.toContain('_rl=')
    expect(await stored.window.refledger('session')).toBe(OTHER)
  })

  test('of another form is left alone', async () => {
    on.endpoint.reply = accepts()
    await on.open('/?ref=anna', { before: withCookies('_rc_sid=s-1') })
    expect(on.visits()[0]?.session).toMatch(/^[\da-f-]{36}$/)
  })
})
