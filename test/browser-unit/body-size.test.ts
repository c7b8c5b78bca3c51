import { assert, asyncProperty, record, string } from 'fast-check'
import { expect, test } from 'vitest'
import { CODE_CHARS, SCRIPT_BODY_BYTES } from '../../shared/limits.ts'
import { VisitBody } from '../../shared/wire/script.ts'
import { hangsUp, stage } from './stage.ts'

const SEED = 20_261_120
const on = stage()

/** Within the limit and taken by the collector. */
function expectAccepted(body: string): void {
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(SCRIPT_BODY_BYTES)
  expect(VisitBody.safeParse(JSON.parse(body)).error).toBeUndefined()
}

/** The body as it went out; nothing answers, so that each page is a visitor's first. */
async function bodyAt(address: URL, referrer: string, data: Record<string, string> = {}): Promise<string> {
  on.endpoint.calls.length = 0
  on.visitor.forgetAll()
  const page = await on.open(address.href, { referrer, data: { days: '400', domain: 'a-rather-long-name-of-a-shop.example', api: on.endpoint.origin, ...data } })
  await page.close()
  expect(on.endpoint.calls).toHaveLength(1)
  return on.endpoint.calls[0]?.body ?? ''
}

test('a visit is accepted when everything in it is as long as it can be', async () => {
  on.endpoint.reply = hangsUp
  const longest = '\\'.repeat(CODE_CHARS)
  const address = new URL(`http://shop.example/${'p'.repeat(1500)}`)
  for (const name of ['ref', 'c', 'rlid']) address.searchParams.set(name, longest)
  const body = await bodyAt(address, `https://blog.example/${'p'.repeat(900)}`)
  expectAccepted(body)
  expect(JSON.parse(body)).toMatchObject({ ref: longest, url: expect.stringMatching(/&c=(%5C){64}&rlid=(%5C){64}$/) })
})

test('a visit is accepted with a code of the longest letters', async () => {
  on.endpoint.reply = hangsUp
  const address = new URL(`http://shop.example/${'商'.repeat(500)}`)
  address.searchParams.set('ref', '商'.repeat(CODE_CHARS))
  const body = await bodyAt(address, new URL(`https://blog.example/?q=${'商'.repeat(900)}`).href)
  expectAccepted(body)
  expect(JSON.parse(body)).toMatchObject({ ref: '商'.repeat(CODE_CHARS) })
})

test('a visit is accepted where all of its address would be too long', async () => {
  on.endpoint.reply = hangsUp
  const address = new URL(`http://shop.example/${'商'.repeat(500)}?ref=anna`)
  for (const name of ['c', 'deal', 'aff']) address.searchParams.set(name, '商'.repeat(99))
  const body = await bodyAt(address, new URL(`https://blog.example/?q=${'商'.repeat(900)}`).href, { aliases: '' })
  expectAccepted(body)
  expect(JSON.parse(body)).toMatchObject({ ref: 'anna' })
})

test("a visit is accepted beside a long parameter of the page's own that is called like an alias", async () => {
  on.endpoint.reply = hangsUp
  const body = await bodyAt(new URL(`http://shop.example/?ref=anna&deal=${'x'.repeat(2000)}`), '', { aliases: '' })
  expectAccepted(body)
  expect(JSON.parse(body)).toMatchObject({ ref: 'anna' })
})

test('a visit is accepted at any address whose code, campaign and click are no longer than a code', async () => {
  on.endpoint.reply = hangsUp
  const text = string({ unit: 'binary', maxLength: 1500, size: 'max' })
  const value = string({ unit: 'grapheme-ascii', maxLength: CODE_CHARS, size: 'max' })
  const code = value.filter((possible) => possible.trim() !== '')
  await assert(
    asyncProperty(record({ ref: code, c: value, rlid: value, path: text, query: text, from: text }), async ({ path, query, from, ...values }) => {
      const address = new URL('http://a-rather-long-name-of-a-shop.example')
      address.pathname = path
      address.search = query
      for (const [name, held] of Object.entries(values)) address.searchParams.set(name, held)
      expectAccepted(await bodyAt(address, `https://blog.example/${encodeURIComponent(from.toWellFormed())}`))
    }),
    { numRuns: 30, seed: SEED },
  )
}, 30_000)
