import { describe, expect, test } from 'vitest'
import { NOON_MS, startCollector, uuidAt, visitBody, type TestCollector } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { rowCounts } from '../helpers/rows.ts'

const cookieOf = async (collector: TestCollector, host: string, body: Record<string, unknown>): Promise<{ cookie: string | null; body: Record<string, unknown> }> => {
  const answer = await rawCall(collector, '/r/visit', { host, body: JSON.stringify(body) })
  expect(answer.status).toBe(200)
  return { cookie: answer.headers.get('Set-Cookie'), body: answer.body }
}

describe('cookie', () => {
  test.each(['track.shop.example', 'shop.example', 'www.shop.example', 'deep.track.shop.example:8443', 'TRACK.SHOP.EXAMPLE'])('is set by a collector on %s, for the whole domain', async (host) => {
    const collector = await startCollector()
    const sent = visitBody(collector)
    const { cookie, body } = await cookieOf(collector, host, sent)
    expect(cookie).toBe(`_rl=${String(sent['session'])}; Path=/; Max-Age=7776000; SameSite=Lax; Domain=shop.example`)
    expect(body).toMatchObject({ cookie: true, attributes: { domain: 'shop.example' } })
  })

  test.each(['track.example', 'localhost:8787', 'shop.example.evil.example', 'notshop.example', 'example', '127.0.0.1', '[::1]'])('is not set by a collector on %s, and the answer says so', async (host) => {
    const collector = await startCollector()
    const { cookie, body } = await cookieOf(collector, host, visitBody(collector))
    expect(cookie).toBeNull()
    expect(body).toMatchObject({ cookie: false, attributes: { domain: 'shop.example' } })
  })

  test.each([
    ['https://track.shop.example', true], ['http://track.shop.example', false], [undefined, false],
  ])('with PUBLIC_URL %s is Secure: %s', async (PUBLIC_URL, secure) => {
    const collector = await startCollector(PUBLIC_URL === undefined ? {} : { PUBLIC_URL })
    const { cookie } = await cookieOf(collector, 'track.shop.example', visitBody(collector))
    expect(cookie?.endsWith('; Secure')).toBe(secure)
    expect(cookie).not.toContain('HttpOnly')
  })

  test.each([
    [1, 1], [30, 30], [400, 400], [0, 90], [-5, 1], [1.9, 1], [401, 400], [1e12, 400], [undefined, 90],
    ['30', 30], [' 30 ', 30], ['0.5', 1], ['-5', 1], ['3650', 400], ['1e9', 400], ['Infinity', 400], ['-Infinity', 1], ['30 days', 90], ['many', 90], ['NaN', 90], ['', 90], [' ', 90], ['0', 90], [null, 90], [[], 90], [{}, 90], [[1, 2], 90],
  ])('for %j days, as the tag spells them, lives %s', async (days, lives) => {
    const collector = await startCollector()
    const { cookie, body } = await cookieOf(collector, 'track.shop.example', { ...visitBody(collector), days })
    expect(cookie).toContain(`Max-Age=${lives * 86_400};`)
    expect(body).toMatchObject({ attributes: { expires: lives } })
  })

  test.each([
    { of: 'narrower than the site', domain: 'www.shop.example', host: 'a.www.shop.example', kept: 'www.shop.example' },
    { of: 'with a dot and in capitals', domain: '.WWW.Shop.Example', host: 'a.www.shop.example', kept: 'www.shop.example' },
    ...[
      ['the site itself', 'shop.example'], ["a stranger's", 'evil.example'], ['that only ends like the site', 'hop.example'], ['beside the page', 'track.shop.example'], ['below the page', 'de.www.shop.example'],
      ['that strangers share', 'example'], ['of nothing', ''], ['of a dot', '.'], ['with more to say', 'shop.example; Secure'],
    ].map(([of, domain]) => ({ of, domain, host: 'track.shop.example', kept: 'shop.example' })),
  ])('on a domain $of', async ({ domain, host, kept }) => {
    const collector = await startCollector()
    const { cookie, body } = await cookieOf(collector, host, { ...visitBody(collector), domain })
    expect(body).toMatchObject({ cookie: true, attributes: { domain: kept } })
    expect(cookie?.split('; ')).toContain(`Domain=${kept}`)
    expect(cookie).not.toContain('Secure')
  })

  test('on a domain that the collector is not on is left to the script', async () => {
    const collector = await startCollector()
    const { cookie, body } = await cookieOf(collector, 'track.shop.example', { ...visitBody(collector), domain: 'www.shop.example' })
    expect(body).toMatchObject({ cookie: false, attributes: { domain: 'www.shop.example' } })
    expect(cookie).toBeNull()
  })

  test.each([['shop.github.io', 'github.io'], ['shop.co.uk', 'co.uk']])('of a shop on %s is never on %s', async (site, domain) => {
    const collector = await startCollector()
    const { campaignId } = await collector.services.setup.init({ merchant: 'Second', site, email: 'second@shop.example', currency: 'EUR', timezone: 'UTC' })
    await collector.services.affiliates.create({ campaign: campaignId, email: 'dan@partner.example', code: 'dan' }, 2)
    const { body } = await cookieOf(collector, `track.${site}`, { ...visitBody(collector, { code: 'dan', url: `https://www.${site}/?ref=dan` }), domain })
    expect(body).toMatchObject({ cookie: true, attributes: { domain: site } })
  })

  test.each([[false, false], [true, true], [undefined, true]])('is set where the visitor lets it be kept, here %s: %s', async (keep, sets) => {
    const collector = await startCollector()
    const { cookie, body } = await cookieOf(collector, 'track.shop.example', { ...visitBody(collector), keep })
    expect([cookie !== null, body['cookie']]).toEqual([sets, sets])
    expect(rowCounts(collector)['clicks']).toBe(1)
  })

  test.each([
    ['shop.github.io', 'other.github.io', null, 'shop.github.io'], ['shop.github.io', 'track.shop.github.io', 'shop.github.io', 'shop.github.io'], ['shop.co.uk', 'track.shop.co.uk', 'shop.co.uk', 'shop.co.uk'], ['shop.co.uk', 'track.co.uk', null, 'shop.co.uk'],
    ['localhost', 'localhost:8787', '', undefined], ['192.0.2.7', '192.0.2.7:8787', '', undefined], ['192.0.2.7', '192.0.2.8', null, undefined], ['192.0.2.7', 'localhost', null, undefined],
  ])('of a shop on %s from a collector on %s', async (site, host, domain, told) => {
    const collector = await startCollector()
    const { campaignId } = await collector.services.setup.init({ merchant: 'Second', site, email: 'second@shop.example', currency: 'EUR', timezone: 'UTC' })
    await collector.services.affiliates.create({ campaign: campaignId, email: 'dan@partner.example', code: 'dan' }, 2)
    const { cookie, body } = await cookieOf(collector, host, visitBody(collector, { code: 'dan', url: `http://${site}/?ref=dan` }))
    expect(cookie === null ? null : (/Domain=([^;]+)/.exec(cookie)?.[1] ?? '')).toBe(domain)
    expect(body).toMatchObject({ cookie: domain !== null, attributes: { expires: 90, sameSite: 'Lax', secure: false } })
    expect((body['attributes'] as { domain?: string }).domain).toBe(told)
  })

  test('holds the session in lower case and no more than a UUID', async () => {
    const collector = await startCollector()
    const session = uuidAt(NOON_MS).toUpperCase()
    const { cookie } = await cookieOf(collector, 'track.shop.example', visitBody(collector, { session }))
    expect(cookie).toMatch(new RegExp(`^_rl=${session.toLowerCase()};`))
  })
})
