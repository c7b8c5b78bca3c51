import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { cli, cliJson } from '../helpers/cli.ts'
import { call, startCollector, tempDir, visitBody } from '../helpers/collector.ts'

interface Init {
  merchantId: number
  campaignId: string
  keys: { refcampaign: string; refgrow: string; refersion: { public: string; secret: string } }
  setupUrl: string
}

const fresh = (): string => `sqlite:${join(tempDir(), 'cli.db')}`
const INIT = ['init', '--merchant', 'Corner Shop', '--site', 'corner.example', '--email', 'owner@corner.example']

async function initialised(): Promise<{ url: string; init: Init }> {
  const url = fresh()
  const { json } = await cliJson<Init>(url, ...INIT)
  return { url, init: json }
}

test('init makes what is needed to start, and says it in one JSON document', async () => {
  const { init } = await initialised()
  expect(init).toEqual({
    merchantId: 1,
    campaignId: expect.stringMatching(/^cmp_[0-9A-Z]{26}$/),
    keys: { refcampaign: expect.stringMatching(/^rc_live_ey/), refgrow: expect.stringMatching(/^rgk_ey/), refersion: { public: expect.stringMatching(/^pub_/), secret: expect.stringMatching(/^sec_[0-9a-f]{48}$/) } },
    setupUrl: expect.stringMatching(/^http:\/\/localhost:8787\/setup\/[\w-]{32}$/),
  })
})

test('a campaign and its affiliates, made, changed and listed', async () => {
  const { url } = await initialised()
  const { json: campaign } = await cliJson<{ id: string }>(url, 'campaign', 'create', '--name', 'Launch', '--landing-url', 'https://www.corner.example/new', '--percent', '12.5', '--window-days', '45', '--hold-days', '14')
  expect(campaign).toMatchObject({ number: 2, name: 'Launch', rate: { kind: 'percent', ppm: 125_000 }, windowDays: 45, model: 'last_click', holdDays: 14, status: 'ACTIVE' })

  const { json: changed } = await cliJson(url, 'campaign', 'update', campaign.id, '--flat', '5.00', '--currency', 'usd', '--hold-days', 'none')
  expect(changed).toMatchObject({ rate: { kind: 'flat', amounts: [{ minor: 500, currency: 'USD' }] }, holdDays: null, windowDays: 45 })

  const { json: affiliate } = await cliJson(url, 'affiliate', 'create', '--campaign', campaign.id, '--email', 'ana@blog.example', '--name', 'Ana', '--code', 'Ana10')
  expect(affiliate).toMatchObject({ number: 1, code: 'Ana10', link: 'http://localhost:8787/go/Ana10', status: 'ACTIVE' })
  const { json: again } = await cliJson(url, 'affiliate', 'create', '--campaign', '1', '--email', 'ANA@blog.example')
  expect(again).toMatchObject({ id: affiliate['id'], number: 1, campaigns: [campaign.id, expect.stringMatching(/^cmp_/)] })

  expect((await cliJson<unknown[]>(url, 'campaign', 'list')).json).toHaveLength(2)
  expect((await cliJson<unknown[]>(url, 'affiliate', 'list')).json).toHaveLength(1)
  expect((await cli(url, 'affiliate', 'list')).out).toContain('Ana <ana@blog.example>')
})

test('keys are made, listed without their secret, and revoked', async () => {
  const { url, init } = await initialised()
  const { json: key } = await cliJson<{ id: string; token: string }>(url, 'key', 'create', '--dialect', 'refcampaign', '--test', '--scope', 'tracking')
  expect(key.token).toMatch(/^rc_test_ey/)
  const { out } = await cli(url, 'key', 'list', '--json')
  expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ id: key.id, mode: 'test', scopes: ['tracking'] }))
  expect(out).not.toContain(key.token)
  expect(out).not.toContain(init.keys.refersion.secret)
  expect((await cli(url, 'key', 'revoke', key.id)).code).toBe(0)
  expect((await cli(url, 'key', 'revoke', key.id)).code).toBe(1)
})

describe('beside a running collector', () => {
  test('a key made there works, and stops the moment it is revoked; a campaign and a code count at once', async () => {
    // The command line has the real clock: this collector's stands where that has been already.
    const collector = await startCollector({ clock: { nowMs: Date.now() + 60_000 } })
    const url = `sqlite:${join(collector.dir, 'test.db')}`
    const { json: key } = await cliJson<{ id: string; token: string }>(url, 'key', 'create', '--dialect', 'refcampaign')
    const order = (): Promise<{ status: number }> => call(collector, '/api/v1/conversions/track', { key: key.token, body: { sessionId: 's-1', amount: 5, currency: 'EUR' } })
    expect((await order()).status).toBe(201)
    await cli(url, 'key', 'revoke', key.id)
    expect((await order()).status).toBe(401)

    expect((await call(collector, '/r/visit', { body: visitBody(collector, { code: 'cleo' }) })).status).toBe(404)
    await cli(url, 'affiliate', 'create', '--campaign', collector.campaignId, '--email', 'cleo@partner.example', '--code', 'cleo')
    expect((await call(collector, '/r/visit', { body: visitBody(collector, { code: 'cleo' }) })).status).toBe(200)
  })

  test('conversion show by id, number and order id; verify says that all is as it must be', async () => {
    const collector = await startCollector()
    const url = `sqlite:${join(collector.dir, 'test.db')}`
    const visit = visitBody(collector)
    await call(collector, '/r/visit', { body: visit })
    const { body } = await call(collector, '/api/v1/conversions/track', { key: collector.keys.refcampaign, body: { sessionId: visit['session'], amount: 49.9, currency: 'EUR', orderId: 'ord_42' } })
    const shown = await cliJson(url, 'conversion', 'show', 'ord_42')
    expect(shown.json).toMatchObject({
      conversionId: body.data['id'], externalId: 'ord_42', amountMinor: 4990, status: 'PENDING', attributed: true,
      commissions: [{ amountMinor: 499, currency: 'EUR', affiliateCode: 'ana', status: 'PENDING', rate: '10 %', exact: expect.stringMatching(/^\d+\/\d+$/) }],
      receipt: { engine: 2, touches: [{ eventId: visit['id'], verdict: 'WON', evidence: 'session' }], moreTouches: 0 },
    })
    expect((await cliJson(url, 'conversion', 'show', '1')).json).toEqual(shown.json)
    expect((await cliJson(url, 'conversion', 'show', String(body.data['id']))).json).toEqual(shown.json)
    expect((await cli(url, 'conversion', 'show', '1')).out).toContain('Ana earns 4.99 EUR')
    await call(collector, '/api/v1/conversions/track', { key: collector.keys.refcampaign, body: { sessionId: 's-9', amount: 1, currency: 'EUR', orderId: '1' } })
    expect((await cliJson(url, 'conversion', 'show', '1')).json).toMatchObject({ externalId: '1', number: 2 })
    expect(await cliJson(url, 'verify')).toEqual({ code: 0, json: { ok: true, conversions: 2, entries: 2, problems: [] } })
  })
})

describe('what is wrong is said, with exit 1 when refused and 2 for wrong usage', () => {
  test.each<[string, string[], number, RegExp]>([
    ['no merchant yet', ['campaign', 'list'], 1, /run "refledger init" first/],
    ['an unknown command', ['campain', 'list'], 2, /unknown command/],
    ['an unknown flag', ['verify', '--fast'], 2, /unknown option '--fast'/],
    ['a missing flag', ['init', '--merchant', 'X'], 2, /required option '--site/],
    ['a wrong port', ['verify', '--port', 'many'], 2, /PORT/],
    ['a database that is no SQLite', ['verify', '--database-url', 'mysql://x'], 2, /DATABASE_URL/],
    ['a public suffix as a site', ['init', '--merchant', 'X', '--site', 'co.uk', '--email', 'a@b.example'], 2, /co\.uk is a public suffix/],
    ['an unknown currency', [...INIT, '--currency', 'XXX'], 2, /currency/],
    ['an unknown time zone', [...INIT, '--timezone', 'Mars/Olympus'], 2, /timezone/],
    ['no e-mail', ['init', '--merchant', 'X', '--site', 'x.example', '--email', 'nobody'], 2, /email/],
  ])('%s', async (_what, args, code, message) => {
    const plain = await cli(fresh(), ...args)
    expect(plain.code).toBe(code)
    expect(plain.err).toMatch(message)
    const { out, ...json } = await cli(fresh(), ...args, '--json')
    expect(json.code).toBe(code)
    expect((JSON.parse(out) as { error: { message: string } }).error.message).toMatch(message)
  })

  test.each<[string, string[], number, RegExp]>([
    ['more than 100 percent', ['campaign', 'create', '--name', 'A', '--landing-url', 'https://corner.example/', '--percent', '101'], 2, /percent: must be from 0 to 100/],
    ['percent and flat', ['campaign', 'create', '--name', 'A', '--landing-url', 'https://corner.example/', '--percent', '1', '--flat', '2'], 2, /not both/],
    ['neither', ['campaign', 'create', '--name', 'A', '--landing-url', 'https://corner.example/'], 2, /percent or flat/],
    ["a stranger's landing page", ['campaign', 'create', '--name', 'A', '--landing-url', 'https://evil.example/', '--percent', '1'], 1, /evil\.example is not on a site/],
    ['an unknown model', ['campaign', 'update', '1', '--model', 'best_click'], 2, /model: must be one of: last_click/],
    ['a landing page behind a password', ['campaign', 'create', '--name', 'A', '--landing-url', 'https://x:y@corner.example/', '--percent', '1'], 2, /landingUrl: must not hold a user name/],
    ['half a day', ['campaign', 'update', '1', '--window-days', '1.5'], 2, /windowDays: must be whole days/],
    ['an unknown campaign', ['affiliate', 'create', '--campaign', '7', '--email', 'a@b.example'], 1, /there is no campaign 7/],
    ['a code of dots', ['affiliate', 'create', '--campaign', '1', '--email', 'a@b.example', '--code', '..'], 2, /code: may hold/],
    ['a code that is no word', ['affiliate', 'create', '--campaign', '1', '--email', 'a@b.example', '--code', 'a/b'], 2, /code: may hold/],
    ['an unknown dialect', ['key', 'create', '--dialect', 'french'], 2, /dialect: must be one of/],
    ['an unknown merchant', ['campaign', 'list', '--merchant', '7'], 1, /There is no merchant 7/],
    ['an unknown conversion', ['conversion', 'show', 'nope'], 1, /no such conversion/],
    ['a site that is set up already', INIT, 1, /set up already/],
  ])('%s', async (_what, args, exit, message) => {
    const { url } = await initialised()
    const { code, err } = await cli(url, ...args)
    expect(code).toBe(exit)
    expect(err).toMatch(message)
  })

  test('a code of another affiliate', async () => {
    const { url } = await initialised()
    await cli(url, 'affiliate', 'create', '--campaign', '1', '--email', 'a@b.example', '--code', 'ANA')
    const { code, err } = await cli(url, 'affiliate', 'create', '--campaign', '1', '--email', 'c@d.example', '--code', 'ana')
    expect([code, err]).toEqual([1, 'error: The code "ana" belongs to another affiliate.\n'])
  })
})

test('with several merchants a command that needs one says so', async () => {
  const { url } = await initialised()
  await cli(url, 'init', '--merchant', 'Second', '--site', 'second.example', '--email', 'b@second.example')
  expect(await cli(url, 'campaign', 'list')).toMatchObject({ code: 1, err: expect.stringMatching(/name one with --merchant ID/) })
  const { json } = await cliJson<{ landingUrl: string }[]>(url, 'campaign', 'list', '--merchant', '2')
  expect(json.map(({ landingUrl }) => landingUrl)).toEqual(['https://second.example/'])
  const { json: affiliate } = await cliJson(url, 'affiliate', 'create', '--merchant', '2', '--campaign', '1', '--email', 'a@b.example', '--code', 'ana')
  expect(affiliate).toMatchObject({ link: 'http://localhost:8787/go/2/ana' })
})

test('without the identity key of its database nothing starts, and no other one is made', async () => {
  const dir = tempDir()
  const url = `sqlite:${join(dir, 'cli.db')}`
  await cli(url, ...INIT)
  rmSync(join(dir, 'identity.key'))
  const { code, err } = await cli(url, 'campaign', 'list')
  expect([code, existsSync(join(dir, 'identity.key'))]).toEqual([1, false])
  expect(err).toMatch(/identity\.key is missing: restore it/)
})

test('every command shows an example in its help', async () => {
  const nouns = {
    merchant: ['show', 'update'], site: ['add', 'prove', 'list'], campaign: ['create', 'update', 'list'], rate: ['set', 'remove', 'list'],
    affiliate: ['create', 'update', 'list'], trigger: ['assign', 'end', 'list'], key: ['create', 'list', 'rotate', 'revoke'], conversion: ['show', 'record'], commission: ['list', 'show'], payout: ['make', 'pay', 'cancel', 'undo', 'show', 'list'],
  }
  for (const args of [['serve'], ['init'], ...Object.entries(nouns).flatMap(([noun, verbs]) => verbs.map((verb) => [noun, verb])), ...['refund', 'approve', 'reject', 'adjust', 'credit', 'verify', 'replay', 'backup', 'restore', 'migrate'].map((verb) => [verb])]) {
    const { code, out } = await cli(fresh(), ...args, '--help')
    expect([args, code, out.includes(`Example:\n  refledger ${args.join(' ')}`)]).toEqual([args, 0, true])
  }
})

test('the built program runs by itself, and its secrets are for its owner only', async () => {
  const dir = tempDir()
  // Made by hand, and open to all.
  mkdirSync(join(dir, 'data'), { mode: 0o755 })
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../dist/refledger.cjs'), ...INIT, '--json'], { cwd: dir, env: { PATH: process.env['PATH'] ?? '' } })
  expect(JSON.parse(stdout)).toMatchObject({ merchantId: 1 })
  expect(existsSync(join(dir, 'data/refledger.db'))).toBe(true)
  const { stdout: modes } = await promisify(execFile)('stat', ['-c', '%a', join(dir, 'data/refledger.db'), join(dir, 'data/secret.key'), join(dir, 'data/identity.key')])
  expect(modes.trim().split('\n')).toEqual(['600', '600', '600'])
})

test('a reader who has seen enough is no fault', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../dist/refledger.cjs'), 'config', 'check'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  expect([await once(child, 'close'), said]).toEqual([[0, null], ''])
})

test('what cannot be written is said in a sentence', async () => {
  const failed = promisify(execFile)('bash', ['-c', '"$0" "$1" --help > /dev/full', process.execPath, join(import.meta.dirname, '../../dist/refledger.cjs')])
  await expect(failed).rejects.toMatchObject({ code: 1, stderr: 'error: what it has to say cannot be written: ENOSPC: no space left on device, write\n' })
})

test('an error that nobody caught says what it is, and shows no line of the bundle', async () => {
  const thrower = join(tempDir(), 'thrower.cjs')
  writeFileSync(thrower, "setImmediate(() => { throw new Error('nobody caught it') })\n")
  const failed = promisify(execFile)(process.execPath, ['--require', thrower, join(import.meta.dirname, '../../dist/refledger.cjs'), 'serve', '--port', '0', '--database-url', fresh()])
  await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: Error: nobody caught it\n(    at [^\n]*\n)+$/) as string })
})

test('a port that is taken is said with what chooses another one', async () => {
  const { port } = await startCollector()
  const { code, err } = await cli(fresh(), 'serve', '--port', String(port), '--log-level', 'silent')
  expect([code, err]).toEqual([1, expect.stringMatching(/EADDRINUSE.*; --port or PORT chooses another one\n$/)])
})

test('commands that are not told name the address that the collector was started with; settings go before', async () => {
  const { url } = await initialised()
  const dir = join(url.slice('sqlite:'.length), '..')
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../dist/refledger.cjs'), 'serve', '--port', '0', '--public-url', 'https://track.corner.example/rl', '--log-level', 'silent'], { env: { ...process.env, DATABASE_URL: url }, stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const said of child.stderr) if (String(said).includes('listening on')) break
  child.kill()
  await once(child, 'exit')
  const linkWith = async (...args: string[]): Promise<unknown> => (await cliJson(url, 'affiliate', 'create', '--campaign', '1', '--email', `a${args.length}@blog.example`, '--code', `a${args.length}`, ...args)).json['link']
  expect(await linkWith()).toBe('https://track.corner.example/rl/go/a0')
  expect(await linkWith('--port', '9200')).toBe('http://localhost:9200/go/a2')
  expect((await cli(url, 'tag')).out).toContain('src="https://track.corner.example/rl/r.js"')
  writeFileSync(join(dir, 'address'), 'javascript:alert(1)')
  expect(await linkWith('--log-level', 'silent', '--host', '127.0.0.1')).toBe('http://localhost:8787/go/a4')
})
