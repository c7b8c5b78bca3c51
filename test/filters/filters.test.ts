import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FiltersEngine, Request, type RequestType } from '@ghostery/adblocker'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadBuild } from '../../collector/script-builds.ts'
import { CAMPAIGN_PARAM, CLICK_PARAM, CODE_PARAMS, PASS_PARAM } from '../../shared/limits.ts'
import { SCRIPT_FILE } from '../helpers/collector.ts'

/** Folder of filter lists such as EasyList, EasyPrivacy and uBlock's, as files `*.txt`: they are not on npm, and not ours to hand on. */
const FOLDER = process.env['FILTER_LISTS'] ?? ''

if (FOLDER === '') console.warn('NOT TESTED: whether filter lists block the script. Put lists (*.txt) into a folder and name it in FILTER_LISTS.')

/** What a page asks the collector for, and as which kind of request. */
const ASKED: [path: string, types: RequestType[]][] = [
  ['/r.js', ['script']], [`/${loadBuild(SCRIPT_FILE).name}`, ['script']],
  ...['visit', 'identify', 'cart', 'pass', 'forget'].map((name): [string, RequestType[]] => [`/r/${name}`, ['xhr', 'fetch']]),
  ['/r/noscript', ['image']],
  ['/go/CODE', ['document']], [`/go/CODE?${CAMPAIGN_PARAM}=1`, ['document']], ['/go/1/CODE', ['document']], ['/c/CODE', ['document']],
]

/** Where the collector may be, seen from a page; lists hold rules for the ends of names, so that more than one is tried. */
const PLACES = ['shop.example', 'yourshop.com', 'shop.de', 'shop.co.uk'].flatMap((site) => [
  ...['track', 'go', 'r'].map((name) => ({ place: 'a host of the same site', page: `https://www.${site}/basket`, collector: `https://${name}.${site}` })),
  { place: 'a path of the same host', page: `https://www.${site}/basket`, collector: `https://www.${site}/rl` },
  { place: 'another site', page: `https://www.${site}/basket`, collector: 'https://track.other.example' },
  { place: 'another site', page: `https://www.${site}/basket`, collector: 'https://refledger.othershop.com' },
])

const CALLS = PLACES.flatMap(({ place, page, collector }) => ASKED.flatMap(([path, types]) => types.map((type) => ({ place, page, url: collector + path, type }))))

/** Where links lead, with what they carry: lists that clean addresses must leave it there. */
const LANDINGS = [...CODE_PARAMS.map((name) => `?${name}=CODE`), `?ref=CODE&${CLICK_PARAM}=0199c2d4-1b1c-7000-8000-000000000000`, `?${PASS_PARAM}=1.abcdef`].map((query) => `https://www.shop.example/mugs${query}`)

describe.skipIf(FOLDER === '')('the filter lists of FILTER_LISTS', () => {
  let engine: FiltersEngine
  /** What a visitor with all the lists would see of a request. */
  const verdict = ({ url, page, type }: { url: string; page: string; type: RequestType }): string => {
    const { match, filter, rewrite } = engine.match(Request.fromRawDetails({ url, sourceUrl: page, type }))
    return match ? `blocked by ${filter?.rawLine ?? String(filter)}` : rewrite === undefined ? 'let through' : `changed to ${rewrite.url ?? ''}`
  }

  beforeAll(() => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt')).map((name) => readFileSync(join(FOLDER, name), 'utf8'))
    engine = FiltersEngine.parse(files.join('\n'), { debug: true, loadCosmeticFilters: false })
    const rules = engine.getFilters().networkFilters.length
    console.info(`${files.length} filter lists with ${rules} rules for requests`)
    if (rules < 1000) throw new Error(`${FOLDER} (FILTER_LISTS) holds no filter lists: ${rules} rules in ${files.length} files *.txt`)
  }, 60_000)

  test.each<[string, RequestType]>([
    ['https://www.google-analytics.com/analytics.js', 'script'], ['https://connect.facebook.net/en_US/fbevents.js', 'script'], ['https://www.google-analytics.com/g/collect', 'xhr'],
  ])('block %s, so that they are lists', (url, type) => {
    expect(verdict({ url, type, page: 'https://www.shop.example/' })).toMatch(/^blocked by /)
  })

  test.each(['a host of the same site', 'a path of the same host', 'another site'])('let every call to a collector on %s through', (where) => {
    const calls = CALLS.filter(({ place }) => place === where)
    expect(calls.length).toBeGreaterThan(40)
    expect(calls.map((call) => `${call.type} ${call.url}: ${verdict(call)}`)).toEqual(calls.map(({ type, url }) => `${type} ${url}: let through`))
  })

  test.each(LANDINGS)('leave %s as it is', (url) => {
    expect(verdict({ url, page: 'https://blog.partner.example/', type: 'document' })).toBe('let through')
  })
})
