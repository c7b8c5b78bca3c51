import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cli, cliJson, seen } from '../helpers/cli.ts'
import { tempDir } from '../helpers/collector.ts'
import { rowCounts } from '../helpers/rows.ts'

const eur = (minor: number) => ({ minor, currency: 'EUR' })
const usd = (minor: number) => ({ minor, currency: 'USD' })
const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

/** A merchant with Ana and Ben in campaign 1, and a command line on their database. */
async function shop() {
  const dir = tempDir()
  const url = `sqlite:${join(dir, 'test.db')}`
  const run = (...args: string[]) => cli(url, ...args)
  const json = async <T = Record<string, unknown>>(...args: string[]): Promise<T> => {
    const { code, json: answer } = await cliJson<T>(url, ...args)
    expect([code, answer]).toEqual([0, answer])
    return answer
  }
  await json('init', '--merchant', 'Corner Shop', '--site', 'corner.example', '--email', 'owner@corner.example')
  for (const name of ['ana', 'ben']) await json('affiliate', 'create', '--campaign', '1', '--email', `${name}@partner.example`, '--name', name, '--code', name)
  return { dir, run, json }
}

test('a campaign with every term there is, said in words, and all of them cleared again', async () => {
  const { run, json } = await shop()
  const made = await json(
    'campaign', 'create', '--name', 'Full', '--landing-url', 'https://corner.example/', '--flat', '5.00', '--flat', '5.50:usd', '--model', 'position', '--coupon-first', '--pool-devices',
    '--min-order', '20.00', '--cap-order', '50', '--cap-order', '55:USD', '--cap-month', '500.00:EUR', '--tier', '1000.00=12.5', '--tier', '5000=7.50:EUR', '--tier-period', 'life',
    '--bounty', 'lead=5.00', '--bounty', 'custom=1:USD', '--recurring', '12', '--adopt-until', '2027-03-31T12:00:00+02:00', '--hold-days', '14',
  )
  expect(made).toEqual({
    id: expect.stringMatching(/^cmp_/), number: 2, name: 'Full', landingUrl: 'https://corner.example/', rate: { kind: 'flat', amounts: [eur(500), usd(550)] }, windowDays: 30, holdDays: 14, status: 'ACTIVE',
    model: 'position', couponFirst: true, poolDevices: true, minimumOrder: [eur(2000)], capPerOrder: [eur(5000), usd(5500)], capPerMonth: [eur(50_000)],
    tiers: { period: 'life', steps: [{ threshold: [eur(100_000)], rate: { kind: 'percent', ppm: 125_000 } }, { threshold: [eur(500_000)], rate: { kind: 'flat', amounts: [eur(750)] } }] },
    bounties: { lead: [eur(500)], custom: [usd(100)] }, recurring: { months: 12 }, adoptUntil: '2027-03-31T10:00:00.000Z', createdAt: INSTANT,
  })
  expect((await run('campaign', 'list')).out).toContain([
    'Full  5.00 EUR or 5.50 USD', '30 days', 'approved after 14 days', 'model position', 'coupons before links', 'devices pooled', 'orders from 20.00 EUR', 'at most 50.00 EUR or 55.00 USD an order', 'at most 500.00 EUR a month',
    'by volume of all time (12.5 % from 1000.00 EUR; 7.50 EUR from 5000.00 EUR)', '5.00 EUR a lead', '1.00 USD a custom event', 'renewals for 12 months', "other systems' cookies until 2027-03-31T10:00:00.000Z", 'active',
  ].join(', '))

  const none = ['--min-order', '--cap-order', '--cap-month', '--tier', '--bounty', '--adopt-until', '--hold-days'].flatMap((flag) => [flag, 'none'])
  await json('campaign', 'update', '2', ...none, '--percent', '10', '--recurring', 'first', '--model', 'last_click', '--no-coupon-first', '--no-pool-devices')
  expect((await run('campaign', 'list')).out).toMatch(/Full {2}10 %, 30 days, approved by hand, active\n/)
})

test('a campaign that says nothing unusual is listed without it', async () => {
  const { run } = await shop()
  expect((await run('campaign', 'list')).out).toMatch(/^1 {2}cmp_\w+ {2}Corner Shop partners {2}10 %, 30 days, approved by hand, active\n$/)
})

test('a coupon is assigned, listed, ended, and then free for another', async () => {
  const { run, json } = await shop()
  const made = await json('trigger', 'assign', '--coupon', 'ben10', '--affiliate', 'ben', '--campaign', '1')
  expect(made).toEqual({ id: expect.stringMatching(/^trg_/), number: 1, kind: 'coupon', value: 'BEN10', affiliateId: expect.stringMatching(/^aff_/), affiliateCode: 'ben', campaignId: expect.stringMatching(/^cmp_/), validFrom: INSTANT, recordedAt: INSTANT, endedAt: null })
  expect((await run('trigger', 'assign', '--coupon', 'BEN10', '--affiliate', 'ana')).err).toBe('error: coupon BEN10 is trigger 1 already, of another affiliate; end that first.\n')
  await json('trigger', 'assign', '--sku', 'mug', '--affiliate', 'ana')
  await json('trigger', 'assign', '--email', 'kim@customer.example', '--affiliate', '1')
  expect((await run('trigger', 'list')).out).toMatch(/^1 {2}trg_\w+ {2}coupon {2}BEN10 {2}ben {2}cmp_\w+ {2}from \S+Z\n2 .* sku {2}MUG {2}ana {2}from \S+\n3 .* email {2}KIM@CUSTOMER\.EXAMPLE {2}ana {2}from/)
  expect(await json('trigger', 'end', String(made['id']))).toMatchObject({ number: 1, endedAt: INSTANT })
  expect(await json('trigger', 'assign', '--coupon', 'BEN10', '--affiliate', 'ana')).toMatchObject({ number: 4, affiliateCode: 'ana', campaignId: null })
  expect((await json<{ number: number }[]>('trigger', 'list')).map(({ number }) => number)).toEqual([2, 3, 4])
  expect((await json<{ number: number }[]>('trigger', 'list', '--all')).map(({ number }) => number)).toEqual([1, 2, 3, 4])
})

test('special rates are set, listed and taken back', async () => {
  const { run, json } = await shop()
  expect(await json('rate', 'set', '--campaign', '1', '--affiliate', 'ana', '--percent', '15')).toEqual({ campaignId: expect.stringMatching(/^cmp_/), campaignNumber: 1, affiliateId: expect.stringMatching(/^aff_/), affiliateCode: 'ana', sku: null, rate: { kind: 'percent', ppm: 150_000 }, validFrom: INSTANT })
  await json('rate', 'set', '--campaign', '1', '--affiliate', 'ana', '--sku', 'mug', '--flat', '2', '--flat', '3:USD')
  expect((await run('rate', 'list')).out).toBe('campaign 1  ana  15 %\ncampaign 1  ana  SKU MUG  2.00 EUR or 3.00 USD\n')
  expect(await json('rate', 'remove', '--campaign', '1', '--affiliate', 'ana')).toMatchObject({ affiliateCode: 'ana', rate: null })
  expect((await json<{ sku: string }[]>('rate', 'list')).map(({ sku }) => sku)).toEqual(['MUG'])
  expect((await run('rate', 'remove', '--campaign', '1', '--sku', 'MUG', '--affiliate', 'ana')).out).toBe('campaign 1  ana  SKU MUG  2.00 EUR or 3.00 USD is taken back\n')
  expect((await run('rate', 'list')).out).toBe('no special rates\n')
})

test('an affiliate begins with a coupon, waits for approval, and is changed', async () => {
  const { run, json } = await shop()
  expect(await json('affiliate', 'create', '--campaign', '1', '--email', 'cleo@partner.example', '--coupon', 'cleo10', '--status', 'pending')).toMatchObject({ number: 3, code: 'cleo', status: 'PENDING', coupons: ['CLEO10'] })
  await json('campaign', 'create', '--name', 'Second', '--landing-url', 'https://corner.example/', '--percent', '5')
  const changed = await json<{ campaigns: string[] }>('affiliate', 'update', 'cleo', '--status', 'active', '--payout-email', 'bank@cleo.example', '--code', 'cleo-shop', '--enrol', '2', '--leave', '1')
  expect(changed).toMatchObject({ status: 'ACTIVE', payoutEmail: 'bank@cleo.example', code: 'cleo-shop', link: 'http://localhost:8787/go/cleo-shop' })
  expect(changed.campaigns).toHaveLength(1)
  expect((await run('affiliate', 'list')).out).toMatch(/3 {2}aff_\w+ {2}cleo <cleo@partner\.example> {2}cleo-shop {2}http\S+ {2}active {2}coupons CLEO10 {2}paid to bank@cleo\.example\n/)
})

test('the merchant\'s terms are shown and changed', async () => {
  const { run, json } = await shop()
  expect((await run('merchant', 'show')).out).toBe('1  Corner Shop  EUR  UTC  corner.example  last click wins, links before coupons\n')
  expect(await json('merchant', 'update', '--timezone', 'Europe/Berlin', '--model', 'linear', '--coupon-first', '--pool-devices')).toEqual({ id: 1, name: 'Corner Shop', currency: 'EUR', timezone: 'Europe/Berlin', sites: ['corner.example'], model: 'linear', couponFirst: true, poolDevices: true })
  expect((await run('merchant', 'update', '--no-coupon-first')).out).toBe('1  Corner Shop  EUR  Europe/Berlin  corner.example  model linear, devices pooled\n')
})

test('a further site says how it is proved, and is proved', async () => {
  const { run, json } = await shop()
  const { proof } = await json<{ proof: { token: string; dns: { name: string; value: string } } }>('site', 'add', 'blog.example')
  const { out } = await run('site', 'list')
  for (const said of ['corner.example  proved', '_refledger.blog.example  TXT  refledger-site=', 'https://blog.example/.well-known/refledger.txt', 'refledger site prove blog.example']) expect(out).toContain(said)
  expect(await run('site', 'prove', 'blog.example')).toMatchObject({ code: 1, err: expect.stringContaining('blog.example is not proved yet. TXT record _refledger.blog.example: nobody answers') })

  const nobody = seen.outside
  onTestFinished(() => void Object.assign(seen, { outside: nobody }))
  seen.outside = { ...nobody, textRecords: async (name) => (name === proof.dns.name ? [proof.dns.value] : []) }
  expect(await json('site', 'prove', 'blog.example')).toEqual({ host: 'blog.example', provedAt: INSTANT, proof: null })
  expect((await run('site', 'list')).out).toBe('corner.example  proved\nblog.example  proved\n')
  expect(await json('site', 'add', 'localhost')).toMatchObject({ host: 'localhost', provedAt: INSTANT })
})

const update = (...args: string[]): string[] => ['campaign', 'update', '1', ...args]

/** What a command that must not work says of which field; throws where it wrote something. */
async function refusalOf(args: string[]): Promise<unknown> {
  const { dir, run } = await shop()
  const before = JSON.stringify(rowCounts({ dir }))
  const { code, out } = await run(...args, '--json')
  if (JSON.stringify(rowCounts({ dir })) !== before) throw new Error('it wrote something')
  const { error } = JSON.parse(out) as { error: { code: string; message: string; issues: { path: (string | number)[] }[] } }
  return [code, error.code, error.issues.map(({ path }) => path.join('.')), error.message]
}

describe('refused, with the field named and nothing written', () => {
  test.each<[string, string[], string, RegExp]>([
    ['a period of tiers that it has not', update('--tier-period', 'life'), 'tierPeriod', /there are no tiers/], ['another shop\'s page', update('--landing-url', 'https://evil.example/'), 'landingUrl', /not on a site of this merchant/],
    ['a status of whom it knows', ['affiliate', 'create', '--campaign', '1', '--email', 'ana@partner.example', '--status', 'pending'], 'status', /known already/], ['an unknown affiliate', ['rate', 'set', '--campaign', '1', '--affiliate', 'zoe', '--percent', '5'], 'affiliate', /no affiliate zoe/],
    ['an unknown campaign', ['affiliate', 'update', 'ana', '--enrol', '7'], 'enrol', /no campaign 7/],
  ])('by the book, exit 1: %s', async (_what, args, field, says) => {
    expect(await refusalOf(args)).toEqual([1, 'INVALID', [field], expect.stringMatching(says)])
  })

  test.each<[string, string[], string, RegExp]>([
    ['nothing to change', update(), '', /at least one thing/], ['an amount with a sign', update('--cap-order', '€5'), 'capOrder', /decimal/], ['an amount of two', update('--cap-order', '5:EUR:USD'), 'capOrder.0', /such as 20\.00/],
    ['none beside an amount', update('--min-order', 'none', '--min-order', '5'), 'minOrder', /decimal/], ['a tier without a rate', update('--tier', '1000'), 'tier.0', /such as 1000\.00=12\.5/], ['a period that is none', update('--tier', '1=1', '--tier-period', 'year'), 'tierPeriod', /month, life/],
    ['a bounty without an amount', update('--bounty', 'lead'), 'bounty.0', /lead=5\.00/], ['no months', update('--recurring', '0'), 'recurring', /first, life/], ['half a month', update('--recurring', '1.5'), 'recurring', /first, life/], ['for ever', update('--recurring', 'forever'), 'recurring', /first, life/],
    ['a day that is none', update('--adopt-until', '2027-02-30'), 'adoptUntil', /2027-03-31/], ['an instant without its offset', update('--adopt-until', '2027-02-20T10:00:00'), 'adoptUntil', /offset/], ['an unknown model', update('--model', 'last'), 'model', /last_click, first_click, linear, position, time_decay/],
    ['no merchant\'s change', ['merchant', 'update'], '', /at least one thing/], ['a zone on Mars', ['merchant', 'update', '--timezone', 'Mars/Olympus'], 'timezone', /IANA/],
    ['no affiliate\'s change', ['affiliate', 'update', 'ana'], '', /at least one thing/], ['an unknown status', ['affiliate', 'update', 'ana', '--status', 'blocked'], 'status', /active, pending, denied, disabled/], ['no address', ['affiliate', 'update', 'ana', '--payout-email', 'ana'], 'payoutEmail', /e-mail/],
    ['a code of dots', ['affiliate', 'update', 'ana', '--code', '...'], 'code', /may hold/], ['an empty coupon', ['affiliate', 'create', '--campaign', '1', '--email', 'x@y.example', '--coupon', ' '], 'coupon', /must not be empty/],
    ['a coupon that no database keeps', ['trigger', 'assign', '--coupon', 'A\0', '--affiliate', 'ana'], 'coupon', /NUL/], ['a coupon of half a letter', ['trigger', 'assign', '--coupon', 'A\uD800', '--affiliate', 'ana'], 'coupon', /Unicode/], ['a SKU without end', ['trigger', 'assign', '--sku', 'x'.repeat(256), '--affiliate', 'ana'], 'sku', /at most 255/],
    ['a trigger of nothing', ['trigger', 'assign', '--affiliate', 'ana'], 'coupon', /give one of/], ['a customer without an address', ['trigger', 'assign', '--email', 'kim', '--affiliate', 'ana'], 'email', /e-mail/],
    ['a rate of nobody', ['rate', 'set', '--campaign', '1', '--percent', '5'], 'affiliate', /name an affiliate/], ['a rate of nothing', ['rate', 'set', '--campaign', '1', '--sku', 'A'], 'percent', /either/], ['a host that is none', ['site', 'add', 'not a host'], 'host', /such as shop\.example/],
  ])('whatever the book says, exit 2: %s', async (_what, args, field, says) => {
    expect(await refusalOf(args)).toEqual([2, 'INVALID', [field], expect.stringMatching(says)])
  })
})
