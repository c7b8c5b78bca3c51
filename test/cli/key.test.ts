import { hash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../collector/config.ts'
import { loadSecrets } from '../../collector/secrets.ts'
import { cli, cliJson } from '../helpers/cli.ts'
import { call, HOUR_MS, openTestCollector, startCollector, tempDir, type Answer } from '../helpers/collector.ts'

interface Rotated { id: string; token: string; replaced: { id: string; endsAt: string } }
interface Listed { id: string; dialect: string; mode: string; scopes: string[]; endsAt: string | null; publicId: string | null }

const urlOf = (dir: string): string => `sqlite:${join(dir, 'test.db')}`
const ping = async (collector: { api: string }, key: string): Promise<number> => (await call(collector, '/api/v1/ping', { key, method: 'GET' })).status
const listed = async (dir: string): Promise<Listed[]> => (await cliJson<Listed[]>(urlOf(dir), 'key', 'list')).json

test('a key is replaced by one that may do the same; the old one ends after its grace, on every process, also after a restart', async () => {
  const dir = tempDir()
  const clock = { nowMs: Date.now() + 60_000 }
  const first = await startCollector({ dir, clock })
  const { json: old } = await cliJson<{ id: string; token: string }>(urlOf(dir), 'key', 'create', '--dialect', 'refcampaign', '--test', '--scope', 'tracking', 'reports')
  expect(await ping(first, old.token)).toBe(200)
  const { code, json: made } = await cliJson<Rotated>(urlOf(dir), 'key', 'rotate', old.id)
  const endsAtMs = Date.parse(made.replaced.endsAt)
  expect([code, made]).toEqual([0, { id: expect.stringMatching(/^key_/), token: expect.stringMatching(/^rc_test_ey/), replaced: { id: old.id, endsAt: expect.any(String) } }])
  expect(Math.abs(endsAtMs - Date.now() - 24 * HOUR_MS)).toBeLessThan(60_000)
  const keys = await listed(dir)
  expect(keys.filter(({ mode }) => mode === 'test')).toEqual([expect.objectContaining({ id: old.id, endsAt: made.replaced.endsAt }), expect.objectContaining({ id: made.id, dialect: 'refcampaign', scopes: ['tracking', 'reports'], endsAt: null })])
  expect((await cli(urlOf(dir), 'key', 'list')).out).toContain(`ends ${made.replaced.endsAt}\n`)

  clock.nowMs = endsAtMs - 1
  expect([await ping(first, old.token), await ping(first, made.token)]).toEqual([200, 200])
  clock.nowMs = endsAtMs
  expect([await ping(first, old.token), await ping(first, made.token)]).toEqual([401, 200])
  await first.close()
  const second = await openTestCollector({ dir, clock })
  expect([await ping(second, old.token), await ping(second, made.token)]).toEqual([401, 200])
  clock.nowMs = endsAtMs - 1
  const third = await openTestCollector({ dir, clock })
  expect([await ping(third, old.token), await ping(third, made.token)]).toEqual([200, 200])
})

test.each([['30m', HOUR_MS / 2], ['36h', 36 * HOUR_MS], ['7d', 7 * 24 * HOUR_MS]])('a grace of %s', async (grace, ms) => {
  const { dir } = await startCollector()
  const [key] = await listed(dir)
  const { json } = await cliJson<Rotated>(urlOf(dir), 'key', 'rotate', String(key?.id), '--grace', grace)
  expect(Math.abs(Date.parse(json.replaced.endsAt) - Date.now() - ms)).toBeLessThan(60_000)
})

test('--now ends it at once; a key in its grace can be revoked, and not replaced a second time', async () => {
  const collector = await startCollector({ clock: { nowMs: Date.now() + 60_000 } })
  const { dir, keys } = collector
  const key = (await listed(dir)).find(({ dialect }) => dialect === 'refcampaign')
  const { json: made } = await cliJson<Rotated>(urlOf(dir), 'key', 'rotate', String(key?.id), '--now')
  expect([await ping(collector, keys.refcampaign), await ping(collector, made.token)]).toEqual([401, 200])
  expect(await cli(urlOf(dir), 'key', 'rotate', String(key?.id))).toMatchObject({ code: 1, err: `error: There is no key ${key?.id} in use.\n` })

  const { json: second } = await cliJson<Rotated>(urlOf(dir), 'key', 'rotate', made.id)
  expect(await cli(urlOf(dir), 'key', 'rotate', made.id)).toMatchObject({ code: 1, err: expect.stringContaining(`Another key has taken the place of ${made.id} already`) })
  expect([await ping(collector, made.token), await ping(collector, second.token)]).toEqual([200, 200])
  expect((await cli(urlOf(dir), 'key', 'revoke', made.id)).code).toBe(0)
  expect([await ping(collector, made.token), await ping(collector, second.token)]).toEqual([401, 200])
})

test("Refersion's pair is replaced as a whole, both halves go on for the grace", async () => {
  const clock = { nowMs: Date.now() + 60_000 }
  const collector = await startCollector({ clock })
  const { dir, keys } = collector
  const key = (await listed(dir)).find(({ dialect }) => dialect === 'refersion')
  const { json: made } = await cliJson<{ public: string; secret: string; replaced: { endsAt: string } }>(urlOf(dir), 'key', 'rotate', String(key?.id))
  const list = (pair: { public: string; secret: string }): Promise<Answer> => call(collector, '/v2/affiliate/list', { body: {}, headers: { 'Refersion-Public-Key': pair.public, 'Refersion-Secret-Key': pair.secret } })
  const click = (pair: { public: string }): Promise<Answer> => call(collector, '/tracker/v4/click', { body: { pubKey: pair.public, url: 'https://www.shop.example/?rfsn=1.ana' } })
  expect(made.public).not.toBe(keys.refersion.public)
  for (const pair of [keys.refersion, made]) expect([(await list(pair)).status, (await click(pair)).status]).toEqual([200, 200])
  expect((await list({ public: made.public, secret: keys.refersion.secret })).status).toBe(401)
  clock.nowMs = Date.parse(made.replaced.endsAt)
  expect([(await list(keys.refersion)).status, (await list(made)).status]).toEqual([401, 200])
  expect([(await click(keys.refersion)).status, (await click(made)).status]).toEqual([401, 200])
})

test("another merchant's key is not to be found", async () => {
  const { dir } = await startCollector()
  const [key] = await listed(dir)
  await cli(urlOf(dir), 'init', '--merchant', 'Second', '--site', 'second.example', '--email', 'b@second.example')
  expect(await cli(urlOf(dir), 'key', 'rotate', String(key?.id), '--merchant', '2')).toMatchObject({ code: 1, err: expect.stringContaining('There is no key') })
  expect(await cli(urlOf(dir), 'key', 'rotate', String(key?.id))).toMatchObject({ code: 1, err: expect.stringContaining('name one with --merchant') })
})

test.each([
  ['neither a key nor --secret', [], /id: name a key, or --secret/],
  ['both', ['key_1', '--secret'], /id: name a key, or --secret/],
  ['a grace and none', ['key_1', '--now', '--grace', '1h'], /--now.* cannot be used with option '--grace/],
  ...['0h', '1', '1y', '-1h', '1.5h', '91d', '24 h', ''].map((grace): [string, string[], RegExp] => [`a grace of ${JSON.stringify(grace)}`, ['key_1', `--grace=${grace}`], /grace: must be a number of minutes, hours or days from 1m to 90d/]),
])('%s is wrong usage', async (_name, args, message) => {
  const { dir } = await startCollector()
  expect(await cli(urlOf(dir), 'key', 'rotate', ...args)).toMatchObject({ code: 2, err: expect.stringMatching(message) })
})

test('--secret changes what signs and nothing else: keys open, customers are known, after a restart', async () => {
  const first = await startCollector()
  const { dir, keys, close } = first
  const secretFile = join(dir, 'secret.key')
  const [secret, identity] = [readFileSync(secretFile, 'utf8'), readFileSync(join(dir, 'identity.key'), 'utf8')]
  const config = loadConfig({ DATABASE_URL: urlOf(dir) }, {})
  const before = loadSecrets(config)
  const { code, json } = await cliJson(urlOf(dir), 'key', 'rotate', '--secret')
  expect([code, json]).toEqual([0, { file: secretFile }])
  expect(readFileSync(secretFile, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  expect(readFileSync(secretFile, 'utf8')).not.toBe(secret)
  expect([readFileSync(join(dir, 'identity.key'), 'utf8'), statSync(secretFile).mode & 0o777]).toEqual([identity, 0o600])
  const after = loadSecrets(config)
  expect([after.identity.equals(before.identity), after.signing.equals(before.signing)]).toEqual([true, false])

  await close()
  const second = await openTestCollector({ dir, clock: first.clock })
  expect(await ping(second, keys.refcampaign)).toBe(200)
})

test('--secret is refused where SECRET_KEY stands for the file, and where there is no database', async () => {
  const { dir } = await startCollector()
  const secret = readFileSync(join(dir, 'secret.key'), 'utf8')
  process.env['SECRET_KEY'] = hash('sha256', 'given')
  try {
    expect(await cli(urlOf(dir), 'key', 'rotate', '--secret')).toMatchObject({ code: 1, err: expect.stringContaining('SECRET_KEY is given by the environment: give another one there') })
  } finally {
    delete process.env['SECRET_KEY']
  }
  expect(readFileSync(join(dir, 'secret.key'), 'utf8')).toBe(secret)
  const empty = tempDir()
  expect(await cli(urlOf(empty), 'key', 'rotate', '--secret')).toMatchObject({ code: 1, err: expect.stringContaining('There is no database') })
  expect(existsSync(join(empty, 'secret.key'))).toBe(false)
})
