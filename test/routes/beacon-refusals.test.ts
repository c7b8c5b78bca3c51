import { describe, expect, test } from 'vitest'
import { call, NOON_MS, sharedCollector, uuidAt, visitBody, type Answer, type TestCollector } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { plainlyRefused, refusal } from '../helpers/rows.ts'

const PATHS = ['/r/visit', '/r/identify', '/r/cart', '/r/pass', '/r/forget']
const HASH = 'a'.repeat(64)
const visit = (collector: TestCollector, body: unknown): Promise<Answer> => call(collector, '/r/visit', { body })
const wrong = (says: RegExp): object => plainlyRefused({ status: 400, code: 'INVALID', says })
const unreadable = (says: RegExp): object => plainlyRefused({ status: 400, code: 'UNPARSABLE', says })
const tooLarge = plainlyRefused({ status: 413, code: 'TOO_LARGE', says: /larger than 2048 bytes/ })

const identifyBody = (): Record<string, unknown> => ({ session: uuidAt(NOON_MS), emailHash: HASH, url: 'https://shop.example/' })

describe('refused', () => {
  const shared = sharedCollector()

  test.each<[string, Record<string, unknown>, object]>([
    ...[undefined, null, '', 'nonsense', 42, '00000000-0000-0000-0000-00000000000g', `${uuidAt(NOON_MS)}0`].flatMap((value): [string, Record<string, unknown>, object][] => [
      [`id ${String(value)}`, { id: value }, wrong(/^id: /)], [`session ${String(value)}`, { session: value }, wrong(/^session: /)],
    ]),
    ['no ref', { ref: undefined }, wrong(/^ref: is needed where there is neither a coupon nor a pass/)], ['no ref and an empty pass', { ref: undefined, pass: '' }, wrong(/^ref: is needed/)], ['no ref and no pass', { ref: undefined, pass: null }, wrong(/^ref: is needed/)], ['an empty ref', { ref: ' ' }, wrong(/^ref: must not be empty/)], ['a ref of 65 characters', { ref: 'x'.repeat(65) }, wrong(/^ref: must be at most 64 characters/)],
    ['a ref with a NUL', { ref: 'ana\0' }, wrong(/^ref: .*NUL/)], ['half an emoji as ref', { ref: 'ana\uD83D' }, wrong(/^ref: .*Unicode/)],
    ['an unknown ref', { ref: 'nobody' }, plainlyRefused({ status: 404, code: 'NOT_FOUND', says: /No affiliate has the code "nobody"/ })],
    ['a script as url', { url: 'javascript:alert(1)' }, wrong(/^url: must be an http or https URL/)], ["a stranger's url", { url: 'https://evil.example/?ref=ana' }, wrong(/^url: evil\.example is not a site/)],
    ['IPv6', { url: 'http://[::1]/?ref=ana' }, wrong(/^url: \[::1\] is not a site/)], ['a password in the url', { url: 'https://user:pw@shop.example/?ref=ana' }, wrong(/^url: must not carry a user name/)],
    ['a long url', { url: `https://shop.example/?ref=ana&x=${'x'.repeat(1200)}` }, wrong(/^url: must be at most 1200 characters/)], ['a long referrer', { referrer: 'x'.repeat(401) }, wrong(/^referrer: /)],
    ...[0.5, '1', null, 1e300].map((ageMs): [string, Record<string, unknown>, object] => [`ageMs ${String(ageMs)}`, { ageMs }, wrong(/^ageMs: /)]),
    ['a number as coupon', { coupon: 7 }, wrong(/^coupon: must be a string/)], ['a number as pass', { pass: 7 }, wrong(/^pass: must be a string/)], ['a number as domain', { domain: 7 }, wrong(/^domain: must be a string/)],
    ...(['adopted', 'bot', 'keep'] as const).map((field): [string, Record<string, unknown>, object] => [`${field} "yes"`, { [field]: 'yes' }, wrong(new RegExp(`^${field}: must be true or false`))]),
  ])('visit with %s', async (_name, change, refused) => {
    const answer = await refusal(shared(), () => visit(shared(), { ...visitBody(shared()), ...change }))
    expect(answer).toMatchObject(refused)
    expect(answer.headers.get('Set-Cookie')).toBeNull()
  })

  test.each(['https://evil.example', 'https://shop.example.evil.example', 'null', 'https://notshop.example', 'file://'])('every call from a page of %s', async (origin) => {
    const stranger = plainlyRefused({ status: 403, code: 'FORBIDDEN', says: /not on a site of this merchant/ })
    const sent = { ...visitBody(shared()), emailHash: HASH, cart: 'c-77' }
    for (const path of PATHS) expect(await refusal(shared(), () => call(shared(), path, { body: path === '/r/identify' ? identifyBody() : sent, headers: { Origin: origin } }))).toMatchObject(stranger)
  })

  const bodies: { name: string; body: string | Buffer; refused: object }[] = [
    { name: 'nothing', body: '', refused: unreadable(/not valid JSON/) }, { name: 'half', body: '{"id":', refused: unreadable(/not valid JSON/) }, { name: 'NaN', body: '{"ageMs":NaN}', refused: unreadable(/not valid JSON/) },
    { name: 'an array', body: '[]', refused: unreadable(/must be a JSON object/) }, { name: 'a string', body: '"x"', refused: unreadable(/must be a JSON object/) }, { name: 'null', body: 'null', refused: unreadable(/must be a JSON object/) }, { name: 'a number', body: '1', refused: unreadable(/must be a JSON object/) },
    { name: 'no UTF-8', body: Buffer.from('{"id":"\xFF"}', 'latin1'), refused: unreadable(/not valid UTF-8/) },
    { name: '__proto__', body: '{"__proto__":{"id":1}}', refused: wrong(/^__proto__: /) }, { name: 'an escaped __proto__', body: String.raw`{"\u005f_proto__":1}`, refused: wrong(/^__proto__: /) },
    { name: '2049 bytes', body: `{"x":"${'x'.repeat(2049 - 8)}"}`, refused: tooLarge }, { name: '1 MB', body: Buffer.alloc(1_048_576, 'x'), refused: tooLarge },
  ]
  test.each(bodies.flatMap((row) => PATHS.map((path) => ({ path, ...row }))))('$name to $path', async ({ path, body, refused }) => {
    expect(await refusal(shared(), () => rawCall(shared(), path, { body, headers: { 'Content-Type': 'text/plain' } }))).toMatchObject(refused)
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['session', { session: 's-1' }, /^session: /], ['emailHash', { emailHash: 'jane@customer.example' }, /^emailHash: must be the SHA-256/],
    ['emailHash, which is missing as the email is', { emailHash: undefined }, /^emailHash: or email is needed, and not both/], ['emailHash beside an email', { email: 'jane@customer.example' }, /^emailHash: or email is needed, and not both/], ['email', { emailHash: undefined, email: 'jane' }, /^email: must be an e-mail address/],
     ['url', { url: 'data:,x' }, /^url: must be an http/], ['url of a stranger', { url: 'https://evil.example/' }, /^url: evil\.example is not a site/],
  ])('identify with a wrong %s', async (_name, change, says) => {
    expect(await refusal(shared(), () => call(shared(), '/r/identify', { body: { ...identifyBody(), ...change } }))).toMatchObject(wrong(says))
  })

  test.each(['/r/pass', '/r/forget'])('%s of no session, or of no page here', async (path) => {
    const [session, url] = [uuidAt(NOON_MS), 'https://shop.example/']
    expect(await refusal(shared(), () => call(shared(), path, { body: { session: 's-1', url } }))).toMatchObject(wrong(/^session: must be a UUID/))
    expect(await refusal(shared(), () => call(shared(), path, { body: { session } }))).toMatchObject(wrong(/^url: must be an http or https URL/))
    expect(await refusal(shared(), () => call(shared(), path, { body: { session, url: 'https://evil.example/' } }))).toMatchObject(wrong(/^url: evil\.example is not a site/))
  })

  test.each(PATHS.flatMap((path) => ['GET', 'PUT', 'DELETE'].map((method) => ({ method, path }))))('$method $path', async ({ method, path }) => {
    expect(await refusal(shared(), () => call(shared(), path, { method }))).toMatchObject(plainlyRefused({ status: 404, code: 'NOT_FOUND', says: new RegExp(`There is no ${method} ${path} here`) }))
  })
})
