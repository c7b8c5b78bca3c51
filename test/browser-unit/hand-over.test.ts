import { describe, expect, test } from 'vitest'
import type { PageOptions, ShopPage } from './page.ts'
import { accepts, hangsUp, KNOWN, put, stage, withCookies } from './stage.ts'

const MINUTE_MS = 60_000
const DOMAINS = 'shop.de, other.example'
const on = stage()
const tag = (more: PageOptions = {}): PageOptions => ({ data: { domains: DOMAINS }, ...more })
const arrived = (): Promise<ShopPage> => on.open('/?ref=anna', tag())
const known = (): Promise<ShopPage> => on.open('/', tag({ before: withCookies(`_rl=${KNOWN}`) }))

/** A page whose clock a test puts ahead of the time at which it was opened. */
async function aging(): Promise<{ page: ShopPage; later: (byMs: number) => void }> {
  let ahead = 0
  const page = await on.open('/?ref=anna', tag({ before: ({ Date: clock }) => {
    const { now } = clock
    put(clock, 'now', () => now() + ahead)
  } }))
  return { page, later: (byMs) => void (ahead = byMs) }
}

/** A link or a form's field that the pointer, or the focus, comes to. */
async function near(page: ShopPage, html: string, { event = 'pointerover', at = 'i' } = {}): Promise<string | null> {
  const { document } = page.window
  document.body.innerHTML = html
  document.querySelector(at)?.dispatchEvent(new page.window.Event(event, { bubbles: true }))
  await page.settled()
  const marked = document.querySelector('a,form')
  return marked?.getAttribute('href') ?? marked?.getAttribute('action') ?? null
}
const link = (address: string): string => `<p><a href="${address}"><b><i>go</i></b></a></p>`
const form = (action: string, method = 'post'): string => `<form action="${action}" method="${method}"><i></i><input name="action" value="x"></form>`

describe('a link', () => {
  test.each(['pointerover', 'focus', 'click'])('to another site of the shop gets a pass at %s', async (event) => {
    expect(await near(await arrived(), link('https://shop.de/cart?x=1#top'), { event })).toBe('https://shop.de/cart?x=1&rlp=first#top')
  })

  test.each([
    ['another listed one', 'https://other.example/', 'https://other.example/?&rlp=first'],
    ['a subdomain of one', 'https://www.shop.de/', 'https://www.shop.de/?&rlp=first'],
    ['one by another protocol and port', 'http://shop.de:8080/', 'http://shop.de:8080/?&rlp=first'],
  ])('to %s', async (_name, address, marked) => {
    expect(await near(await arrived(), link(address))).toBe(marked)
  })

  test('keeps the spelling of its query, which may be signed', async () => {
    const signed = 'https://shop.de/?b&a=%7e+%20%2B&sig=x=='
    expect(await near(await arrived(), link(signed.replaceAll('&', '&amp;')))).toBe(`${signed}&rlp=first`)
  })

  test.each(['/cart', 'cart?x=1', '#top', 'https://www.shop.example/', 'https://stranger.example/', 'https://notshop.de/', 'https://shop.de.evil.example/', 'https://evil.example/?shop.de', 'mailto:a@shop.de', 'http://['])('to %s stays as it is', async (address) => {
    const page = await arrived()
    expect(await near(page, link(address))).toBe(address)
    expect(page.faults).toEqual([])
  })

  test('keeps what the page added behind the pass', async () => {
    const page = await arrived()
    expect(await near(page, link('https://shop.de/?&rlp=first&qty=2#top'))).toBe('https://shop.de/?&qty=2&rlp=first#top')
  })

  test.each(['shop.de,', ' shop.de', ',,shop.de ,'])('is known by the sites "%s", and no other is', async (domains) => {
    const page = await on.open('/?ref=anna', { data: { domains } })
    expect(await near(page, link('https://shop.de/'))).toBe('https://shop.de/?&rlp=first')
    for (const other of ['mailto:a@shop.de', 'tel:123', 'javascript:void(0)']) expect(await near(page, link(other))).toBe(other)
  })

  test('to a site that the page is on itself stays as it is, so that one tag may name them all', async () => {
    const page = await on.open('/?ref=anna', { data: { domains: 'shop.example shop.de' } })
    for (const own of ['https://www.shop.example/cart', 'https://pay.shop.example/']) expect(await near(page, link(own))).toBe(own)
    expect(await near(page, link('https://shop.de/'))).toBe('https://shop.de/?&rlp=first')
  })

  test('in a shadow tree that is open gets a pass too', async () => {
    const page = await arrived()
    const marked = page.window.eval(`
      document.body.innerHTML = '<div></div>'
      var tree = document.querySelector('div').attachShadow({ mode: 'open' })
      tree.innerHTML = '<a href="https://shop.de/"><i></i></a>'
      tree.querySelector('i').dispatchEvent(new Event('click', { bubbles: true, composed: true }))
      tree.querySelector('a').getAttribute('href')
    `)
    expect(marked).toBe('https://shop.de/?&rlp=first')
  })

  test('that begins with an earlier pass gets this one in its place', async () => {
    expect(await near(await arrived(), link('https://shop.de/?rlp=old&amp;x=1'))).toBe('https://shop.de/?&x=1&rlp=first')
  })

  test('is marked with the pass that counts now, however often it is neared', async () => {
    const page = await arrived()
    expect(await near(page, link('https://shop.de/?x=1&amp;rlp=old'))).toBe('https://shop.de/?x=1&rlp=first')
  })

  test('stays as it is for a visitor who is unknown', async () => {
    expect(await near(await on.open('/', tag()), link('https://shop.de/'))).not.toContain('rlp')
    expect(on.endpoint.calls).toEqual([])
  })

  test('stays as it is where the tag names no sites, and nobody listens to the pointer', async () => {
    const heard: string[] = []
    const page = await on.open('/?ref=anna', { before: (window) => {
      const listen = window.addEventListener.bind(window)
      put(window, 'addEventListener', (kind: string, ...more: [() => void]) => (heard.push(kind), listen(kind, ...more)))
    } })
    expect(await near(page, link('https://shop.de/'))).toBe('https://shop.de/')
    expect(on.told('pass')).toEqual([])
    expect(heard).toContain('submit')
    expect(heard).not.toContain('pointerover')
  })
})

describe('a form', () => {
  test('to another site of the shop gets a pass', async () => {
    expect(await near(await arrived(), form('https://shop.de/buy'))).toBe('https://shop.de/buy?&rlp=first')
  })

  test.each(['/buy', '', 'https://stranger.example/'])('to "%s" stays as it is', async (action) => {
    expect(await near(await arrived(), form(action))).toBe(action)
  })

  test('hands it over among its fields too, because one that is sent by GET makes the query anew', async () => {
    const page = await arrived()
    await near(page, form('https://shop.de/buy', 'get'))
    // happy-dom tells nobody of a form's data.
    const fields = page.window.eval(`
      var event = Object.assign(new Event('formdata', { bubbles: true }), { formData: new FormData() })
      document.forms[0].dispatchEvent(event)
      event.formData
    `) as FormData
    expect(fields.getAll('rlp')).toEqual(['first'])
  })

  test('hands it over also where something stands behind its #', async () => {
    const page = await arrived()
    await near(page, form('https://shop.de/buy#top', 'get'))
    const data = new page.window.FormData()
    const sent = Object.assign(new page.window.Event('formdata', { bubbles: true }), { formData: data })
    page.window.document.querySelector('form')?.dispatchEvent(sent)
    expect(data.get('rlp')).toBe('first')
  })

  test('hands nothing over once the visitor was forgotten', async () => {
    const page = await arrived()
    await near(page, form('https://shop.de/buy', 'get'))
    await page.window.refledger('forget')
    const data = new page.window.FormData()
    page.window.document.querySelector('form')?.dispatchEvent(Object.assign(new page.window.Event('formdata', { bubbles: true }), { formData: data }))
    expect(data.get('rlp') ?? '').toBe('')
  })

  test('to the shop itself has no such field', async () => {
    const page = await arrived()
    await near(page, form('/buy', 'get'))
    const fields = page.window.eval("var event = Object.assign(new Event('formdata', { bubbles: true }), { formData: new FormData() }); document.forms[0].dispatchEvent(event); event.formData") as FormData
    expect([...fields.keys()]).toEqual([])
  })
})

describe('the link command', () => {
  test('adds the pass of this arrival', async () => {
    const { window } = await arrived()
    expect(await window.refledger('link', 'https://shop.de/cart?x=1')).toBe('https://shop.de/cart?x=1&rlp=first')
  })

  test.each(['/cart', 'https://stranger.example/?x', '#top'])('gives %s back as it is', async (address) => {
    const { window } = await arrived()
    expect(await window.refledger('link', address)).toBe(address)
  })

  test('gives what is no address back as it is', async () => {
    const page = await arrived()
    expect(await page.window.refledger('link', 'http://[')).toBe('http://[')
    expect(page.faults).toEqual([])
  })
})

describe('a pass', () => {
  test('is asked for on a page of a session that was known before', async () => {
    const { window } = await known()
    expect(on.told('pass')).toEqual([{ session: KNOWN, url: 'http://www.shop.example/' }])
    expect(await window.refledger('link', 'https://shop.de/')).toBe('https://shop.de/?&rlp=renewed')
  })

  test('is renewed once it is five minutes old, and the old one goes on until then', async () => {
    const { page, later } = await aging()
    later(4 * MINUTE_MS)
    expect(await near(page, link('https://shop.de/'))).toBe('https://shop.de/?&rlp=first')
    expect(on.told('pass')).toEqual([])
    later(6 * MINUTE_MS)
    expect(await near(page, link('https://shop.de/'))).toBe('https://shop.de/?&rlp=first')
    expect(on.told('pass')).toHaveLength(1)
    expect(await near(page, link('https://shop.de/'))).toBe('https://shop.de/?&rlp=renewed')
    expect(on.told('pass')).toHaveLength(1)
  })

  test('that could not be renewed goes on, and is asked for again five minutes later', async () => {
    const { page, later } = await aging()
    later(6 * MINUTE_MS)
    on.endpoint.reply = hangsUp
    await near(page, link('https://shop.de/'))
    expect(await near(page, link('https://shop.de/'))).toBe('https://shop.de/?&rlp=first')
    expect(on.told('pass')).toHaveLength(1)
    on.endpoint.reply = accepts()
    later(12 * MINUTE_MS)
    await near(page, link('https://shop.de/'))
    expect(await near(page, link('https://shop.de/'))).toBe('https://shop.de/?&rlp=renewed')
  })

  test.each([['forget', undefined], ['consent', 'denied']])('is handed to nobody after %s %s', async (command, word) => {
    const page = await arrived()
    await page.window.refledger(command, word)
    expect(await page.window.refledger('link', 'https://shop.de/')).not.toContain('rlp')
    expect(await near(page, link('https://shop.de/?x=1&amp;rlp=first'))).toBe('https://shop.de/?x=1')
  })

  test('is not asked for before the visitor has said a word', async () => {
    await on.open('/', { data: { domains: DOMAINS, consent: 'required' }, before: withCookies(`_rl=${KNOWN}`) })
    expect(on.endpoint.calls).toEqual([])
  })

  test('is asked for once the visitor has allowed it', async () => {
    const page = await on.open('/', { data: { domains: DOMAINS, consent: 'required' }, before: withCookies(`_rl=${KNOWN}`) })
    await page.window.refledger('consent', 'granted')
    expect(on.told('pass')).toHaveLength(1)
    expect(await near(page, link('https://shop.de/'))).toBe('https://shop.de/?&rlp=renewed')
  })

  test('that is being renewed is waited for by the link command, and comes to nobody after forget', async () => {
    const { page, later } = await aging()
    later(11 * MINUTE_MS)
    await page.window.eval("dispatchEvent(new Event('focus'))")
    expect(await page.window.refledger('link', 'https://shop.de/')).toBe('https://shop.de/?&rlp=renewed')
    later(22 * MINUTE_MS)
    page.window.eval("dispatchEvent(new Event('focus')); refledger('forget')")
    await page.settled()
    expect(on.told('pass')).toHaveLength(2)
    expect(await page.window.refledger('link', 'https://shop.de/')).not.toContain('rlp')
  })

  test('that the address brought makes its session this site\'s', async () => {
    await on.open('/cart?rlp=AbC', tag())
    expect(on.visits()).toMatchObject([{ pass: 'AbC' }])
    expect(on.kept().cookies).toEqual(['_rl'])
  })
})
