import { describe, expect, test } from 'vitest'
import type { ShopWindow } from './page.ts'
import { KNOWN, NOTHING_KEPT, stage } from './stage.ts'

const on = stage()

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
    const api = data['api'] ? { api: on.endpoint.origin + data['api'] } : {}
    await on.open('/?ref=anna', { src: on.endpoint.origin + path, data: api })
    expect(on.endpoint.calls.map((call) => call.path)).toEqual([posted])
  })

  test('with an address whose host begins like the script tells where to post', async () => {
    const asked: unknown[] = []
    const offline = (window: ShopWindow): void => {
      window.fetch = async (url) => {
        asked.push(url)
        throw new Error('offline')
      }
    }
    await on.visitor.open('http://www.shop.example/?ref=anna', { text: on.script, data: { api: 'https://r.shop.example' }, before: offline })
    expect(asked).toEqual(['https://r.shop.example/r/visit'])
  })

  test.each([
    ['partner', '?ref=ben&partner=anna', 'anna'],
    ['via,ref', '?ref=ben&via=anna', 'anna'],
    ['partner, via', '?ref=ben&via=anna', 'anna'],
    ['partner via', '?ref=ben&via=anna', 'anna'],
    ['', '?via=ben&ref=anna', 'anna'],
  ])('with the parameters "%s"', async (param, search, ref) => {
    await on.open(`/${search}`, { data: { param } })
    expect(on.visits()).toMatchObject([{ ref }])
  })

  test.each(['30', '0.5', '-5', '3650', '30 days', ''])('with the days "%s" and a domain sends both as they are spelt', async (days) => {
    await on.open('/?ref=anna', { data: { days, domain: '.Shop.example' } })
    expect(on.visits()).toMatchObject([{ days, domain: '.Shop.example' }])
  })

  test('with neither sends neither', async () => {
    await on.open('/?ref=anna')
    expect(on.visits()).toHaveLength(1)
    expect(on.visits()[0]).not.toHaveProperty('days')
    expect(on.visits()[0]).not.toHaveProperty('domain')
  })
})

describe('a clean address', () => {
  const clean = { clean: '' }

  test('loses what was read from it, and nothing else', async () => {
    const { window } = await on.open(`/shoes?size=7&ref=anna&via=ben&rlid=${KNOWN}&c=1&rlp=p&discount=SAVE&q=a%2Bb#top`, { data: { ...clean, coupon: 'discount' } })
    expect(window.location.href).toBe('http://www.shop.example/shoes?size=7&q=a%2Bb#top')
    expect(on.visits()).toMatchObject([{ ref: 'anna', coupon: 'SAVE', pass: 'p', url: `http://www.shop.example/shoes?ref=anna&via=ben&rlp=p&discount=SAVE&c=1&rlid=${KNOWN}` }])
  })

  test.each(['?ref=anna&via=ben', '?via=ben&ref=anna', '?ref=anna&ref=ben'])('leaves nothing of %s that would be another arrival', async (search) => {
    const page = await on.open(`/${search}`, { data: clean })
    await page.settled()
    expect(on.visits().map(({ ref }) => ref)).toEqual(['anna'])
  })

  test.each(['a.b', 'ref[]', '(ref', '$ref', 'ref*'])('may have held a parameter of any name, such as %s', async (param) => {
    const { window } = await on.open(`/?x=1&${param}=anna`, { data: { ...clean, param } })
    expect(on.visits()).toMatchObject([{ ref: 'anna' }])
    expect(window.location.search).toBe('?x=1')
  })

  test('knows a parameter that is written in another way than the tag does', async () => {
    const { window } = await on.open('/?x=1&ref%5B%5D=anna', { data: { ...clean, param: 'ref[]' } })
    expect(on.visits()).toMatchObject([{ ref: 'anna' }])
    expect(window.location.search).toBe('?x=1')
  })

  test.each(['/men&women', '/h&c=1', '/a?'])('leaves the path %s alone', async (path) => {
    const { window } = await on.open(`${path}?ref=anna`, { data: clean })
    expect(window.location.pathname).toBe(path.replace('?', ''))
  })

  test('keeps the rest, in the spelling of forms', async () => {
    const { window } = await on.open('/?flag&ref=anna&sig=%7e+%20x==', { data: clean })
    expect(window.location.search).toBe('?flag=&sig=%7E++x%3D%3D')
  })

  test('leaves what stands behind the # alone', async () => {
    const { window } = await on.open('/?ref=ben#/shoes?size=7&tab=2', { data: clean })
    expect(window.location.hash).toBe('#/shoes?size=7&tab=2')
  })

  test('keeps the state of the page, and adds no step back', async () => {
    const { window } = await on.open('/?ref=anna', { data: clean, before: (page) => page.history.replaceState({ step: 7 }, '') })
    expect(window.history.state).toEqual({ step: 7 })
    expect(window.history.length).toBe(1)
    expect(on.visits()).toHaveLength(1)
  })

  test('is left alone where nothing was read', async () => {
    const { window } = await on.open('/?c=1&rlid=x', { data: clean })
    expect(window.location.search).toBe('?c=1&rlid=x')
  })

  test('is only made where the tag asks for it', async () => {
    const { window } = await on.open('/?ref=anna')
    expect(window.location.search).toBe('?ref=anna')
  })
})

describe('by hand', () => {
  const manual = { data: { manual: '' } }

  test('the address is not looked at by itself, nor when it changes', async () => {
    const page = await on.open('/?ref=anna', manual)
    page.window.history.pushState(null, '', '/?ref=ben')
    await page.settled()
    expect(on.endpoint.calls).toEqual([])
    expect(on.kept()).toEqual(NOTHING_KEPT)
  })

  test('click looks at the address', async () => {
    const { window } = await on.open('/?ref=anna', manual)
    await window.refledger('click')
    expect(on.visits()).toMatchObject([{ ref: 'anna', url: 'http://www.shop.example/?ref=anna' }])
    await window.refledger('click')
    expect(on.visits()).toHaveLength(1)
  })

  test('click counts a code that the page names, each time', async () => {
    const { window } = await on.open('/shoes?x=1', manual)
    await window.refledger('click', 'ben')
    await window.refledger('click', 'ben')
    expect(on.visits()).toMatchObject([{ ref: 'ben', url: 'http://www.shop.example/shoes' }, { ref: 'ben' }])
    expect(on.visits()[0]?.session).toBe(on.visits()[1]?.session)
    expect(on.kept().cookies).toEqual(['_rl'])
  })
})
