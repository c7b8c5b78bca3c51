import { assert, property, record, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { capture, pageUrl } from '../../browser/capture.ts'
import { CODE_CHARS, PAGE_CHARS, REFERRER_CHARS, SCRIPT_BODY_BYTES } from '../../shared/limits.ts'
import { VisitBody } from '../../shared/wire/script.ts'

const ID = '0199a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b'
const PARAMS = ['ref', 'via']
const at = (address: string, params = PARAMS, referrer = '') => capture(new URL(address), referrer, params)
const bodyOf = (address: URL, referrer = '', params = PARAMS): string =>
  JSON.stringify({ id: ID, session: ID, days: 400, ...capture(address, referrer, params) })
const bytes = (text: string): number => Buffer.byteLength(text)
/** Within the limit and taken by the collector; an affiliate's code is ASCII, so no value grows beyond three characters for one. */
const expectAccepted = (body: string): void => {
  expect(bytes(body)).toBeLessThanOrEqual(SCRIPT_BODY_BYTES)
  expect(VisitBody.safeParse(JSON.parse(body)).error).toBeUndefined()
}

describe('the code', () => {
  test.each([
    ['of ref', '?ref=anna', PARAMS, 'anna'],
    ['of via', '?via=anna', PARAMS, 'anna'],
    ['of ref before via, whatever their order in the address', '?via=ben&ref=anna', PARAMS, 'anna'],
    ['of the parameter that is configured first', '?ref=anna&via=ben', ['via', 'ref'], 'ben'],
    ['of a configured name', '?partner=anna&ref=ben', ['partner'], 'anna'],
    ['as it stands, blanks and all', '?ref=%20anna+', PARAMS, ' anna '],
    ['of blanks alone', '?ref=%20+&via=ben', PARAMS, '  '],
    ['decoded', '?ref=%C3%A4nna%2B1', PARAMS, 'änna+1'],
    ['of any length', `?ref=${'a'.repeat(CODE_CHARS + 1)}&via=ben`, PARAMS, 'a'.repeat(CODE_CHARS + 1)],
    ['of via when ref is empty', '?ref=&via=ben', PARAMS, 'ben'],
  ])('%s', (_name, search, params, code) => {
    expect(at(`https://shop.example/${search}`, params)?.ref).toBe(code)
  })

  test.each([
    ['no query', ''],
    ['other parameters', '?utm_source=mail&reference=anna'],
    ['an empty value', '?ref='],
    ['a name without a value', '?ref&via'],
    ['a code in the fragment', '#?ref=anna'],
    ['another case of the name', '?REF=anna'],
  ])('is absent with %s', (_name, search) => {
    expect(at(`https://shop.example/${search}`)).toBeUndefined()
  })
})

describe('the address', () => {
  test.each([
    ['is origin, path and code', 'https://shop.example/a/b?ref=anna', 'https://shop.example/a/b?ref=anna'],
    ['loses every other parameter', 'https://shop.example/?x=%22&ref=anna&email=a@b.example&C=1', 'https://shop.example/?ref=anna'],
    ['loses its fragment', 'https://shop.example/?ref=anna#top?c=1', 'https://shop.example/?ref=anna'],
    ['loses a name and a password', 'https://joe:secret@shop.example/?ref=anna', 'https://shop.example/?ref=anna'],
    ['loses a code that is not taken', 'https://shop.example/?via=ben&ref=anna', 'https://shop.example/?ref=anna'],
    ['loses an empty code', 'https://shop.example/?ref=&via=ben', 'https://shop.example/?via=ben'],
    ['keeps campaign and click', `https://shop.example/?ref=anna&c=spring&g=1&rlid=${ID}`, `https://shop.example/?ref=anna&c=spring&rlid=${ID}`],
    ['keeps them in its own order', `https://shop.example/?rlid=${ID}&g=1&c=spring&ref=anna`, `https://shop.example/?rlid=${ID}&c=spring&ref=anna`],
    ['keeps what is encoded', 'https://shop.example/%C3%A4?ref=%C3%A4%26c%3D1', 'https://shop.example/%C3%A4?ref=%C3%A4%26c%3D1'],
  ])('%s', (_name, address, sent) => {
    expect(at(address)?.url).toBe(sent)
  })

  test('is cut before its query', () => {
    const page = `https://shop.example/${'p'.repeat(1500)}`
    expect(at(`${page}?ref=anna&c=spring`)?.url).toBe(`${page.slice(0, PAGE_CHARS)}?ref=anna&c=spring`)
  })

  test('without its query is what identify tells', () => {
    const page = `https://shop.example/${'p'.repeat(1500)}`
    expect(pageUrl(new URL('https://shop.example/thanks?email=a@b.example#x'))).toBe('https://shop.example/thanks')
    expect(pageUrl(new URL(page))).toBe(page.slice(0, PAGE_CHARS))
  })
})

describe('the referrer', () => {
  test.each([
    ['is sent as it stands', 'https://blog.example/post?reader=7', 'https://blog.example/post?reader=7'],
    ['is cut', `https://blog.example/${'p'.repeat(900)}`, `https://blog.example/${'p'.repeat(900)}`.slice(0, REFERRER_CHARS)],
    ['may be an app', 'android-app://com.example.mail/', 'android-app://com.example.mail/'],
    ['may be the shop itself', 'https://shop.example/cart?x', 'https://shop.example/cart?x'],
    ['is empty when there is none', '', ''],
  ])('%s', (_name, referrer, sent) => {
    expect(at('https://shop.example/?ref=anna', PARAMS, referrer)?.referrer).toBe(sent)
  })
})

describe('the body', () => {
  test('is accepted when everything in it is as long as it can be', () => {
    const longest = '\\'.repeat(CODE_CHARS)
    const address = new URL(`https://shop.example/${'p'.repeat(1500)}`)
    for (const name of ['ref', 'c', 'rlid']) address.searchParams.set(name, longest)
    const body = bodyOf(address, `https://blog.example/${'p'.repeat(900)}`)
    expectAccepted(body)
    expect(JSON.parse(body)).toMatchObject({ ref: longest, url: expect.stringMatching(/&rlid=(%5C){64}$/) })
  })

  test('is accepted for any address whose code, campaign and click are no longer than a code', () => {
    const text = string({ unit: 'binary', maxLength: 1500, size: 'max' })
    const value = string({ unit: 'grapheme-ascii', maxLength: CODE_CHARS, size: 'max' })
    const code = value.filter((possible) => possible.trim() !== '')
    assert(
      property(record({ ref: code, c: value, rlid: value, path: text, query: text, from: text }), ({ path, query, from, ...values }) => {
        const address = new URL('https://a-rather-long-name-of-a-shop.example')
        address.pathname = path
        address.search = query
        for (const [name, held] of Object.entries(values)) address.searchParams.set(name, held)
        expectAccepted(bodyOf(address, `https://blog.example/${encodeURIComponent(from)}`))
      }),
    )
  })
})
