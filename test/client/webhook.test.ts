import { createHmac } from 'node:crypto'
import { assert, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { verifyWebhookSignature, WEBHOOK_EVENT_TYPES, WEBHOOK_SIGNATURE_HEADER, type VerifyWebhookSignatureOptions } from '../../shared/client/index.ts'

const SECRET = 'whsec_4f1b'
const PAYLOAD = '{"event":"conversion.created","data":{"conversionId":"cnv_1","amount":4990,"currency":"EUR"}}'
const NOW = new Date('2026-11-20T09:00:00.000Z')
const NOW_S = NOW.getTime() / 1000
const hmac = (text: string, secret = SECRET): string => createHmac('sha256', secret).update(text).digest('hex')
const GOOD = hmac(`${NOW_S}.${PAYLOAD}`)
const BAD = GOOD.replace(/^./, (first) => (first === '0' ? '1' : '0'))

const verdict = (changed: Partial<Record<keyof VerifyWebhookSignatureOptions, unknown>> = {}): boolean =>
  verifyWebhookSignature({ secret: SECRET, payload: PAYLOAD, header: `t=${NOW_S},v1=${GOOD}`, now: NOW, ...changed } as VerifyWebhookSignatureOptions)

describe('is taken', () => {
  test.each<[string, Partial<Record<keyof VerifyWebhookSignatureOptions, unknown>>]>([
    ['what was signed just now', {}],
    ['the body as bytes', { payload: Buffer.from(PAYLOAD) }],
    ['a header with spaces, in capitals, and parts that we do not know', { header: `v0=x, t=${NOW_S}, v1=${GOOD.toUpperCase()}` }],
    ['one of two signatures, while a secret is rotated', { header: `t=${NOW_S},v1=${BAD},v1=${GOOD}` }],
    ['five minutes old', { now: new Date(NOW.getTime() + 300_999) }],
    ['five minutes early', { now: new Date(NOW.getTime() - 300_000) }],
    ['older, where that is allowed', { now: new Date(NOW.getTime() + 900_000), toleranceSeconds: 900 }],
  ])('%s', (_name, changed) => {
    expect(verdict(changed)).toBe(true)
  })

  test('any body of any secret, as Node signs it', () => {
    assert(property(string({ minLength: 1, unit: 'binary' }), string({ minLength: 1, unit: 'binary' }), (payload, secret) => {
      expect(verdict({ payload, secret, header: `t=${NOW_S},v1=${hmac(`${NOW_S}.${payload}`, secret)}` })).toBe(true)
    }), { numRuns: 50 })
  })

  test('by the clock, when no time is given', () => {
    const time = Math.floor(Date.now() / 1000)
    expect(verdict({ now: undefined, header: `t=${time},v1=${hmac(`${time}.${PAYLOAD}`)}` })).toBe(true)
    expect(verdict({ now: undefined, header: `t=${NOW_S - 1e6},v1=${hmac(`${NOW_S - 1e6}.${PAYLOAD}`)}` })).toBe(false)
  })
})

describe('is refused', () => {
  test.each<[string, Partial<Record<keyof VerifyWebhookSignatureOptions, unknown>>]>([
    ['another body', { payload: PAYLOAD.replace('4990', '9990') }],
    ['another secret', { secret: 'whsec_other' }],
    ['the secret without its beginning', { secret: '4f1b' }],
    ['another time under the same signature', { header: `t=${NOW_S + 1},v1=${GOOD}` }],
    ['another signature', { header: `t=${NOW_S},v1=${BAD}` }],
    ['half a signature', { header: `t=${NOW_S},v1=${GOOD.slice(0, 32)}` }],
    ['no signature', { header: `t=${NOW_S}` }],
    ['a signature of another version', { header: `t=${NOW_S},v0=${GOOD}` }],
    ['no time', { header: `v1=${GOOD}` }],
    ['a time that is no number', { header: `t=now,v1=${hmac(`now.${PAYLOAD}`)}` }],
    ['more than five minutes old', { now: new Date(NOW.getTime() + 301_000) }],
    ['more than five minutes early', { now: new Date(NOW.getTime() - 301_000) }],
    ['a tolerance that is no number', { toleranceSeconds: Number.NaN }],
    ['a clock that is none', { now: new Date(Number.NaN) }],
    ['no header', { header: undefined }],
    ['null, as `Headers` say it', { header: null }],
    ['an empty header', { header: '' }],
    ['an empty secret', { secret: '', header: `t=${NOW_S},v1=${hmac(`${NOW_S}.${PAYLOAD}`, '')}` }],
    ['an empty body', { payload: '', header: `t=${NOW_S},v1=${hmac(`${NOW_S}.`)}` }],
    ['the right signature behind many wrong ones', { header: `t=${NOW_S},${`v1=${BAD},`.repeat(5)}v1=${GOOD}` }],
  ])('%s', (_name, changed) => {
    expect(verdict(changed)).toBe(false)
  })
})

test('names are as the deliveries have them', () => {
  expect(WEBHOOK_SIGNATURE_HEADER).toBe('X-RefCampaign-Signature')
  expect(WEBHOOK_EVENT_TYPES).toEqual(['conversion.created', 'conversion.refunded', 'conversion.commission_paid', 'conversion.disputed', 'conversion.dispute_resolved'])
})
