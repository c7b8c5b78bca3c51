import { describe, expect, test } from 'vitest'
import { NOTHING_KEPT, put, stage } from './stage.ts'
import type { PageOptions, ShopPage } from './page.ts'

const on = stage()
const go = async (page: ShopPage, how: 'pushState' | 'replaceState', address: string): Promise<void> => {
  page.window.history[how]({ at: address }, '', address)
  await page.settled()
}
/** How the browser says that it came to the page. */
const by = (how: keyof typeof TYPES): PageOptions => ({ before: ({ performance }) => put(performance, 'navigation', { type: TYPES[how] }) })
const TYPES = { navigate: 0, reload: 1, back_forward: 2 }
const urls = (): (string | undefined)[] => on.visits().map(({ url }) => url)

describe('an address that changes without a load', () => {
  test.each(['pushState', 'replaceState'] as const)('by %s is an arrival', async (how) => {
    const page = await on.open('/')
    await go(page, how, '/shoes?ref=anna')
    expect(urls()).toEqual(['http://www.shop.example/shoes?ref=anna'])
    expect(page.window.location.pathname).toBe('/shoes')
    expect(page.window.history.state).toEqual({ at: '/shoes?ref=anna' })
  })

  test('by a way back is an arrival', async () => {
    const page = await on.open('/')
    // Past the script's own watch, as a browser that steps back changes it.
    page.window.eval("History.prototype.replaceState.call(history, null, '', '/b?ref=anna')")
    await page.settled()
    expect(on.visits()).toEqual([])
    page.window.eval("dispatchEvent(new PopStateEvent('popstate'))")
    await page.settled()
    expect(urls()).toEqual(['http://www.shop.example/b?ref=anna'])
  })

  test('behind the # is an arrival', async () => {
    const page = await on.open('/#/')
    await go(page, 'pushState', '#/shoes?ref=anna')
    expect(urls()).toEqual(['http://www.shop.example/?ref=anna'])
  })

  test('to the same one again is none', async () => {
    const page = await on.open('/?ref=anna')
    await go(page, 'pushState', '/?ref=anna')
    await go(page, 'replaceState', '/?ref=anna&x=1')
    page.window.eval("dispatchEvent(new PopStateEvent('popstate'))")
    await page.settled()
    expect(on.visits()).toHaveLength(1)
  })

  test('to one without a code and back again is none', async () => {
    const page = await on.open('/?ref=anna')
    await go(page, 'pushState', '/cart')
    await go(page, 'pushState', '/?ref=anna')
    expect(on.visits()).toHaveLength(1)
  })

  test('to another code, or with one to another page, is one of the same session', async () => {
    const page = await on.open('/?ref=anna')
    await go(page, 'pushState', '/?ref=ben')
    await go(page, 'pushState', '/shoes?ref=ben')
    expect(on.visits().map(({ ref }) => ref)).toEqual(['anna', 'ben', 'ben'])
    expect(new Set(on.visits().map(({ session }) => session)).size).toBe(1)
    expect(new Set(on.visits().map(({ id }) => id)).size).toBe(3)
  })

  test('and goes on at once, while a call is under way, is an arrival', async () => {
    const page = await on.open('/')
    void page.window.refledger('click', 'ben')
    page.window.history.pushState(null, '', '/shoes?ref=anna')
    page.window.history.replaceState(null, '', '/shoes')
    await page.window.refledger('ready')
    expect(on.visits().map(({ ref }) => ref).toSorted()).toEqual(['anna', 'ben'])
  })

  test('and back by a way back, past another code, is none', async () => {
    const page = await on.open('/?ref=anna')
    await go(page, 'pushState', '/?ref=ben')
    page.window.eval("History.prototype.replaceState.call(history, null, '', '/?ref=anna'); dispatchEvent(new PopStateEvent('popstate'))")
    await page.settled()
    expect(on.visits().map(({ ref }) => ref)).toEqual(['anna', 'ben'])
  })

  test('without a code leaves nothing', async () => {
    const page = await on.open('/')
    await go(page, 'pushState', '/cart?x=1')
    expect(on.endpoint.calls).toEqual([])
    expect(on.kept()).toEqual(NOTHING_KEPT)
  })

  test('and is refused by the browser says so to the page', async () => {
    const { window } = await on.open('/')
    expect(() => window.history.pushState(null, '', 'https://elsewhere.example/')).toThrow(/cannot be created/)
  })
})

describe('a page that is loaded', () => {
  test.each(['reload', 'back_forward'] as const)('again by %s is no new arrival', async (type) => {
    await on.open('/?ref=anna')
    await on.open('/?ref=anna', by(type))
    expect(on.visits()).toHaveLength(1)
  })

  test.each(['reload', 'back_forward'] as const)('again by %s is one where it was not seen', async (type) => {
    await on.open('/?ref=anna', by(type))
    await on.open('/?ref=ben', by(type))
    expect(on.visits()).toHaveLength(2)
  })

  test('again by the way back from another link is none, and neither is the way forward', async () => {
    for (const [code, how] of [['anna', 'navigate'], ['ben', 'navigate'], ['anna', 'back_forward'], ['ben', 'back_forward']] as const) await on.open(`/?ref=${code}`, by(how))
    expect(on.visits().map(({ ref }) => ref)).toEqual(['anna', 'ben'])
  })

  test('again by a script, which names the page itself as where the visitor comes from, is none', async () => {
    await on.open('/?ref=anna', { referrer: 'https://blog.example/' })
    await on.open('/?ref=anna', { ...by('reload'), referrer: 'http://www.shop.example/?ref=anna' })
    expect(on.visits()).toHaveLength(1)
  })

  test('by a link once more is one', async () => {
    await on.open('/?ref=anna', by('navigate'))
    await on.open('/?ref=anna', by('navigate'))
    expect(on.visits()).toHaveLength(2)
  })
})
