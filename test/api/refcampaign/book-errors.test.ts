import { beforeAll, describe, expect, test } from 'vitest'
import { BY, record, testKey, type Shop } from '../../helpers/book.ts'
import { call, sharedCollector, type Answer } from '../../helpers/collector.ts'
import { refusal, refused, rowsOf } from '../../helpers/rows.ts'

/**
 * What stands in the shop that every row below is refused in: commissions `pending`, `approved`, `paid`, `rejected` and
 * `test` of Ana's orders of the same names, one that is `refunded`, one of which `units` were, the payout `out` that is paid, and those of another merchant.
 */
const shared = sharedCollector()
const shop = (): Shop => shared()
const ids: Record<string, string> = {}
const keys: Record<string, string> = {}

beforeAll(async () => {
  const { services, ana } = shop()
  for (const order of ['pending', 'approved', 'paid', 'rejected', 'refunded', 'test']) {
    const { commissions } = await record(shop(), { order, affiliate: 'ana', test: order === 'test' })
    ids[order] = commissions[0]?.id ?? ''
  }
  const name = (state: string): { merchantId: number; names: string[] } => ({ merchantId: 1, names: [ids[state] ?? ''] })
  await services.commissions.approve(name('paid'), BY)
  const out = await services.payouts.make({ merchantId: 1, affiliate: ana, mode: 'live' }, BY)
  await services.payouts.change('pay', { merchantId: 1, payout: out.id }, BY)
  await services.commissions.approve(name('approved'), BY)
  await services.commissions.reject({ ...name('rejected'), reason: 'denied' }, BY)
  await services.refunds.refund({ merchantId: 1, order: 'refunded', request: () => ({ kind: 'full' }) }, BY)
  await record(shop(), { order: 'units', affiliate: 'ana', items: [{ sku: 'TEE', quantity: 1, price: '6.00' }, { sku: 'MUG', quantity: 1, price: '4.00' }] })
  await services.refunds.refund({ merchantId: 1, order: 'units', request: () => ({ kind: 'items', items: [{ sku: 'TEE', quantity: 1 }] }) }, BY)
  const other = await services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
  const key = async (scopes: ('tracking' | 'conversions' | 'commissions' | 'payouts')[]): Promise<string> => {
    const made = await services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes }, 1)
    return 'token' in made ? made.token : ''
  }
  Object.assign(ids, { out: out.id, ana })
  Object.assign(keys, { live: shop().keys.refcampaign, test: await testKey({ ...shop(), services: { ...services, keys: { ...services.keys, create: (input) => services.keys.create(input, 1) } } }), other: other.keys.refcampaign, others: await key(['tracking']) })
})

const filled = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '')

/** A call by a path's short name; `{pending}` in it or its body is that commission's id. */
function send(path: string, body: unknown, { key = 'live', headers = {} }: { key?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  const method = path === 'refund' || path === 'payouts' ? 'POST' : 'PUT'
  const full = { refund: '/api/v1/conversions/refund', approve: '/api/v1/commissions/bulk-approve', reject: '/api/v1/commissions/bulk-reject' }[path] ?? `/api/v1/${filled(path)}`
  return call(shop(), full, { method, headers, ...(key === '' ? {} : { key: keys[key] ?? key }), ...(body === undefined ? {} : { body: typeof body === 'string' ? filled(body) : filled(JSON.stringify(body)) }) })
}

type Row = [what: string, path: string, body: unknown, status: number, code: string, field: string | null, says: RegExp]
const LONG = 'x'.repeat(501)
const rows: Row[] = [
  ['no order', 'refund', {}, 400, 'VALIDATION_FAILED', 'externalId', /must be a string/],
  ['an empty order id', 'refund', { externalId: ' ' }, 400, 'VALIDATION_FAILED', 'externalId', /must not be empty/],
  ['an order id that is a number', 'refund', { externalId: 7 }, 400, 'VALIDATION_FAILED', 'externalId', /must be a string/],
  ['a long order id', 'refund', { externalId: 'x'.repeat(256) }, 400, 'VALIDATION_FAILED', 'externalId', /at most 255/],
  ['an amount of decimals', 'refund', '{"externalId":"pending","amount":1.5}', 422, 'VALIDATION_FAILED', 'amount', /whole number of minor units/],
  ['an amount of decimals that are none', 'refund', '{"externalId":"pending","amount":1.0}', 422, 'VALIDATION_FAILED', 'amount', /whole number of minor units/],
  ['an amount as text', 'refund', { externalId: 'pending', amount: '5' }, 400, 'VALIDATION_FAILED', 'amount', /must be a number/],
  ['an amount of null', 'refund', { externalId: 'pending', amount: null }, 400, 'VALIDATION_FAILED', 'amount', /must be a number/],
  ['an amount of nothing', 'refund', { externalId: 'pending', amount: 0 }, 400, 'VALIDATION_FAILED', 'amount', /more than 0/],
  ['a negative amount', 'refund', { externalId: 'pending', amount: -5 }, 400, 'VALIDATION_FAILED', 'amount', /more than 0/],
  ['an amount beyond the order', 'refund', { externalId: 'pending', amount: 1001 }, 400, 'VALIDATION_FAILED', 'amount', /more than is left of the order/],
  ['an amount beyond what units have left', 'refund', { externalId: 'units', amount: 600 }, 400, 'VALIDATION_FAILED', 'amount', /more than is left of the order/],
  ['an amount beyond all numbers', 'refund', '{"externalId":"pending","amount":9007199254740992}', 400, 'VALIDATION_FAILED', 'amount', /is beyond 9007199254740991 minor units/],
  ['an empty reason', 'refund', { externalId: 'pending', reason: '' }, 400, 'VALIDATION_FAILED', 'reason', /must not be empty/],
  ['a long reason', 'refund', { externalId: 'pending', reason: LONG }, 400, 'VALIDATION_FAILED', 'reason', /at most 500/],
  ['an unknown order', 'refund', { externalId: 'o-9' }, 404, 'NOT_FOUND', null, /no such conversion/],
  ['an order that is fully refunded', 'refund', { externalId: 'refunded', amount: 5 }, 409, 'CONFLICT', null, /fully refunded already/],
  ...['approve', 'reject'].flatMap((path): Row[] => [
    ['no ids', path, {}, 400, 'VALIDATION_FAILED', 'commissionIds', /must be a list of ids/],
    ['an empty list', path, { commissionIds: [] }, 400, 'VALIDATION_FAILED', 'commissionIds', /at least one/],
    ['too many', path, { commissionIds: Array.from({ length: 501 }, (_, n) => `cmm_${n}`) }, 400, 'VALIDATION_FAILED', 'commissionIds', /at most 500/],
    ['text for a list', path, { commissionIds: '{pending}' }, 400, 'VALIDATION_FAILED', 'commissionIds', /must be a list of ids/],
    ['an unknown one', path, { commissionIds: ['{pending}', 'cmm_0'] }, 404, 'NOT_FOUND', null, /There is no commission cmm_0/],
    ["the other mode's", path, { commissionIds: ['{pending}', '{test}'] }, 404, 'NOT_FOUND', null, /There is no commission cmm_/],
    ['a paid one', path, { commissionIds: ['{pending}', '{paid}'] }, 409, 'CONFLICT', null, /it is paid/],
    ['a rejected one', path, { commissionIds: ['{rejected}', '{pending}'] }, 409, 'CONFLICT', null, /it is rejected/],
    ['a refunded one', path, { commissionIds: ['{refunded}'] }, 409, 'CONFLICT', null, /it is rejected/],
  ]),
  ['an approved one', 'approve', { commissionIds: ['{pending}', '{approved}'] }, 409, 'CONFLICT', null, /it is approved/],
  ['no affiliate', 'payouts', {}, 400, 'VALIDATION_FAILED', 'affiliateId', /must be a string/],
  ['a long method', 'payouts', { affiliateId: '{ana}', method: LONG }, 400, 'VALIDATION_FAILED', 'method', /at most 40/],
  ['an unknown currency', 'payouts', { affiliateId: '{ana}', currency: 'XXX' }, 400, 'VALIDATION_FAILED', 'currency', /3-letter ISO 4217/],
  ['an unknown affiliate', 'payouts', { affiliateId: 'aff_0' }, 404, 'NOT_FOUND', null, /There is no affiliate aff_0/],
  ["an affiliate's code for an id", 'payouts', { affiliateId: 'ana' }, 404, 'NOT_FOUND', null, /There is no affiliate ana/],
  ['nothing to pay in it', 'payouts', { affiliateId: '{ana}', currency: 'USD' }, 409, 'CONFLICT', null, /NOTHING_TO_PAY/],
  ['an unknown payout', 'payouts/pay_0/cancel', undefined, 404, 'NOT_FOUND', null, /There is no payout pay_0/],
  ['an unknown payout', 'payouts/pay_0/mark-paid', undefined, 404, 'NOT_FOUND', null, /There is no payout pay_0/],
  ['one that is paid', 'payouts/{out}/cancel', { reason: 'late' }, 409, 'CONFLICT', null, /it is paid/],
  ['one that is paid', 'payouts/{out}/mark-paid', {}, 409, 'CONFLICT', null, /it is paid/],
]

test.each(rows)('%s: %s is refused', async (...[, path, body, status, code, field, says]) => {
  expect(await refusal(shared(), () => send(path, body))).toMatchObject(refused({ status, code, field, says }))
})

const GOOD: [string, unknown, string][] = [
  ['refund', { externalId: 'pending', amount: 5 }, 'conversions'], ['approve', { commissionIds: ['{pending}'] }, 'commissions'], ['reject', { commissionIds: ['{pending}'] }, 'commissions'],
  ['payouts', { affiliateId: '{ana}' }, 'payouts'], ['payouts/{out}/cancel', undefined, 'payouts'], ['payouts/{out}/mark-paid', undefined, 'payouts'],
]
describe.each(GOOD)('%s', (path, body, scope) => {
  test.each([['no key', ''], ['a wrong one', 'rc_live_guessed']])('with %s is 401', async (_what, key) => {
    expect(await refusal(shared(), () => send(path, body, { key }))).toMatchObject(refused({ status: 401, code: 'UNAUTHORIZED', field: null, says: /Authorization|Invalid or expired/ }))
  })
  test('without its scope is 403', async () => {
    expect(await refusal(shared(), () => send(path, body, { key: 'others' }))).toMatchObject(refused({ status: 403, code: 'PERMISSION_DENIED', field: null, says: new RegExp(`no scope "${scope}"`) }))
  })
  test.each([["another merchant's", 'other'], ['a test', 'test']])('by %s key finds nothing of this one', async (_what, key) => {
    const { status, written } = await refusal(shared(), () => send(path, body, { key }))
    // Ana is known to a test key, too; there is nothing to pay her in the test book.
    expect([status, written]).toEqual([path === 'payouts' && key === 'test' ? 409 : 404, []])
  })
})

test.each(['refund', 'approve', 'reject', 'payouts'])('%s refuses what is no JSON object', async (path) => {
  for (const [body, status] of [['{', 400], ['[]', 400], ['"x"', 400]] as const) expect(await refusal(shared(), () => send(path, body))).toMatchObject({ status, body: { success: false, error: { code: expect.stringMatching(/^(INVALID_REQUEST|VALIDATION_FAILED)$/) } }, written: [] })
})

test.each(['approve', 'reject'])('%s says which of the ids is none', async (path) => {
  const { body, written } = await refusal(shared(), () => send(path, { commissionIds: ['{pending}', 7] }))
  expect([body.error, written]).toEqual([{ code: 'VALIDATION_FAILED', message: expect.any(String), details: [{ path: ['commissionIds', 1], message: 'must be a string' }] }, []])
})

test('an Idempotency-Key of a refund is at most 255 characters', async () => {
  const answer = await refusal(shared(), () => send('refund', { externalId: 'pending', amount: 5 }, { headers: { 'Idempotency-Key': 'k'.repeat(256) } }))
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_FAILED', message: expect.stringMatching(/Idempotency-Key: must be at most 255/) } }, written: [] })
  expect(rowsOf(shared(), "select count(*) as n from refunds where key like 'key:%'")).toEqual([{ n: 0 }])
})
