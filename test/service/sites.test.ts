import { expect, test } from 'vitest'
import type { Outside } from '../../collector/service/site-proof.ts'
import { call, HOUR_MS, NOON_MS, openTestCollector, startCollector, visitBody } from '../helpers/collector.ts'
import { refusedUse, rowCounts } from '../helpers/rows.ts'

/** A world outside with these records and pages, and nothing else. */
function world({ records = {}, pages = {} }: { records?: Record<string, string[]>; pages?: Record<string, string> } = {}): Outside {
  return {
    textRecords: async (name) => records[name] ?? Promise.reject(new Error(`queryTxt ENOTFOUND ${name}`)),
    page: async (url) => pages[url] ?? Promise.reject(new Error('it answers 404')),
  }
}

/** A collector with a claimed site, and its proof. */
async function claimed() {
  const collector = await startCollector()
  collector.clock.nowMs += 1
  const { proof } = await collector.services.sites.add({ host: 'Blog.Example.' })
  if (proof === null) throw new Error('it needs no proof')
  return { ...collector, proof }
}

test('a claimed site says how it is proved, and counts for nothing before', async () => {
  const { services, proof, ...collector } = await claimed()
  expect(proof).toEqual({
    token: expect.stringMatching(/^[0-9a-f]{32}$/),
    dns: { name: '_refledger.blog.example', value: `refledger-site=${proof.token}` },
    file: { url: 'https://blog.example/.well-known/refledger.txt', content: proof.token },
  })
  expect(services.sites.list()).toEqual([{ host: 'shop.example', provedAtMs: NOON_MS, proof: null }, { host: 'blog.example', provedAtMs: null, proof }])
  expect((await call(collector, '/r/visit', { body: visitBody(collector, { url: 'https://blog.example/?ref=ana' }) })).status).toBe(400)
  await expect(services.campaigns.update('1', { landingUrl: 'https://blog.example/' })).rejects.toMatchObject({ code: 'INVALID', issues: [{ path: ['landingUrl'] }] })

  const before = rowCounts(collector)
  expect(await services.sites.add({ host: 'https://blog.example/' })).toMatchObject({ proof })
  expect(rowCounts(collector)).toEqual(before)
})

test.each(['a record among others', 'a file with a line end'])('%s proves it, and from then on it counts', async (way) => {
  const { services, proof, ...collector } = await claimed()
  const outside = world(way.startsWith('a record') ? { records: { [proof.dns.name]: ['v=spf1 -all', proof.dns.value] } } : { pages: { [proof.file.url]: `${proof.token}\n` } })
  collector.clock.nowMs += HOUR_MS
  expect(await services.sites.prove({ host: 'blog.example' }, outside)).toEqual({ host: 'blog.example', provedAtMs: collector.clock.nowMs, proof: null })
  expect((await call(collector, '/r/visit', { body: visitBody(collector, { url: 'https://blog.example/?ref=ana' }) })).status).toBe(200)
  expect(await services.campaigns.update('1', { landingUrl: 'https://www.blog.example/' })).toMatchObject({ landingUrl: 'https://www.blog.example/' })
  collector.clock.nowMs += HOUR_MS
  expect(await services.sites.prove({ host: 'blog.example' }, world())).toMatchObject({ provedAtMs: collector.clock.nowMs - HOUR_MS })
  expect(await refusedUse(collector, () => services.sites.add({ host: 'blog.example' }))).toMatchObject({ code: 'CONFLICT', fields: ['host'], written: [] })
})

test.each<[string, (proof: { token: string; dns: { name: string; value: string }; file: { url: string } }) => Outside, RegExp]>([
  ['nothing is published', () => world(), /not proved yet\. TXT record _refledger\.blog\.example: queryTxt ENOTFOUND.*; https:\/\/blog\.example\/.*: it answers 404/],
  ['the record is another', ({ dns }) => world({ records: { [dns.name]: ['refledger-site=0123456789abcdef0123456789abcdef'] } }), /other records only/],
  ['the record only holds the token', ({ dns, token }) => world({ records: { [dns.name]: [token] } }), /other records only/],
  ['the record stands at the host itself', ({ dns }) => world({ records: { 'blog.example': [dns.value] } }), /ENOTFOUND/],
  ['the file says more', ({ file, token }) => world({ pages: { [file.url]: `${token} and more` } }), /other content/],
  ['the file is the site\'s page for everything', ({ file }) => world({ pages: { [file.url]: '<!doctype html>' } }), /other content/],
])('it is not proved when %s', async (_what, outside, says) => {
  const { proof, ...collector } = await claimed()
  expect(await refusedUse(collector, () => collector.services.sites.prove({ host: 'blog.example' }, outside(proof)))).toEqual({ code: 'UNPROCESSABLE', fields: ['host'], message: expect.stringMatching(says), written: [] })
})

test('this machine needs no proof', async () => {
  const { services, store } = await startCollector()
  for (const host of ['localhost', 'shop.localhost:8080']) expect(await services.sites.add({ host })).toMatchObject({ provedAtMs: NOON_MS, proof: null })
  expect([...store.directory().sites.keys()]).toEqual(['localhost', 'shop.example', 'shop.localhost'])
  expect(await services.sites.add({ host: 'localhost.example' })).toMatchObject({ provedAtMs: null })
})

test.each([
  ['a public suffix', 'co.uk', 'INVALID'], ['no host', 'not a host', 'INVALID'], ['their own site', 'shop.example', 'CONFLICT'], ["another's site", 'OTHER.example', 'CONFLICT'],
])('%s is not added', async (_what, host, code) => {
  const collector = await startCollector()
  await collector.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
  expect(await refusedUse(collector, () => collector.services.sites.add({ host }, 1))).toMatchObject({ code, fields: ['host'], written: [] })
})

test('a site that was not claimed is not looked for', async () => {
  const collector = await startCollector()
  const outside: Outside = { textRecords: () => Promise.reject(new Error('looked')), page: () => Promise.reject(new Error('looked')) }
  expect(await refusedUse(collector, () => collector.services.sites.prove({ host: 'blog.example' }, outside))).toEqual({ code: 'NOT_FOUND', fields: [], message: expect.stringContaining('site add blog.example'), written: [] })
})

test('a claim keeps nobody from a host: whoever proves it has it, and each has a token of their own', async () => {
  const { services, proof, ...collector } = await claimed()
  await services.setup.init({ merchant: 'Owner', site: 'owner.example', email: 'o@owner.example', currency: 'EUR', timezone: 'UTC' })
  const { proof: owners } = await services.sites.add({ host: 'blog.example' }, 2)
  if (owners === null) throw new Error('it needs no proof')
  expect(owners.token).not.toBe(proof.token)
  await expect(services.sites.prove({ host: 'blog.example' }, world({ records: { [owners.dns.name]: [owners.dns.value] } }), 1)).rejects.toMatchObject({ code: 'UNPROCESSABLE' })

  const both = world({ records: { [proof.dns.name]: [proof.dns.value, owners.dns.value] } })
  const proofs = await Promise.allSettled([2, 1].map((merchantId) => services.sites.prove({ host: 'blog.example' }, both, merchantId)))
  expect(proofs).toEqual([{ status: 'fulfilled', value: expect.objectContaining({ host: 'blog.example' }) }, { status: 'rejected', reason: expect.objectContaining({ code: 'CONFLICT' }) }])
  expect(collector.store.directory().sites.get('blog.example')).toBe(2)
})

test('the token is the same after a restart', async () => {
  const { proof, close, dir } = await claimed()
  await close()
  expect((await openTestCollector({ dir })).services.sites.list().at(-1)?.proof).toEqual(proof)
})
