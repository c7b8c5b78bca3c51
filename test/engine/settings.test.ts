import { expect, test } from 'vitest'
import type { Enrolment } from '../../shared/domain.ts'
import { affiliateByCode, belongsTo, campaignByName, campaignOf, inForce, policyOf, statusOf, type TouchPlace } from '../../shared/engine/settings.ts'
import { affiliate, campaign, campaignPolicy, enrolment, MAIN, ORDER_MS, shop, START_MS, versions } from './builders.ts'

test.each([
  ['before the first version the first counts', 0, 'a'], ['a version counts from its own millisecond', 100, 'a'], ['and until the one before the next', 199, 'a'],
  ['from the next one\'s millisecond that counts', 200, 'b'], ['of two valid from the same instant the newer counts', 300, 'd'], ['the newest has no end', 9e15, 'd'],
])('%s', (_name, atMs, value) => {
  expect(inForce(versions([100, 'a'], [200, 'b'], [300, 'c'], [300, 'd']), atMs).value).toBe(value)
})

test('a setting without versions is a fault', () => {
  expect(() => inForce([], 0)).toThrow('a setting has no version')
})

const renamed = shop({ affiliates: [affiliate('ana', { codes: [{ code: 'ana', validFromMs: START_MS }, { code: 'Ana-2', validFromMs: ORDER_MS }] }), affiliate('ben')] })

test.each([
  ['a code names its affiliate', 'ben', ORDER_MS, 'aff_ben'], ['in any case', 'BEN', ORDER_MS, 'aff_ben'], ['a new code counts from its millisecond', 'ana-2', ORDER_MS, 'aff_ana'],
  ['and not before it', 'ana-2', ORDER_MS - 1, undefined], ['the old code stays', 'ana', ORDER_MS + 1, 'aff_ana'], ['an unknown code names nobody', 'cleo', ORDER_MS, undefined],
])('%s', (_name, code, atMs, id) => {
  expect(affiliateByCode(renamed, code, atMs)?.id).toBe(id)
})

test('an affiliate\'s status and a campaign\'s terms are those of the instant', () => {
  const approvedLater = affiliate('ana', { versions: versions([START_MS, { status: 'PENDING' }], [ORDER_MS, { status: 'ACTIVE' }]) })
  expect([ORDER_MS - 1, ORDER_MS].map((atMs) => statusOf(approvedLater, atMs))).toEqual(['PENDING', 'ACTIVE'])
  const shortened = campaign(MAIN, 1, versions([START_MS, campaignPolicy()], [ORDER_MS, campaignPolicy({ windowDays: 7 })]))
  expect([ORDER_MS - 1, ORDER_MS].map((atMs) => policyOf(shortened, atMs).value.windowDays)).toEqual([30, 7])
})

test.each([
  ['the site itself', 'shop.example', true], ['a subdomain', 'www.shop.example', true], ['a deeper one', 'a.b.shop.example', true], ['a parent', 'example', false],
  ['a host that only ends alike', 'myshop.example', false], ['another host', 'other.example', false], ['a host that begins alike', 'shop.example.evil.example', false],
])('belongs to shop.example: %s', (_name, host, belongs) => {
  expect(belongsTo(host, 'shop.example')).toBe(belongs)
})

const landing = (landingUrl: string, status: 'ACTIVE' | 'ARCHIVED' = 'ACTIVE') => versions([START_MS, campaignPolicy({ landingUrl, status })])
const campaigns = [
  campaign('cmp_shop', 1, landing('https://shop.example/')), campaign('cmp_blog', 2, landing('https://blog.shop.example/welcome')),
  campaign('cmp_other', 3, landing('https://other.example/')), campaign('cmp_old', 4, landing('https://old.example/', 'ARCHIVED')),
]

test('a campaign is named by its id or its number', () => {
  const settings = shop({ campaigns })
  expect(['cmp_blog', '2', '9', 'blog'].map((name) => campaignByName(settings, name)?.id)).toEqual(['cmp_blog', 'cmp_blog', undefined, undefined])
})

const enrolled = (...in_: [campaignId: string, atMs: number][]): Enrolment[] => in_.map(([campaignId, enrolledAtMs]) => enrolment(campaignId, enrolledAtMs))
const all = enrolled(['cmp_other', START_MS + 3], ['cmp_blog', START_MS + 2], ['cmp_shop', START_MS + 1], ['cmp_old', START_MS])
const nowhere: TouchPlace = { campaign: null, host: null }

test.each<[string, Enrolment[], TouchPlace, { id: string; enrolled: boolean } | undefined]>([
  ['the oldest enrolment counts when no page was visited', all, nowhere, { id: 'cmp_shop', enrolled: true }],
  ['the campaign that lands on the visited host comes first', all, { ...nowhere, host: 'other.example' }, { id: 'cmp_other', enrolled: true }],
  ['or on a parent of it', all, { ...nowhere, host: 'www.other.example' }, { id: 'cmp_other', enrolled: true }],
  ['of several that land there the oldest enrolment counts', all, { ...nowhere, host: 'blog.shop.example' }, { id: 'cmp_shop', enrolled: true }],
  ['a campaign that lands deeper than the visited host is no match', enrolled(['cmp_other', START_MS], ['cmp_blog', START_MS + 1]), { ...nowhere, host: 'shop.example' }, { id: 'cmp_other', enrolled: true }],
  ['a host where no campaign lands falls back to the oldest', all, { ...nowhere, host: 'elsewhere.example' }, { id: 'cmp_shop', enrolled: true }],
  ['the link\'s own campaign stands above the host', all, { campaign: 'cmp_blog', host: 'other.example' }, { id: 'cmp_blog', enrolled: true }],
  ['also by its number', all, { campaign: '3', host: null }, { id: 'cmp_other', enrolled: true }],
  ['also when it is archived', all, { campaign: 'cmp_old', host: null }, { id: 'cmp_old', enrolled: true }],
  ['also when the affiliate is not in it', enrolled(['cmp_shop', START_MS]), { campaign: 'cmp_blog', host: null }, { id: 'cmp_blog', enrolled: false }],
  ['a link to a campaign that does not exist belongs to none', all, { campaign: '99', host: 'shop.example' }, undefined],
  ['an archived campaign is never chosen', enrolled(['cmp_old', START_MS]), { ...nowhere, host: 'old.example' }, undefined],
  ['an enrolment after the order does not count', enrolled(['cmp_shop', ORDER_MS + 1]), nowhere, undefined],
  ['an enrolment in the order\'s millisecond counts', enrolled(['cmp_shop', ORDER_MS]), nowhere, { id: 'cmp_shop', enrolled: true }],
  ['enrolments of one instant are ordered by campaign', enrolled(['cmp_shop', START_MS], ['cmp_blog', START_MS]), nowhere, { id: 'cmp_blog', enrolled: true }],
  ['an enrolment that has ended does not count', [enrolment('cmp_shop', START_MS, ORDER_MS)], nowhere, undefined],
  ['one that ends a millisecond later does', [enrolment('cmp_shop', START_MS, ORDER_MS + 1)], nowhere, { id: 'cmp_shop', enrolled: true }],
  ['who came back counts from then on', [enrolment('cmp_shop', START_MS, START_MS + 1), enrolment('cmp_blog', START_MS + 2), enrolment('cmp_shop', START_MS + 3)], nowhere, { id: 'cmp_blog', enrolled: true }],
  ['without an enrolment there is no campaign', [], nowhere, undefined],
])('%s', (_name, enrolments, place, expected) => {
  const found = campaignOf(shop({ campaigns }), affiliate('ana', { enrolments }), place, ORDER_MS)
  expect(found && { id: found.campaign.id, enrolled: found.enrolled }).toEqual(expected)
})
