import { expect, test } from 'vitest'
import { CONFIG_NAMES } from '../../collector/config.ts'
import { cli, cliJson } from '../helpers/cli.ts'

interface Checked {
  ok: boolean
  settings: Record<string, { value: string | null; source: string; problem: string | null }>
}
const SECRET = 'a-secret-that-nobody-may-ever-see-in-a-log'

test('every setting is told with where it comes from', async () => {
  const { code, json } = await cliJson<Checked>('sqlite:/tmp/x.db', 'config', 'check', '--port', '9000')
  expect([code, json.ok, Object.keys(json.settings)]).toEqual([0, true, CONFIG_NAMES])
  expect(json.settings).toMatchObject({
    PORT: { value: '9000', source: 'flag' }, DATABASE_URL: { value: 'sqlite:/tmp/x.db', source: 'environment' }, HOST: { value: '127.0.0.1', source: 'default' }, PUBLIC_URL: { value: null, source: 'default', problem: null },
  })
})

test('what is wrong is named, each by itself, and nothing is opened', async () => {
  const { code, out } = await cli('postgres://x', 'config', 'check', '--trust-proxy', 'all', '--public-url', 'ftp://x')
  expect(code).toBe(2)
  expect(out.split('\n').filter((line) => line.includes('WRONG')).map((line) => line.split(' ')[0])).toEqual(['DATABASE_URL', 'PUBLIC_URL', 'TRUST_PROXY'])
})

test('a secret is not told', async () => {
  process.env['SECRET_KEY'] = SECRET
  try {
    const [text, json] = [await cli('sqlite:x.db', 'config', 'check'), await cli('sqlite:x.db', 'config', 'check', '--json')]
    expect([text.code, json.code]).toEqual([0, 0])
    expect(text.out + json.out).not.toContain(SECRET)
    expect(text.out).toMatch(/^SECRET_KEY +\(hidden\) +environment$/m)
  } finally {
    delete process.env['SECRET_KEY']
  }
})
