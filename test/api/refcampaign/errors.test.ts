import { describe, expect, test } from 'vitest'
import { call, NOON_MS, sharedCollector, startCollector, type Answer, type TestCollector } from '../../helpers/collector.ts'
import { rawCall } from '../../helpers/raw-call.ts'
import { refusal, refused, rowCounts, type Refusal } from '../../helpers/rows.ts'

const TRACK = '/api/v1/conversions/track'
const POSTBACK = '/api/v1/conversions/postback'
const CLICK = '/api/v1/track/click'
const IDENTIFY = '/api/v1/track/identify'
const HASH = 'a'.repeat(64)
const LONG = 'x'.repeat(300)
const MEGABYTE = 1_048_576

/** A body of each call that is taken; every row below spoils one thing in one of them. */
const GOOD: Record<string, Record<string, unknown>> = {
  [TRACK]: { sessionId: 's-1', amount: 49.9, currency: 'EUR', metadata: { orderId: 'o-1' } },
  [POSTBACK]: { externalId: 'o-2', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: 's-1' },
  [CLICK]: { tracking_url: 'https://shop.example/?ref=ana', session_id: 's-1' },
  [IDENTIFY]: { session_id: 's-1', customer_email_hash: HASH },
}
const PATHS = Object.keys(GOOD)

/** A refused call writes nothing, so one collector serves every row. */
const shared = sharedCollector()

const send = (collector: TestCollector, path: string, body: unknown): Promise<Answer> => call(collector, path, { key: collector.keys.refcampaign, body })
const spoilt = (path: string, change: Record<string, unknown>): Record<string, unknown> => ({ ...GOOD[path], ...change })
/** The body with one more member, written as it stands. */
const withText = (path: string, member: string): string => `{${member},${JSON.stringify(GOOD[path]).slice(1)}`

test.each(PATHS)('%s takes the body that the rows below spoil', async (path) => {
  const collector = await startCollector()
  const answer = await send(collector, path, GOOD[path])
  expect(answer.body['success']).toBe(true)
})

test('a refusal has an envelope with a request id and tells no secret', async () => {
  const collector = shared()
  const answer = await call(collector, TRACK, { key: 'rc_live_guessed-secret', body: GOOD[TRACK] })
  expect(answer.body).toEqual({
    success: false,
    error: { code: 'UNAUTHORIZED', message: 'Invalid or expired API key', details: null },
    meta: { timestamp: new Date(NOON_MS).toISOString(), requestId: expect.stringMatching(/^req_[\w-]{12}$/) },
  })
  expect(answer.headers.get('X-Request-Id')).toBe((answer.body as unknown as { meta: { requestId: string } }).meta.requestId)
  expect(answer.text).not.toContain('guessed')
  const another = await call(collector, TRACK, { body: GOOD[TRACK] })
  expect(another.headers.get('X-Request-Id')).not.toBe(answer.headers.get('X-Request-Id'))
})

test.each([['POST', '/api/v1/conversions/nothing'], ['PUT', TRACK], ['DELETE', POSTBACK], ['GET', '/api/openapi.json']])('%s %s is a 404 in the envelope', async (method, path) => {
  const collector = shared()
  expect(await refusal(collector, () => call(collector, path, { method, key: collector.keys.refcampaign }))).toMatchObject(refused({ status: 404, code: 'NOT_FOUND', field: null, says: new RegExp(`There is no ${method} ${path} here`) }))
})

describe('keys', () => {
  const rows: [string, (collector: TestCollector) => Promise<string> | string, RegExp][] = [
    ['no scheme', ({ keys }) => keys.refcampaign, /must be "Bearer" and an API key/],
    ['an empty bearer', () => 'Bearer', /must be "Bearer" and an API key/],
    ['basic', ({ keys }) => `Basic ${keys.refcampaign}`, /must be "Bearer" and an API key/],
    ['two tokens', ({ keys }) => `Bearer ${keys.refcampaign} twice`, /must be "Bearer" and an API key/],
    ['an unknown key', () => 'Bearer rc_live_nobodys', /Invalid or expired/],
    ['a key cut short', ({ keys }) => `Bearer ${keys.refcampaign.slice(0, -1)}`, /Invalid or expired/],
    ['a key in capitals', ({ keys }) => `Bearer ${keys.refcampaign.toUpperCase()}`, /Invalid or expired/],
    ["Refgrow's key", ({ keys }) => `Bearer ${keys.refgrow}`, /Invalid or expired/],
    ["Refersion's public key", ({ keys }) => `Bearer ${keys.refersion.public}`, /Invalid or expired/],
    ["Refersion's secret key", ({ keys }) => `Bearer ${keys.refersion.secret}`, /Invalid or expired/],
    ['a revoked key', async ({ services }) => {
      const made = await services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: [] })
      await services.keys.revoke(made.id)
      return `Bearer ${'token' in made ? made.token : ''}`
    }, /Invalid or expired/],
  ]

  test.each(rows.flatMap(([name, header, says]) => PATHS.map((path) => ({ name, path, header, says }))))('$name on $path is 401', async ({ path, header, says }) => {
    const collector = shared()
    const authorization = await header(collector)
    const answer = await refusal(collector, () => call(collector, path, { body: GOOD[path], headers: { Authorization: authorization } }))
    expect(answer).toMatchObject(refused({ status: 401, code: 'UNAUTHORIZED', field: null, says }))
    const secrets = authorization.match(/\S{12,}/g) ?? []
    expect(secrets.filter((secret) => answer.text.includes(secret))).toEqual([])
  })

  test.each([TRACK, POSTBACK])('no key on %s is 401', async (path) => {
    const collector = shared()
    expect(await refusal(collector, () => call(collector, path, { body: GOOD[path] }))).toMatchObject(refused({ status: 401, code: 'UNAUTHORIZED', field: null, says: /The Authorization header must be/ }))
  })

  test('a key works until it is revoked, and not once more', async () => {
    const collector = await startCollector()
    const made = await collector.services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: [] })
    const key = 'token' in made ? made.token : ''
    expect((await call(collector, TRACK, { key, body: GOOD[TRACK] })).status).toBe(201)
    await collector.services.keys.revoke(made.id)
    expect((await call(collector, TRACK, { key, body: GOOD[TRACK] })).status).toBe(401)
  })

  test.each([
    { path: TRACK, scope: 'tracking', lacks: 'conversions' }, { path: POSTBACK, scope: 'tracking', lacks: 'conversions' },
    { path: CLICK, scope: 'conversions', lacks: 'tracking' }, { path: IDENTIFY, scope: 'conversions', lacks: 'tracking' },
  ] as const)('$path without the scope "$lacks" is 403', async ({ path, scope, lacks }) => {
    const collector = shared()
    const made = await collector.services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: [scope] })
    const key = 'token' in made ? made.token : ''
    expect(await refusal(collector, () => call(collector, path, { key, body: GOOD[path] }))).toMatchObject(refused({ status: 403, code: 'PERMISSION_DENIED', field: null, says: new RegExp(`no scope "${lacks}"`) }))
  })

  test('a receipt asks for a key too', async () => {
    const collector = shared()
    const { body } = await send(collector, TRACK, GOOD[TRACK])
    const path = `/api/v1/conversions/${String(body.data['id'])}/receipt`
    expect((await call(collector, path, { method: 'GET', key: collector.keys.refcampaign })).status).toBe(200)
    expect(await refusal(collector, () => call(collector, path, { method: 'GET' }))).toMatchObject(refused({ status: 401, code: 'UNAUTHORIZED', field: null, says: /Authorization/ }))
    expect(await refusal(collector, () => call(collector, '/api/v1/conversions/cnv_0/receipt', { method: 'GET', key: collector.keys.refcampaign }))).toMatchObject(refused({ status: 404, code: 'NOT_FOUND', field: null, says: /no such conversion/ }))
  })
})

describe('bodies', () => {
  const rows: { name: string; body: (path: string) => string | Buffer; type?: string | null; status?: number; code?: string; field?: string; says: RegExp }[] = [
    { name: 'an empty body', body: () => '', says: /not valid JSON/ },
    { name: 'half a body', body: (path) => JSON.stringify(GOOD[path]).slice(0, -1), says: /not valid JSON/ },
    { name: 'a trailing comma', body: (path) => JSON.stringify(GOOD[path]).replace(/\}$/, ',}'), says: /not valid JSON/ },
    { name: 'two documents', body: (path) => JSON.stringify(GOOD[path]).repeat(2), says: /not valid JSON/ },
    { name: 'NaN', body: (path) => withText(path, '"amount":NaN'), says: /not valid JSON/ },
    { name: 'Infinity', body: (path) => withText(path, '"amount":-Infinity'), says: /not valid JSON/ },
    { name: 'a form', body: () => 'amount=49.90&currency=EUR', says: /not valid JSON/ },
    { name: 'an array', body: (path) => JSON.stringify([GOOD[path]]), says: /must be a JSON object/ },
    { name: 'a string', body: (path) => JSON.stringify(JSON.stringify(GOOD[path])), says: /must be a JSON object/ },
    { name: 'a number', body: () => '42', says: /must be a JSON object/ },
    { name: 'null', body: () => 'null', says: /must be a JSON object/ },
    { name: 'text/plain', body: (path) => JSON.stringify(GOOD[path]), type: 'text/plain', says: /content type must be application\/json/ },
    { name: 'a form type', body: (path) => JSON.stringify(GOOD[path]), type: 'application/x-www-form-urlencoded', says: /content type must be application\/json/ },
    { name: 'no content type', body: (path) => JSON.stringify(GOOD[path]), type: null, says: /content type must be application\/json/ },
    { name: 'an overlong byte', body: (path) => Buffer.from(withText(path, '"x":"?"').replace('?', '\xC0\x80'), 'latin1'), says: /not valid UTF-8/ },
    { name: 'a raw surrogate', body: (path) => Buffer.from(withText(path, '"x":"?"').replace('?', '\xED\xA0\x80'), 'latin1'), says: /not valid UTF-8/ },
    { name: 'UTF-16', body: (path) => Buffer.from(`\uFEFF${JSON.stringify(GOOD[path])}`, 'utf16le'), says: /not valid UTF-8/ },
    { name: 'deep nesting', body: (path) => withText(path, `"x":${'['.repeat(30_000)}${']'.repeat(30_000)}`), says: /nested too deeply/ },
    { name: '1 MB of JSON', body: (path) => withText(path, `"x":"${'x'.repeat(MEGABYTE)}"`), status: 413, says: /larger than 65536 bytes/ },
    { name: '1 MB of zeros', body: () => Buffer.alloc(MEGABYTE), status: 413, says: /larger than 65536 bytes/ },
    { name: '__proto__', body: (path) => withText(path, '"__proto__":{"isSynthetic":true}'), code: 'VALIDATION_FAILED', field: '__proto__', says: /is not a field/ },
    { name: '__proto__ below', body: (path) => withText(path, '"x":[{"y":{"__proto__":{"z":1}}}]'), code: 'VALIDATION_FAILED', field: '__proto__', says: /is not a field/ },
    { name: 'escaped __proto__', body: (path) => withText(path, String.raw`"\u005f_proto__":{"isSynthetic":true}`), code: 'VALIDATION_FAILED', field: '__proto__', says: /is not a field/ },
    { name: 'escaped __proto__ below', body: (path) => withText(path, String.raw`"x":{"__pr\u006fto__":1}`), code: 'VALIDATION_FAILED', field: '__proto__', says: /is not a field/ },
  ]

  test.each(rows.flatMap((row) => PATHS.map((path) => ({ path, ...row }))))('$name to $path', async ({ path, body, type = 'application/json', status = 400, code = 'INVALID_REQUEST', field = null, says }) => {
    const collector = shared()
    const headers = { Authorization: `Bearer ${collector.keys.refcampaign}`, ...(type === null ? {} : { 'Content-Type': type }) }
    expect(await refusal(collector, () => rawCall(collector, path, { headers, body: body(path) }))).toMatchObject(refused({ status, code, field, says }))
    expect(({} as { isSynthetic?: unknown; z?: unknown }).isSynthetic).toBeUndefined()
  })

  test('a body without a length is cut off at the limit too', async () => {
    const collector = shared()
    const headers = { Authorization: `Bearer ${collector.keys.refcampaign}`, 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }
    expect(await refusal(collector, () => rawCall(collector, TRACK, { headers, body: withText(TRACK, `"x":"${'x'.repeat(MEGABYTE)}"`) }))).toMatchObject(refused({ status: 413, code: 'INVALID_REQUEST', field: null, says: /larger than 65536 bytes/ }))
  })

  test('a charset beside the type, and members that nobody knows, are taken', async () => {
    const collector = await startCollector()
    const answer = await call(collector, TRACK, { key: collector.keys.refcampaign, body: withText(TRACK, '"constructor":{"prototype":1},"toString":"x"'), headers: { 'Content-Type': 'Application/JSON; charset=utf-8' } })
    expect(answer.status).toBe(201)
  })
})

type FieldRow = [name: string, change: Record<string, unknown>, field: string, says: RegExp]

/** Ids that would not come back from the database as they were sent, or that name nothing. */
const badIds = (name: string, field = name, of: (value: unknown) => Record<string, unknown> = (value) => ({ [name]: value })): FieldRow[] => [
  [`${field} of 300 characters`, of(LONG), field, /must be at most \d+ characters/],
  [`${field} with a lone surrogate`, of('a\uD800'), field, /well-formed Unicode/],
  [`${field} with half an emoji`, of('\uDE00b'), field, /well-formed Unicode/],
  [`${field} with a NUL`, of('a\0b'), field, /without NUL/],
  [`${field} of blanks`, of(' \t\u00A0'), field, /must not be empty/],
  [`${field} empty`, of(''), field, /must not be empty/],
]
const notText = (name: string): FieldRow[] => [
  [`${name} as a number`, { [name]: 42 }, name, /must be a string/],
  [`${name} as null`, { [name]: null }, name, /must be a string/],
  [`${name} as an object`, { [name]: { toString: 'x' } }, name, /must be a string/],
]
const badHashes = (name: string): FieldRow[] => [
  [`${name} too short`, { [name]: 'a'.repeat(63) }, name, /64 hex characters/],
  [`${name} an address`, { [name]: 'ana@partner.example' }, name, /64 hex characters/],
  [`${name} no hex`, { [name]: 'g'.repeat(64) }, name, /64 hex characters/],
  [`${name} a number`, { [name]: 1 }, name, /64 hex characters/],
]
const badCurrencies: FieldRow[] = ['€', '$', 'Euro', 'EURO', 'EU', '', ' EUR', 'XYZ', 'ЕUR', 'eu\0', '978', '__proto__', 978, null, undefined, ['EUR'], { toString: 'EUR' }].map((currency) =>
  [`currency ${JSON.stringify(currency)}`, { currency }, 'currency', /must be a 3-letter ISO 4217 code/])
const badAmounts: FieldRow[] = ['49.90', '', 'NaN', null, undefined, true, [49.9], {}].map((amount) =>
  [`amount ${JSON.stringify(amount)}`, { amount }, 'amount', /must be a number/])
const common: FieldRow[] = [
  ...badCurrencies, ...badAmounts,
  ...badIds('sessionId'), ...notText('sessionId'), ...badIds('clickId'), ...notText('clickId'), ...badHashes('customerEmailHash'),
  ['metadata an array', { metadata: [] }, 'metadata', /must be an object/],
  ['metadata a string', { metadata: '{}' }, 'metadata', /must be an object/],
  ['metadata null', { metadata: null }, 'metadata', /must be an object/],
  ['metadata a number', { metadata: 5 }, 'metadata', /must be an object/],
  ...badIds('metadata', 'metadata.orderId', (orderId) => ({ metadata: { orderId } })),
  ['metadata.orderId true', { metadata: { orderId: true } }, 'metadata.orderId', /must be a string or a number/],
  ['metadata.orderId an object', { metadata: { orderId: { id: 1 } } }, 'metadata.orderId', /must be a string or a number/],
  ['isSynthetic 1', { isSynthetic: 1 }, 'isSynthetic', /must be true or false/],
  ['isSynthetic "true"', { isSynthetic: 'true' }, 'isSynthetic', /must be true or false/],
]

const withAmount = (path: string, amount: string): string => JSON.stringify(GOOD[path]).replace(/"amount":[\d.]+/, `"amount":${amount}`)
const named = ([amount, says]: [string, RegExp]): { name: string; amount: string; says: RegExp } => ({ name: amount.slice(0, 24), amount, says })
const tried = (path: string, body: unknown): Promise<Refusal> => refusal(shared(), () => send(shared(), path, body))
const wrong = (field: string, says: RegExp, status = 400): object => refused({ status, code: 'VALIDATION_FAILED', field, says })

describe('fields', () => {
  test.each<FieldRow>([
    ...common,
    ['an order of nobody', { sessionId: undefined }, 'sessionId', /give sessionId or customerEmailHash/],
    ...badIds('orderId'), ...notText('orderId'),
  ])('track: %s', async (_name, change, field, says) => {
    expect(await tried(TRACK, spoilt(TRACK, change))).toMatchObject(wrong(field, says))
  })

  test.each<FieldRow>([
    ...common,
    ['an order of nobody', { sessionId: undefined }, 'sessionId', /give one of sessionId, rcsid/],
    ...badIds('externalId'), ...notText('externalId'), ['externalId missing', { externalId: undefined }, 'externalId', /must be a string/],
    ...badIds('rcsid'), ...badIds('cid'), ...badIds('affiliateCode'), ...notText('affiliateCode'), ...badIds('customerId'),
    ...['', 'nobody', 'a@', '@b.example', 'a b@c.example', 'a@b.example\0', `${LONG}@b.example`, 'a\uD800@b.example', 42, null].map((customerEmail): FieldRow => [`customerEmail ${JSON.stringify(customerEmail)}`.slice(0, 60), { customerEmail }, 'customerEmail', /^(customerEmail: )?must (be an e-mail address|be a string|not be empty|be well-formed|be at most)/]),
    ...['sale', 'REFUND', '', null, undefined, 1, 'constructor'].map((conversionType): FieldRow => [`conversionType ${JSON.stringify(conversionType)}`, { conversionType }, 'conversionType', /must be one of: SALE, LEAD, TRIAL, CUSTOM/]),
  ])('postback: %s', async (_name, change, field, says) => {
    expect(await tried(POSTBACK, spoilt(POSTBACK, change))).toMatchObject(wrong(field, says))
  })

  test.each(([
    ['0', /must be more than 0/], ['0.00', /must be more than 0/], ['-0', /must be more than 0/], ['0e9', /must be more than 0/],
    ['0.004', /must be more than 0/], ['-0.004', /must be more than 0/], ['-49.90', /must be more than 0/], ['-1e400', /is beyond 9007199254740991 minor units/],
    ['90071992547409.92', /is beyond 9007199254740991 minor units/], ['90071992547409.915', /is beyond 9007199254740991 minor units/],
    ['1e16', /is beyond/], ['1e308', /is beyond/], ['1e400', /is beyond/], ['1e99999', /reasonable length/], ['1e-99999', /reasonable length/],
    ['9'.repeat(401), /reasonable length/], [`0.${'0'.repeat(60_000)}1`, /reasonable length/],
  ] satisfies [string, RegExp][]).map(named))('track: amount $name', async ({ amount, says }) => {
    expect(await tried(TRACK, withAmount(TRACK, amount))).toMatchObject(wrong('amount', says))
  })

  test.each(['49.9', '4990.0', '4990.00', '1e3', '4.99e3', '1E3', '1e-1', '0.0', '1e400', '-4990.0'])('postback: amount %s is 422', async (amount) => {
    expect(await tried(POSTBACK, withAmount(POSTBACK, amount))).toMatchObject(wrong('amount', /must be a whole number of minor units/, 422))
  })

  test.each(([
    ['0', /must be more than 0/], ['-0', /must be more than 0/], ['-1', /must be more than 0/], ['-9007199254740992', /is beyond/],
    ['9007199254740992', /is beyond/], ['9007199254740993', /is beyond/], ['9'.repeat(60_000), /is beyond/],
  ] satisfies [string, RegExp][]).map(named))('postback: amount $name', async ({ amount, says }) => {
    expect(await tried(POSTBACK, withAmount(POSTBACK, amount))).toMatchObject(wrong('amount', says))
  })

  test.each(['LEAD', 'TRIAL', 'CUSTOM'])('postback: a negative %s', async (conversionType) => {
    expect(await tried(POSTBACK, spoilt(POSTBACK, { conversionType, amount: -1 }))).toMatchObject(wrong('amount', /must not be negative/))
  })

  test('several wrong fields are all named', async () => {
    const { body, written } = await tried(TRACK, { sessionId: 42, amount: '1', currency: 1, isSynthetic: 'no' })
    expect(written).toEqual([])
    expect(body.error.details?.map(({ path }) => path.join('.')).toSorted()).toEqual(['amount', 'currency', 'isSynthetic', 'sessionId'])
  })

  test.each<FieldRow>([
    ...badIds('session_id'), ...notText('session_id'), ['session_id missing', { session_id: undefined }, 'session_id', /must be a string/],
    ...[
      'javascript:alert(1)//shop.example/?ref=ana', 'JavaScript://shop.example/%0aalert(1)?ref=ana', 'data:text/html,?ref=ana', 'file:///etc/passwd?ref=ana', 'ftp://shop.example/?ref=ana', 'blob:https://shop.example/?ref=ana',
      '//shop.example/?ref=ana', 'shop.example/?ref=ana', 'https:shop.example/?ref=ana', 'https://shop.example:99999/?ref=ana', 'https://[::1/?ref=ana', 'https:// shop.example/?ref=ana', '', ' ', '\0', 42, null, undefined, ['https://shop.example/?ref=ana'],
    ].map((tracking_url): FieldRow => [`tracking_url ${JSON.stringify(tracking_url)}`, { tracking_url }, 'tracking_url', /must be an http or https URL/]),
    ...[
      'https://[::1]/?ref=ana', 'http://[::ffff:127.0.0.1]:8787/?ref=ana', 'http://127.0.0.1/?ref=ana', 'http://0x7f.1/?ref=ana', 'https://example/?ref=ana', 'https://notshop.example/?ref=ana',
      'https://shop.example.evil.example/?ref=ana', 'https://xn--/?ref=ana', 'https://shop。example.evil/?ref=ana', 'https://evil.example\\@shop.example/?ref=ana', 'https://evil.example#@shop.example/?ref=ana',
    ].map((tracking_url): FieldRow => [`tracking_url ${tracking_url}`, { tracking_url }, 'tracking_url', /is not a site of any merchant here/]),
    ...['https://user:pw@shop.example/?ref=ana', 'https://user@shop.example/?ref=ana', 'https://:pw@shop.example/?ref=ana', 'https://shop.example@evil.example/?ref=ana', 'https:\\\\user@shop.example/?ref=ana'].map((tracking_url): FieldRow =>
      [`tracking_url ${tracking_url}`, { tracking_url }, 'tracking_url', /must not carry a user name or a password/]),
    ...['https://shop.example/', 'https://shop.example/?ref=', 'https://shop.example/?ref=%20&via=', 'https://shop.example/?REF=ana', 'https://shop.example/#?ref=ana'].map((tracking_url): FieldRow =>
      [`tracking_url ${tracking_url}`, { tracking_url }, 'tracking_url', /carries no affiliate code/]),
    ['tracking_url too long', { tracking_url: `https://shop.example/?ref=ana&x=${'x'.repeat(2048)}` }, 'tracking_url', /must be at most 2048 characters/],
  ])('click: %s', async (_name, change, field, says) => {
    expect(await tried(CLICK, spoilt(CLICK, change))).toMatchObject(wrong(field, says))
  })

  test.each(['nobody', 'an', 'anaa', 'ana%00', '%E0%A4%A', '%F0%9F%98', '__proto__', 'constructor', "' or 1=1 --", LONG].map((code) => ({ name: code.slice(0, 24), code })))('click: unknown ref $name', async ({ code }) => {
    expect(await tried(CLICK, spoilt(CLICK, { tracking_url: `https://shop.example/?ref=${code}` }))).toMatchObject(refused({ status: 404, code: 'NOT_FOUND', field: 'ref', says: /No affiliate has the code|no affiliate has this code/ }))
  })

  test.each<FieldRow>([
    ...badIds('session_id'), ...notText('session_id'), ...badHashes('customer_email_hash'),
    ['no session', { session_id: undefined }, 'session_id', /is needed/],
    ['no hash', { customer_email_hash: undefined }, 'customer_email_hash', /is needed/],
    ['the address itself', { customer_email_hash: undefined, customer_email: 'ana@partner.example' }, 'customer_email_hash', /is needed/],
  ])('identify: %s', async (_name, change, field, says) => {
    expect(await tried(IDENTIFY, spoilt(IDENTIFY, change))).toMatchObject(wrong(field, says))
  })

  test.each<FieldRow>([
    ...badIds('sessionId'), ...badHashes('emailHash'), ...badHashes('customerEmailHash'),
    ['nothing', { sessionId: undefined, emailHash: undefined }, 'session_id', /is needed/],
  ])('identify, as the script spells it: %s', async (_name, change, field, says) => {
    const [name] = Object.keys(change)
    const body = { sessionId: 's-1', ...(name === 'customerEmailHash' ? {} : { emailHash: HASH }), ...change }
    expect(await tried('/api/track/identify', body)).toMatchObject(wrong(field, says))
  })
})

describe('Idempotency-Key', () => {
  test('of 300 characters is refused', async () => {
    const collector = shared()
    expect(await refusal(collector, () => call(collector, TRACK, { key: collector.keys.refcampaign, body: GOOD[TRACK], headers: { 'Idempotency-Key': LONG } }))).toMatchObject(refused({ status: 400, code: 'VALIDATION_FAILED', field: 'Idempotency-Key', says: /must be at most 255 characters/ }))
  })

  test('is not used up by a refused call', async () => {
    const collector = await startCollector()
    const once = { key: collector.keys.refcampaign, headers: { 'Idempotency-Key': 'k-1' } }
    expect((await call(collector, TRACK, { ...once, body: spoilt(TRACK, { amount: 0 }) })).status).toBe(400)
    expect((await call(collector, TRACK, { ...once, body: GOOD[TRACK] })).status).toBe(201)
  })

  test('with another body is 422 and writes nothing', async () => {
    const collector = await startCollector()
    const once = { key: collector.keys.refcampaign, headers: { 'Idempotency-Key': 'k-1' } }
    expect((await call(collector, TRACK, { ...once, body: GOOD[TRACK] })).status).toBe(201)
    expect(await refusal(collector, () => call(collector, TRACK, { ...once, body: spoilt(TRACK, { metadata: { orderId: 'o-9' } }) }))).toMatchObject(refused({ status: 422, code: 'VALIDATION_FAILED', field: null, says: /used with another body/ }))
    expect(await refusal(collector, () => call(collector, TRACK, { ...once, body: ` ${JSON.stringify(GOOD[TRACK])}` }))).toMatchObject(refused({ status: 422, code: 'VALIDATION_FAILED', field: null, says: /used with another body/ }))
  })
})

test('ids that differ only where UTF-8 cannot tell are never taken for one order', async () => {
  const collector = await startCollector()
  const answers = await Promise.all(['a\uD800', 'a\uD801', 'a\uFFFD'].map((externalId) => send(collector, POSTBACK, spoilt(POSTBACK, { externalId }))))
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 201])
  expect(rowCounts(collector)['conversions']).toBe(1)
})
