import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CONFIG_NAMES, ConfigError, loadConfig } from '../collector/config.ts'

const wrong = (flags: Record<string, string>, env: Record<string, string> = {}): string => {
  try {
    loadConfig(flags, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

test('without a word', () => {
  expect(loadConfig({}, {})).toEqual({
    port: 8787, host: '127.0.0.1', databaseFile: resolve('data/refledger.db'), dataDir: resolve('data'), addonDir: resolve('data/addon'), publicUrl: undefined, basePath: '', secretKey: undefined,
    trustProxy: { kind: 'off' }, logLevel: 'info', rateLimits: { script: 600, public: 60, keyed: 600, bindings: 200 },
  })
})

test('a flag stands above the environment, and that above the default', () => {
  expect(loadConfig({ PORT: '1' }, { PORT: '2', HOST: '::1' })).toMatchObject({ port: 1, host: '::1', logLevel: 'info' })
  expect(loadConfig({ PORT: undefined }, { PORT: '2' })).toMatchObject({ port: 2 })
})

test('an empty variable is none', () => {
  expect(loadConfig({}, Object.fromEntries(CONFIG_NAMES.map((name) => [name, ''])))).toEqual(loadConfig({}, {}))
})

test('what is not ours is not looked at', () => {
  expect(loadConfig({ NOPE: 'x' }, { NODE_ENV: 'x', port: '1' })).toEqual(loadConfig({}, {}))
})

describe('is read as', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['PORT', '0', { port: 0 }], ['PORT', '65535', { port: 65_535 }],
    ['DATABASE_URL', 'sqlite:/var/lib/x.db', { databaseFile: '/var/lib/x.db', dataDir: '/var/lib' }], ['DATABASE_URL', 'sqlite:x.db', { databaseFile: resolve('x.db'), dataDir: resolve('.') }],
    ['DATABASE_URL', 'sqlite:/var/lib/x.db', { addonDir: '/var/lib/addon' }], ['ADDON_DIR', '/opt/x', { addonDir: '/opt/x' }],
    ['PUBLIC_URL', 'https://track.shop.example', { publicUrl: 'https://track.shop.example' }], ['PUBLIC_URL', 'http://localhost:8787//', { publicUrl: 'http://localhost:8787' }],
    ['BASE_PATH', '/', { basePath: '' }], ['BASE_PATH', '/track', { basePath: '/track' }], ['BASE_PATH', '/a/b-c_d.e~f/', { basePath: '/a/b-c_d.e~f' }],
    ['SECRET_KEY', 'x'.repeat(32), { secretKey: 'x'.repeat(32) }], ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
    ['TRUST_PROXY', 'off', { trustProxy: { kind: 'off' } }], ['TRUST_PROXY', '2', { trustProxy: { kind: 'hops', hops: 2 } }], ['TRUST_PROXY', '10.0.0.1', { trustProxy: { kind: 'networks', networks: ['10.0.0.1'] } }],
    ['TRUST_PROXY', '10.0.0.0/8, 2001:db8::/32,::1', { trustProxy: { kind: 'networks', networks: ['10.0.0.0/8', '2001:db8::/32', '::1'] } }],
    ['RATE_LIMIT', 'off', { rateLimits: undefined }], ['RATE_LIMIT', 'on', { rateLimits: { script: 600, public: 60, keyed: 600, bindings: 200 } }], ['RATE_LIMIT', 'public=5', { rateLimits: { script: 600, public: 5, keyed: 600, bindings: 200 } }], ['RATE_LIMIT', 'script=1, public=2,keyed=3,bindings=4', { rateLimits: { script: 1, public: 2, keyed: 3, bindings: 4 } }],
  ])('%s=%s', (name, text, expected) => {
    expect(loadConfig({ [name]: text }, {})).toMatchObject(expected)
    expect(loadConfig({}, { [name]: text })).toMatchObject(expected)
  })
})

describe('is refused, and named', () => {
  test.each([
    ['PORT', 'x'], ['PORT', ' '], ['PORT', '-1'], ['PORT', '65536'], ['PORT', '1.5'], ['PORT', '1e3'], ['PORT', '0x50'], ['PORT', '80 80'],
    ['DATABASE_URL', 'postgres://localhost/x'], ['DATABASE_URL', 'sqlite:'], ['DATABASE_URL', 'x.db'], ['DATABASE_URL', 'file:x.db'],
    ['PUBLIC_URL', 'track.shop.example'], ['PUBLIC_URL', 'ftp://track.shop.example'], ['PUBLIC_URL', 'javascript:alert(1)'], ['PUBLIC_URL', 'https://joe:pw@track.shop.example'], ['PUBLIC_URL', 'https://track.shop.example/?x=1'], ['PUBLIC_URL', 'https://track.shop.example/#x'],
    ['BASE_PATH', 'track'], ['BASE_PATH', '//evil.example'], ['BASE_PATH', '/:code'], ['BASE_PATH', '/a b'], ['BASE_PATH', '/a?b'],
    ['SECRET_KEY', 'short'], ['LOG_LEVEL', 'loud'], ['LOG_LEVEL', 'INFO'],
    ['TRUST_PROXY', 'on'], ['TRUST_PROXY', 'true'], ['TRUST_PROXY', '-1'], ['TRUST_PROXY', '10.0.0.0/33'], ['TRUST_PROXY', '10.0.0.0/'], ['TRUST_PROXY', '10.0.0.0/8/8'], ['TRUST_PROXY', '10.0.0.0/ 8'], ['TRUST_PROXY', '10.0.0.0/1e1'], ['TRUST_PROXY', '10.0.0'], ['TRUST_PROXY', '::1/129'], ['TRUST_PROXY', '10.0.0.1,'], ['TRUST_PROXY', 'loopback'],
    ['RATE_LIMIT', '100'], ['RATE_LIMIT', 'script=0'], ['RATE_LIMIT', 'script=-1'], ['RATE_LIMIT', 'script=1.5'], ['RATE_LIMIT', 'other=5'], ['RATE_LIMIT', 'script=5,'], ['RATE_LIMIT', 'OFF'],
  ])('%s=%s', (name, text) => {
    expect(wrong({ [name]: text })).toMatch(new RegExp(`^${name}: .*must be|^${name}: Invalid option`, 's'))
    expect(wrong({}, { [name]: text })).toBe(wrong({ [name]: text }))
  })

  test('with all others that are wrong, and no secret', () => {
    const message = wrong({ PORT: 'x', SECRET_KEY: 'hunter2', TRUST_PROXY: 'x' })
    expect(message.split('\n').map((line) => line.split(':')[0])).toEqual(['PORT', 'SECRET_KEY', 'TRUST_PROXY'])
    expect(message).not.toContain('hunter2')
  })
})
