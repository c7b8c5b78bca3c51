import { describe, expect, test } from 'vitest'
import { CODE_CHARS, PAGE_CHARS, REFERRER_CHARS } from '../../shared/limits.ts'
import type { VisitBody } from '../../shared/wire/script.ts'
import type { PageOptions } from './page.ts'
import { KNOWN, NOTHING_KEPT, stage } from './stage.ts'

const ID = KNOWN
const on = stage()
/** The visit that a page's address is told as. */
const at = async (address: string, options: PageOptions = {}): Promise<Partial<VisitBody> | undefined> => {
  await on.open(address, options)
  expect(on.endpoint.calls.length).toBeLessThan(2)
  return on.visits()[0]
}
const tag = (data: Record<string, string>): PageOptions => ({ data })

describe('the code', () => {
  test.each([
    ['of ref', '?ref=anna', {}, 'anna'],
    ['of via', '?via=anna', {}, 'anna'],
    ['of ref before via, whatever their order in the address', '?via=ben&ref=anna', {}, 'anna'],
    ['of the parameter that is configured first', '?ref=anna&via=ben', { param: 'via,ref' }, 'ben'],
    ['of a configured name', '?partner=anna&ref=ben', { param: 'partner' }, 'anna'],
    ['as it stands, blanks and all', '?ref=%20anna+', {}, ' anna '],
    ['of blanks alone', '?ref=%20+&via=ben', {}, '  '],
    ['decoded', '?ref=%C3%A4nna%2B1', {}, 'änna+1'],
    ['of any length', `?ref=${'a'.repeat(CODE_CHARS + 1)}&via=ben`, {}, 'a'.repeat(CODE_CHARS + 1)],
    ['of via when ref is empty', '?ref=&via=ben', {}, 'ben'],
    ['behind the #', '#ref=ana', {}, 'ana'],
    ['behind the # and a ?', '#?ref=ana', {}, 'ana'],
    ['of a page that the fragment names', '#/page?ref=ana', {}, 'ana'],
    ['of a page that the fragment names, after others', '#!/page/7?x=1&ref=ana', {}, 'ana'],
    ['of the query before the one behind the #', '?ref=anna#ref=ben', {}, 'anna'],
    ['of ref behind the # before via in the query', '?via=ben#ref=anna', {}, 'anna'],
  ])('%s', async (_name, search, data: Record<string, string>, code) => {
    expect((await at(`/${search}`, tag(data)))?.ref).toBe(code)
  })

  test.each([
    ['no query', ''],
    ['other parameters', '?utm_source=mail&reference=anna'],
    ['an empty value', '?ref='],
    ['a name without a value', '?ref&via'],
    ['another case of the name', '?REF=anna'],
    ['a value without a name', '?=anna'],
    ['a value without a name behind the #', '#=anna'],
    ['a fragment that is none of ours', '#ref'],
    ['a page in the fragment that is called like one', '#/ref=anna'],
  ])('is absent with %s', async (_name, search) => {
    expect(await at(`/${search}`)).toBeUndefined()
  })
})

const ALIASES = ['rfsn', '_rcid', 'rcsid', 'fpr', 'deal', 'aff', 'a_aid']

describe('aliases', () => {
  test.each(ALIASES)('%s is read where the tag asks for it', async (name) => {
    expect(await at(`/?${name}=123.ana`, tag({ aliases: '' }))).toMatchObject({ ref: '123.ana', url: `http://www.shop.example/?${name}=123.ana` })
  })

  test('are read after the parameters of the tag', async () => {
    expect((await at('/?rfsn=1.ben&via=ana', tag({ aliases: '' })))?.ref).toBe('ana')
  })

  test('are left alone otherwise', async () => {
    expect(await at(`/?${ALIASES.map((name) => `${name}=ana`).join('&')}`)).toBeUndefined()
  })
})

describe('a coupon', () => {
  const named = tag({ coupon: 'discount' })

  test('is told alone where there is no code', async () => {
    const visit = await at('/?discount=SAVE%2010&x=1', named)
    expect(visit).toMatchObject({ coupon: 'SAVE 10', url: 'http://www.shop.example/?discount=SAVE+10' })
    expect(visit).not.toHaveProperty('ref')
  })

  test('is told beside a code', async () => {
    expect(await at('/?discount=SAVE&ref=ana', named)).toMatchObject({ coupon: 'SAVE', ref: 'ana', url: 'http://www.shop.example/?ref=ana&discount=SAVE' })
  })

  test('is read behind the # as well', async () => {
    expect(await at('/#/sale?discount=SAVE', named)).toMatchObject({ coupon: 'SAVE' })
  })

  test('is nothing where the tag names no parameter', async () => {
    expect(await at('/?coupon=SAVE&discount=SAVE')).toBeUndefined()
  })
})

describe('a pass', () => {
  test('is told, alone where there is no code', async () => {
    const visit = await at('/cart?rlp=AbC-_1&x=1')
    expect(visit).toMatchObject({ pass: 'AbC-_1', url: 'http://www.shop.example/cart?rlp=AbC-_1' })
    expect(visit).not.toHaveProperty('ref')
  })

  test('is told beside a code', async () => {
    expect(await at('/?rlp=p&ref=ana')).toMatchObject({ pass: 'p', ref: 'ana', url: 'http://www.shop.example/?ref=ana&rlp=p' })
  })

  test('that is empty is none', async () => {
    expect(await at('/?rlp=')).toBeUndefined()
    expect(on.kept()).toEqual(NOTHING_KEPT)
  })
})

describe('the address', () => {
  test.each([
    ['is origin, path and code', 'https://shop.example/a/b?ref=anna', 'https://shop.example/a/b?ref=anna'],
    ['loses every other parameter', 'https://shop.example/?x=%22&ref=anna&email=a@b.example&C=1', 'https://shop.example/?ref=anna'],
    ['loses its fragment', 'https://shop.example/?ref=anna#top', 'https://shop.example/?ref=anna'],
    ['gains what the fragment carries', 'https://shop.example/#/sale?ref=anna&c=1&email=a@b.example', 'https://shop.example/?ref=anna&c=1'],
    ['loses a name and a password', 'https://joe:secret@shop.example/?ref=anna', 'https://shop.example/?ref=anna'],
    ['keeps every parameter that may carry a code', 'https://shop.example/?via=ben&ref=anna', 'https://shop.example/?ref=anna&via=ben'],
    ['loses an empty code', 'https://shop.example/?ref=&via=ben', 'https://shop.example/?via=ben'],
    ['keeps campaign and click', `https://shop.example/?ref=anna&c=spring&g=1&rlid=${ID}`, `https://shop.example/?ref=anna&c=spring&rlid=${ID}`],
    ['keeps what is encoded', 'https://shop.example/%C3%A4?ref=%C3%A4%26c%3D1', 'https://shop.example/%C3%A4?ref=%C3%A4%26c%3D1'],
    ['is cut before its query', `https://shop.example/${'p'.repeat(1500)}?ref=anna&c=spring`, `${`https://shop.example/${'p'.repeat(1500)}`.slice(0, PAGE_CHARS)}?ref=anna&c=spring`],
  ])('%s', async (_name, address, sent) => {
    // The tag asks the page's own origin where its text stands in the page, which is https here.
    const asked: string[] = []
    const before: PageOptions['before'] = (window) => {
      window.fetch = async (_url, init) => {
        asked.push(String(init?.body))
        throw new Error('offline')
      }
    }
    await on.visitor.open(address, { text: on.script, before })
    expect(asked.map((body) => (JSON.parse(body) as VisitBody).url)).toEqual([sent])
  })
})

describe('the referrer', () => {
  test.each([
    ['is sent as it stands', 'https://blog.example/post?reader=7', 'https://blog.example/post?reader=7'],
    ['is cut', `https://blog.example/${'p'.repeat(900)}`, `https://blog.example/${'p'.repeat(900)}`.slice(0, REFERRER_CHARS)],
    ['may be an app', 'android-app://com.example.mail/', 'android-app://com.example.mail/'],
    ['may be the shop itself', 'https://shop.example/cart?x', 'https://shop.example/cart?x'],
    ['is empty when there is none', '', ''],
  ])('%s', async (_name, referrer, sent) => {
    expect((await at('/?ref=anna', { referrer }))?.referrer).toBe(sent)
  })
})
