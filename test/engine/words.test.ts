import { describe, expect, test } from 'vitest'
import { withoutEmails } from '../../shared/engine/words.ts'

const GONE = '(an e-mail address)'

describe('an e-mail address is left out', () => {
  test.each<[string, string, string?]>([
    ['plain', 'kim@mail.example'],
    ['in capitals, as coupons are kept', 'KIM@MAIL.EXAMPLE'],
    ['with dots, a plus and digits', 'kim.j+shop-2@mail.co.example'],
    ['with an apostrophe in the name', 'kim.o\'brien@mail.example'],
    ['with a typographic one', 'kim.o’brien@mail.example'],
    ['with whatever else a name may hold', 'a!#$%&*/=?^_`{|}~b@mail.example'],
    ['with a quoted name', '"kim o\'brien"@mail.example'],
    ['with accents', 'jörg.müller@bücher.example'],
    ['with accents apart from their letters', 'jo\u0308rg@bu\u0308cher.example'],
    ['in another script', '用户@例子.公司'],
    ['with a domain in Punycode', 'kim@xn--bcher-kva.xn--p1ai'],
    ['percent-encoded', 'kim%40mail.example'],
    ['percent-encoded twice', 'kim%2540mail%252Eexample'],
    ['percent-encoded altogether', 'kim%2Bx%40mail%2eexample'],
    ['as HTML', 'kim&#64;mail.example'],
    ['as HTML in hexadecimals', 'kim&#x40;mail.example'],
    ['from a wide keyboard', 'kim＠mail．example'],
    ['at an address of numbers', 'kim@10.0.0.1'],
    ['at an address in brackets', 'kim@[10.0.0.1]'],
    ['with what cannot be seen in it', 'kim\u200B@mail\u200B.example'],
    ['in quotes', 'The code "kim@mail.example" on the order', `The code "${GONE}" on the order`],
    ['in single quotes', 'code \'kim@mail.example\'', `code '${GONE}'`],
    ['in brackets', '(as agreed with kim@mail.example)', `(as agreed with ${GONE})`],
    ['in angle brackets', 'Kim <kim@mail.example>', `Kim <${GONE}>`],
    ['at the end of a sentence', 'It was kim@mail.example.', `It was ${GONE}.`],
    ['whose something is', 'kim@mail.example\'s coupon', `${GONE}'s coupon`],
    ['behind a kind', 'coupon:kim@mail.example', `coupon:${GONE}`],
    ['several of them', 'kim@mail.example,jo@mail.example; o\'neil%40mail.example', `${GONE},${GONE}; ${GONE}`],
  ])('%s', (_what, text, without = GONE) => {
    expect(withoutEmails(text)).toBe(without)
  })
})

test.each([
  '@handle', '@handle.example', 'by @kim and @jo.dev', '5 @ 3', '5 @ 3.50 each', '3@4.50', 'TEE@HOME', 'SAVE@10%', 'SAVE@10%OFF.NOW', 'BEN@', '@', 'a@b', 'kim@localhost', 'x@y.z', '100%40', '40%', 'mail.example', 'O\'Brien\'s link',
  '"Ana" earns 5.00 EUR, "Ben" too.', 'npm:@scope/pkg.js', 'code "A" on the order lost to a link @ 9:00',
])('what is none stays: %s', (text) => {
  expect(withoutEmails(text)).toBe(text)
})

test('a long text without any is looked through at once', () => {
  const startedMs = performance.now()
  for (const text of ['a'.repeat(5000), 'a@'.repeat(2500), '"'.repeat(5000), `a@${'b.'.repeat(2500)}`, `a@${'b-'.repeat(2500)}.1`]) expect(withoutEmails(text)).toBe(text)
  expect(performance.now() - startedMs).toBeLessThan(2000)
})
