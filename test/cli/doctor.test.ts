import { once } from 'node:events'
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cli } from '../helpers/cli.ts'
import { openTestCollector } from '../helpers/collector.ts'
import { rowCounts } from '../helpers/rows.ts'

/** What `--json` prints. */
interface Report {
  ok: boolean
  url: string
  code: string
  script: string | null
  collector: string | null
  checks: { check: string; level: string; seen: string; advice: string | null }[]
}

/** No database: the command needs none, and makes none. */
const NOWHERE = `sqlite:${join(tmpdir(), 'refledger-doctor-none', 'none.db')}`
const doctor = (...args: string[]) => cli(NOWHERE, 'doctor', ...args)
async function report(...args: string[]): Promise<{ exit: number; err: string } & Report> {
  const { code, out, err } = await doctor(...args, '--json')
  return { ...JSON.parse(out) as Report, exit: code, err }
}
const levelsOf = ({ checks }: Report): Record<string, string> => Object.fromEntries(checks.map(({ check, level }) => [check, level]))

type Answer = (request: IncomingMessage, response: ServerResponse) => void

async function listening(answer: Answer): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A shop on `www.shop.localhost` and its collector, also on its path `/rl`; the page is made of this head. */
async function shop(head: (collectorUrl: string) => string, headers: Record<string, string> = {}) {
  const collector = await openTestCollector()
  const { merchantId } = await collector.services.setup.init({ merchant: 'Kaffee Nord', site: 'shop.localhost', email: 'owner@shop.example', currency: 'EUR', timezone: 'UTC' })
  const collectorUrl = `http://track.shop.localhost:${collector.port}`
  const port = await listening((incoming, response) => {
    const { url = '/' } = incoming
    if (url.startsWith('/rl/')) return void incoming.pipe(ask({ port: collector.port, host: '127.0.0.1', method: incoming.method, path: url.slice(3), headers: incoming.headers }, (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.rawHeaders))))
    if (url.startsWith('/old')) return void response.writeHead(301, { Location: '/' }).end()
    if (url.startsWith('/moved')) return void response.writeHead(302, { Location: `/new${url.slice('/moved'.length)}` }).end()
    if (url.startsWith('/circle')) return void response.writeHead(302, { Location: url }).end()
    response.writeHead(200, { 'Content-Type': 'text/html', ...headers }).end(`<!doctype html><html><head>${head(collectorUrl)}</head><body></body></html>`)
  })
  return { collector, merchantId, collectorUrl, at: (host: string, path = '/') => `http://${host}:${port}${path}` }
}

const tag = (url: string): string => `<script async src="${url}/r.js"></script>`

describe('a shop that is set up well', () => {
  test('all is ok, in lines for a person', async () => {
    const { at } = await shop(tag)
    const { code, out, err } = await doctor(at('www.shop.localhost'))
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^ok    page        http:\/\/www\.shop\.localhost:\d+\/ answers 200 with HTML\n/)
    expect(out).toMatch(/\nok    collector   http:\/\/track\.shop\.localhost:\d+\/r\/pass answers, and www\.shop\.localhost is a site of a merchant there\n/)
    expect(out).not.toMatch(/warn|FAIL/)
    expect(out).not.toContain('\u001B')
    expect(out).toMatch(/\n\nAll is as it must be\.\n$/)
  })

  test('in one JSON document', async () => {
    const { at, collectorUrl } = await shop(tag)
    const said = await report(at('www.shop.localhost', '/moved?x=1'), '--code', 'ana')
    expect([said.exit, said.err]).toEqual([0, ''])
    expect(said).toMatchObject({ ok: true, url: expect.stringMatching(/\/new\?x=1&ref=ana&rlid=[\da-f-]{36}&c=1$/), code: 'ana', script: `${collectorUrl}/r.js`, collector: `${collectorUrl}/r/` })
    expect(levelsOf(said)).toEqual({ page: 'ok', https: 'ok', redirects: 'ok', tag: 'ok', attributes: 'ok', script: 'ok', collector: 'ok', csp: 'ok', cookie: 'ok', safari: 'ok', clock: 'ok' })
    for (const check of said.checks) expect(check).toEqual({ check: expect.any(String), level: 'ok', seen: expect.any(String), advice: null })
  })

  test('also where the shop proxies the collector on a path', async () => {
    const { at } = await shop(() => tag('/rl'))
    const said = await report(at('www.shop.localhost'))
    expect([said.exit, said.collector]).toEqual([0, at('www.shop.localhost', '/rl/r/')])
  })

  test('with the tag that "refledger tag --pinned" prints, and its image', async () => {
    const { collector, at } = await shop(() => printed)
    const { out } = await cli(`sqlite:${join(collector.dir, 'test.db')}`, 'tag', '--json', '--public-url', `http://track.shop.localhost:${collector.port}`)
    const { pinnedTag, noscript } = JSON.parse(out) as { pinnedTag: string; noscript: string }
    const printed = pinnedTag + noscript
    const said = await report(at('www.shop.localhost'))
    expect(levelsOf(said)).toMatchObject({ tag: 'ok', script: 'ok', integrity: 'ok', noscript: 'ok' })
    expect(said.exit).toBe(0)
  })

  test('a bare host is an address', async () => {
    const { at } = await shop(tag)
    expect((await report(new URL(at('www.shop.localhost')).host)).exit).toBe(0)
  })

  test('nothing is written on the collector, nor where the command runs', async () => {
    const { collector, at } = await shop(tag)
    const before = rowCounts(collector)
    await doctor(at('www.shop.localhost'))
    expect(rowCounts(collector)).toEqual(before)
    expect((await cli(NOWHERE, 'verify')).err).toContain('There is no database')
  })
})

describe('what is wrong is said, with exit 1', () => {
  test('no tag', async () => {
    const { at } = await shop(() => '')
    const { code, out } = await doctor(at('www.shop.localhost'))
    expect(code).toBe(1)
    expect(out).toMatch(/\nFAIL  tag +no <script> of the page loads r\.js\n +Paste the tag that "refledger tag" prints/)
    expect(out).toMatch(/\n\n1 failed; nothing more can be checked until that is mended\n$/)
  })

  test('the wrong site', async () => {
    const { at } = await shop(tag)
    const said = await report(at('www.other.localhost'))
    expect([said.exit, said.ok]).toEqual([1, false])
    expect(said.checks.find(({ check }) => check === 'collector')).toEqual({ check: 'collector', level: 'fail', seen: 'www.other.localhost is not a site of any merchant on the collector: its visits are refused', advice: expect.stringContaining('"refledger site add www.other.localhost"') })
    expect(levelsOf(said)).toMatchObject({ script: 'ok', cookie: 'warn' })
  })

  test('a redirect that drops the code', async () => {
    const { at } = await shop(tag)
    const said = await report(at('www.shop.localhost', '/old'))
    expect(said.exit).toBe(1)
    expect(said.checks.filter(({ check }) => check === 'redirects').map(({ level }) => level)).toEqual(['fail', 'warn', 'warn'])
  })

  test('a policy that blocks', async () => {
    const { at } = await shop(tag, { 'Content-Security-Policy': "script-src 'self'; connect-src 'self'" })
    const said = await report(at('www.shop.localhost'))
    expect([said.exit, said.checks.filter(({ check }) => check === 'csp').length]).toEqual([1, 2])
  })

  test('a circle of redirects', async () => {
    const { at } = await shop(tag)
    const { code, out } = await doctor(at('www.shop.localhost', '/circle'))
    expect([code, out]).toEqual([1, expect.stringContaining('cannot be loaded: more than 10 redirects, in a circle')])
  })

  test('a host that is not reached', async () => {
    const said = await report('http://127.0.0.1:1/')
    expect([said.exit, said.ok, said.script, said.checks[0]]).toEqual([1, false, null, { check: 'page', level: 'fail', seen: 'http://127.0.0.1:1/ cannot be loaded: it refuses connections', advice: expect.any(String) }])
  })
})

test('warnings alone end with 0', async () => {
  const { at } = await shop((url) => tag(url) + tag(url))
  const { code, out } = await doctor(at('www.shop.localhost'))
  expect([code, out]).toEqual([0, expect.stringMatching(/\nwarn  tag .*2 tags load the script\n[^]*\n\n1 warning\n$/)])
})

test('a page cannot write to the terminal', async () => {
  const { at } = await shop((url) => tag(`\u001B[2J\n${url}`))
  const { out } = await doctor(at('www.shop.localhost'))
  expect(out).not.toContain('\u001B')
  expect(out).toMatch(/\n(ok|warn|FAIL) +tag /)
})

test('a page that is too long is read as far as it matters', async () => {
  const { at } = await shop((url) => `${tag(url)}<!--${'x'.repeat(5_000_000)}-->`)
  const said = await report(at('www.shop.localhost'))
  expect([said.exit, said.checks[0]?.seen]).toEqual([0, expect.stringMatching(/is longer than 4 MB; only its beginning was read/)])
})

describe('wrong usage ends with 2', () => {
  test.each<[string, string[], RegExp]>([
    ['no address', [], /missing required argument 'url'/],
    ['no web address', ['ftp://shop.example/'], /url: must be an http or https URL/],
    ['no address at all', ['http://'], /url: must be/],
    ['an empty code', ['shop.example', '--code', ' '], /must not be empty/],
    ['a script that is none', ['shop.example', '--tag', 'data:text/javascript,1'], /tag: must be the address of a script/],
    ['an unknown flag', ['shop.example', '--fast'], /unknown option '--fast'/],
    ['a flag of the collector', ['shop.example', '--port', '1'], /unknown option '--port'/],
  ])('%s', async (_what, args, says) => {
    const { code, err, out } = await doctor(...args)
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(says)])
  })
})

test('--help tells what it does, with examples', async () => {
  const { code, out } = await doctor('--help')
  expect(code).toBe(0)
  expect(out).toContain('Example:\n  refledger doctor https://www.shop.example/\n')
  expect(out).toMatch(/writes nothing[^]*exit 1 when one says FAIL/)
})
