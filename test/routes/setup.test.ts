import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { call, HOUR_MS, openTestCollector, startCollector, type Answer } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'

const FORM = { merchant: 'Corner Shop', site: 'shop.example', email: 'owner@shop.example', currency: 'EUR', timezone: 'Europe/Berlin' }

type Empty = Awaited<ReturnType<typeof openTestCollector>>
/** A collector on an empty database, and the path of its one-time page. */
async function emptyCollector(flags: Record<string, unknown> = {}): Promise<{ collector: Empty; path: string }> {
  const collector = await openTestCollector(flags)
  const url = await collector.services.setup.firstLink()
  return { collector, path: new URL(url ?? '').pathname }
}
const open = (collector: { api: string }, path: string): Promise<Answer> => call(collector, path, { method: 'GET' })
const post = (collector: { api: string }, path: string, form: Record<string, string> | string = FORM): Promise<Answer> =>
  call(collector, path, { body: new URLSearchParams(form).toString(), headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })
const UNESCAPED: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' }
const unescape = (html: string): string => html.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => UNESCAPED[entity] ?? entity)

test('asks once for what init needs, keeps nothing else and ends', async () => {
  const { collector, path } = await emptyCollector()
  const before = rowCounts(collector)
  const form = await open(collector, path)
  expect(form.status).toBe(200)
  expect([...form.text.matchAll(/<input name="(\w+)"/g)].map(([, name]) => name)).toEqual(['merchant', 'site', 'email', 'currency', 'timezone'])
  await open(collector, path)
  expect(rowCounts(collector)).toEqual(before)

  const installed = await post(collector, path)
  expect(installed.status).toBe(200)
  expect(rowsOf(collector, "select name, currency, value ->> 'timezone' as timezone from merchants join merchant_versions on merchant_id = id")).toEqual([{ name: 'Corner Shop', currency: 'EUR', timezone: 'Europe/Berlin' }])
  expect(rowsOf(collector, 'select host from sites')).toEqual([{ host: 'shop.example' }])
  expect(rowCounts(collector)).toMatchObject({ merchants: 1, users: 1, campaigns: 1, keys: 3, setup_links: 1 })
  expect(rowsOf(collector, 'select count(*) as n from setup_links where used_at_ms is null')).toEqual([{ n: 0 }])
})

test('shows the script tag, working keys and first calls that work as they are shown', async () => {
  const { collector, path } = await emptyCollector()
  const { text } = await post(collector, path, { ...FORM, currency: 'USD' })
  const shown = unescape(text)
  expect(shown).toContain(`<script async src="${collector.url}/r.js"></script>`)
  const [, pinned = '', integrity] = /<script async src="([^"]+)" integrity="([^"]+)" crossorigin="anonymous"><\/script>/.exec(shown) ?? []
  expect(integrity).toBe(`sha384-${hash('sha384', (await rawCall(collector, new URL(pinned).pathname, { method: 'GET' })).bytes, 'base64')}`)
  const [, campaign = ''] = /--campaign (\S+)/.exec(shown) ?? []
  await collector.services.affiliates.create({ campaign, email: 'ana@partner.example', code: 'affiliate-1' })

  const [, token] = /export REFCAMPAIGN_API_KEY='([^']+)'/.exec(shown) ?? []
  const calls = [...shown.matchAll(/curl -X POST (\S+) \\\n([\s\S]*?)-d '([^']+)'/g)]
  const answers = []
  for (const [, url = '', , body = ''] of calls) answers.push(await call(collector, new URL(url).pathname, { ...(url.includes('/conversions/') && token !== undefined ? { key: token } : {}), body }))
  expect(answers.map(({ status }) => status)).toEqual([201, 201])
  expect(answers[1]?.body.data).toMatchObject({ amount: 49.9, currency: 'USD', attributed: true })
  const [, url = '', , order = ''] = calls[1] ?? []
  expect((await call(collector, new URL(url).pathname, { ...(token === undefined ? {} : { key: token }), body: order })).status).toBe(200)
  for (const name of ['rgk_', 'pub_', 'sec_']) expect(shown).toMatch(new RegExp(`<dd>${name}\\S{20,}</dd>`))
})

test('shows no secret that is stored', async () => {
  const { collector, path } = await emptyCollector()
  const { text } = await post(collector, path)
  const secrets = [...text.matchAll(/(?:rc_live_|rgk_|sec_)[\w.-]{20,}/g)].map(([secret]) => secret)
  expect(new Set(secrets).size).toBe(3)
  const stored = JSON.stringify([...rowsOf(collector, 'select * from keys'), ...rowsOf(collector, 'select * from setup_links')])
  for (const secret of [...secrets, path.split('/').at(-1) ?? '']) {
    expect(stored).not.toContain(secret)
    expect(stored).toContain(hash('sha256', secret))
  }
})

const gone = { status: 404, text: expect.stringMatching(/^(?=[^]*<h1>This link has ended<\/h1>)(?![^]*(?:rc_live_|<form))/) }

describe('ends', () => {
  test('when it was used', async () => {
    const { collector, path } = await emptyCollector()
    await post(collector, path)
    const rows = rowCounts(collector)
    expect(await open(collector, path)).toMatchObject(gone)
    expect(await post(collector, path, { ...FORM, site: 'other.example' })).toMatchObject(gone)
    expect(rowCounts(collector)).toEqual(rows)
  })

  test('when the collector was set up another way', async () => {
    const { collector, path } = await emptyCollector()
    await collector.services.setup.init(FORM)
    expect(await open(collector, path)).toMatchObject(gone)
    expect(await post(collector, path, { ...FORM, site: 'other.example' })).toMatchObject(gone)
    expect(rowCounts(collector)['merchants']).toBe(1)
  })

  test('after a week', async () => {
    const { collector, path } = await emptyCollector()
    collector.clock.nowMs += 7 * 24 * HOUR_MS
    expect((await open(collector, path)).status).toBe(200)
    collector.clock.nowMs += 1
    expect(await open(collector, path)).toMatchObject(gone)
    expect(await post(collector, path)).toMatchObject(gone)
    expect(rowCounts(collector)['merchants']).toBe(0)
  })

  test.each(['x', '..%2f', '__proto__', '%00', "' or 1=1 --"])('and /setup/%s never was', async (token) => {
    const { collector } = await emptyCollector()
    expect(await open(collector, `/setup/${token}`)).toMatchObject(gone)
    expect(await post(collector, `/setup/${token}`)).toMatchObject(gone)
    expect(rowCounts(collector)['merchants']).toBe(0)
  })

  test('with one merchant, also when two send the form at once', async () => {
    const { collector, path } = await emptyCollector()
    const answers = await Promise.all(['one.example', 'two.example'].map((site) => post(collector, path, { ...FORM, site })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    expect(rowCounts(collector)).toMatchObject({ merchants: 1, sites: 1, users: 1, campaigns: 1, keys: 3 })
    const lost = answers.find(({ status }) => status === 409)
    expect(lost?.headers.get('Content-Type')).toMatch(/^text\/html/)
    expect(lost?.text).not.toContain('rc_live_')
  })
})

describe("the owner's page after init", () => {
  test('makes keys once and leaves those that were made before', async () => {
    const collector = await openTestCollector()
    const { setupUrl, keys } = await collector.services.setup.initWithLink(FORM)
    const path = new URL(setupUrl).pathname
    const page = await open(collector, path)
    expect(page.status).toBe(200)
    expect(page.text).toContain('Corner Shop is set up')
    expect(page.text).not.toMatch(/rc_live_|name="site"/)

    const answers = await Promise.all([post(collector, path, {}), post(collector, path, {})])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404])
    expect(rowCounts(collector)).toMatchObject({ merchants: 1, keys: 6 })
    const [made = ''] = /rc_live_[\w.-]+/.exec(answers.find(({ status }) => status === 200)?.text ?? '') ?? []
    for (const key of [keys.refcampaign, made]) expect((await call(collector, '/api/v1/conversions/track', { key, body: { sessionId: 's-1', amount: 1, currency: 'EUR' } })).status).toBe(201)
    expect((await open(collector, path)).status).toBe(404)
  })

  test('makes no second merchant, whatever is sent', async () => {
    const collector = await openTestCollector()
    const { setupUrl } = await collector.services.setup.initWithLink(FORM)
    await post(collector, new URL(setupUrl).pathname, { ...FORM, site: 'other.example' })
    expect(rowsOf(collector, 'select host from sites')).toEqual([{ host: 'shop.example' }])
  })
})

describe('a wrong entry', () => {
  test.each([
    ['merchant', '', /must not be empty/], ['merchant', '   ', /must not be empty/], ['merchant', 'x'.repeat(201), /./],
    ['site', '', /must not be empty/], ['site', 'not a host', /must be a host such as shop\.example/], ['site', 'co.uk', /public suffix/], ['site', 'github.io', /public suffix/], ['site', 'http://', /must be a host|public suffix/], ['site', 'javascript://shop.example', /must be a host/],
    ['email', '', /must not be empty/], ['email', 'owner', /must be an e-mail address/],
    ['currency', '€', /3-letter ISO 4217/], ['currency', 'Euro', /3-letter ISO 4217/], ['currency', 'XYZ', /3-letter ISO 4217/],
    ['timezone', 'Mars/Olympus', /IANA time zone/], ['timezone', '', /IANA time zone/],
  ])('of %s %j is shown at its field, with all that was typed', async (field, value, says) => {
    const { collector, path } = await emptyCollector()
    const before = rowCounts(collector)
    const answer = await post(collector, path, { ...FORM, [field]: value })
    expect(answer.status).toBe(400)
    const [, message = ''] = new RegExp(`aria-describedby="${field}-error"><span class="error" id="${field}-error">([^<]+)</span>`).exec(answer.text) ?? []
    expect(unescape(message)).toMatch(says)
    expect(answer.text.match(/aria-invalid="true"/g)).toHaveLength(1)
    for (const [name, typed] of Object.entries({ ...FORM, [field]: value })) expect(unescape(new RegExp(`<input name="${name}"[^>]* value="([^"]*)"`).exec(answer.text)?.[1] ?? 'absent')).toBe(typed)
    expect(rowCounts(collector)).toEqual(before)
    expect((await post(collector, path)).status).toBe(200)
  })

  test('several are shown at once', async () => {
    const { collector, path } = await emptyCollector()
    const { status, text } = await post(collector, path, { merchant: '', site: '', email: '' })
    expect(status).toBe(400)
    expect([...text.matchAll(/id="(\w+)-error"/g)].map(([, name]) => name)).toEqual(['merchant', 'site', 'email'])
  })

  test.each([['1 MB', 'x'.repeat(1_048_576), 413], ['no UTF-8', Buffer.from([0xFF]), 400]])('%s is refused', async (_name, body, status) => {
    const { collector, path } = await emptyCollector()
    const answer = await rawCall(collector, path, { body })
    expect(answer.status).toBe(status)
    expect(rowCounts(collector)['merchants']).toBe(0)
  })
})

const HOSTILE = '"><script>alert(1)</script>\' &lt;b&gt; <!--'

test('shows what was typed as text and never as HTML', async () => {
  const { collector, path } = await emptyCollector()
  const wrong = await post(collector, path, { merchant: HOSTILE, site: HOSTILE, email: HOSTILE, currency: HOSTILE, timezone: HOSTILE, __proto__x: HOSTILE })
  expect(wrong.status).toBe(400)
  expect(wrong.text).not.toMatch(/<script|<b>|<!--/)
  expect(unescape(/<input name="merchant"[^>]* value="([^"]*)"/.exec(wrong.text)?.[1] ?? '')).toBe(HOSTILE)
})

test("shows a shop's name as text on the owner's page", async () => {
  const collector = await openTestCollector()
  const { setupUrl } = await collector.services.setup.initWithLink({ ...FORM, merchant: HOSTILE })
  const { text } = await open(collector, new URL(setupUrl).pathname)
  expect(text).not.toMatch(/<script|<!--/)
  expect(unescape(text)).toContain(`${HOSTILE} is set up`)
})

test('forbids scripts, frames, referrers and caches on every page, and allows its own style', async () => {
  const { collector, path } = await emptyCollector()
  const answers = [await open(collector, path), await post(collector, path, {}), await post(collector, path), await open(collector, path), await open(collector, '/setup/x')]
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 404, 404])
  for (const { headers, text } of answers) {
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? ''
    expect(headers.get('Content-Security-Policy')).toBe(`default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`)
    expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Content-Type')).toBe('text/html; charset=utf-8')
  }
})

test('a collector that is set up offers no first link', async () => {
  const collector = await startCollector()
  expect(await collector.services.setup.firstLink()).toBeUndefined()
})

test('its link stands where the collector is reached', async () => {
  const collector = await openTestCollector({ PUBLIC_URL: 'https://track.shop.example/base/' })
  expect(await collector.services.setup.firstLink()).toMatch(/^https:\/\/track\.shop\.example\/base\/setup\/[\w-]{32}$/)
})
