import { describe, expect, test } from 'vitest'
import type { PageOptions, ShopWindow } from './page.ts'
import { accepts, hangsUp, KNOWN, NOTHING_KEPT, put, stage, withCookies } from './stage.ts'

const on = stage()
const asking = (data: Record<string, string> = {}, more: (window: ShopWindow) => void = () => undefined): PageOptions => ({
  data,
  before: (window) => {
    put(window.navigator, 'globalPrivacyControl', true)
    more(window)
  },
})

describe('a visitor whose browser asks for privacy', () => {
  test('leaves nothing and is told to nobody', async () => {
    const page = await on.open('/?ref=anna', asking())
    page.window.history.pushState(null, '', '/?ref=ben')
    await page.settled()
    for (const command of ['ready', 'session', 'identify', 'cart']) await page.window.refledger(command, 'a@b.example')
    expect(on.endpoint.calls).toEqual([])
    expect(on.kept()).toEqual(NOTHING_KEPT)
    expect(await page.window.refledger('session')).toBeUndefined()
  })

  test('is not taken over from another system', async () => {
    await on.open('/', asking({}, withCookies('refgrow_ref_code=anna')))
    expect(on.endpoint.calls).toEqual([])
  })

  test('loses what was kept before, and what waits is not sent', async () => {
    await on.open('/?ref=anna')
    on.endpoint.reply = hangsUp
    await on.open('/?ref=ben')
    on.endpoint.reply = accepts()
    const { window } = await on.open('/', asking())
    expect(await window.refledger('session')).toBeUndefined()
    expect(on.visits()).toHaveLength(2)
    expect(on.kept()).toEqual(NOTHING_KEPT)
  })

  test('is counted by a code that the page names, for this page alone', async () => {
    const { window } = await on.open('/shoes', asking())
    await window.refledger('click', 'ben')
    expect(on.visits()).toMatchObject([{ ref: 'ben', keep: false }])
    expect(await window.refledger('session')).toBe(on.visits()[0]?.session)
    expect(await window.refledger('identify', 'a@b.example')).toBe(true)
    expect(on.told('identify')).toMatchObject([{ session: on.visits()[0]?.session }])
    expect(on.kept()).toEqual(NOTHING_KEPT)
    const next = await on.open('/', asking())
    expect(await next.window.refledger('session')).toBeUndefined()
  })

  test('leaves nothing when such a call is lost', async () => {
    on.endpoint.reply = hangsUp
    const { window } = await on.open('/', asking())
    await window.refledger('click', 'ben')
    expect(on.visits()).toHaveLength(1)
    expect(on.kept()).toEqual(NOTHING_KEPT)
  })
})

test('a tag that ignores it counts and keeps as ever', async () => {
  await on.open('/?ref=anna', asking({ gpc: 'ignore' }, withCookies(`_rl=${KNOWN}`)))
  expect(on.visits()).toMatchObject([{ ref: 'anna', session: KNOWN, keep: true }])
  expect(on.kept().cookies).toEqual(['_rl'])
})

test.each([['not asking', false], ['knowing nothing of it', undefined]])('a browser %s counts and keeps', async (_name, value) => {
  await on.open('/?ref=anna', { before: ({ navigator }) => put(navigator, 'globalPrivacyControl', value) })
  expect(on.visits()).toMatchObject([{ keep: true }])
  expect(on.kept().cookies).toEqual(['_rl'])
})
