import { expect, test } from 'vitest'
import { addressOf, areNear, isLocal, namesOf, type Lookups } from '../../collector/doctor/hosts.ts'

test.each([
  ['203.0.113.5', '203.0.114.9', true],
  ['203.0.113.5', '203.1.113.5', false],
  ['20.30.1.1', '203.0.1.1', false],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['2001:db8::1', '2001:0db8:0000:0000::2', true],
  ['2001:DB8::1', '2001:db8:0:0:1:2:3:4', true],
  ['::1', '::2', true],
  ['::1', '1::1', false],
  ['203.0.113.5', '2001:db8::1', false],
])('%s and %s: one owner %s', (one, other, near) => {
  expect([areNear(one, other), areNear(other, one)]).toEqual([near, near])
})

test.each([['localhost', true], ['shop.localhost', true], ['127.0.0.1', true], ['127.9.9.9', true], ['[::1]', true], ['10.0.0.1', false], ['notlocalhost', false], ['localhost.example', false], ['127.shop.example', false]])('%s is this machine: %s', (host, local) => {
  expect(isLocal(host)).toBe(local)
})

test('an address is one as it is written', () => {
  expect([addressOf('[2001:db8::1]'), addressOf('203.0.113.5'), addressOf('shop.example')]).toEqual(['2001:db8::1', '203.0.113.5', null])
})

const refusing = (code: string): Promise<string[]> => Promise.reject(Object.assign(new Error(`query ${code}`), { code }))
const lookupsOf = (over: Record<string, (host: string) => Promise<string[]>>): Lookups => ({ resolve4: () => refusing('ENODATA'), resolve6: () => refusing('ENODATA'), resolveCname: () => refusing('ENODATA'), ...over }) as unknown as Lookups

test('addresses and the last alias of a chain are found; a kind without records is none', async () => {
  const aliases: Record<string, string> = { 'track.shop.example': 'eu.host.example.', 'eu.host.example': 'Node1.Host.Example.' }
  const lookups = lookupsOf({ resolve4: async () => ['203.0.113.5'], resolveCname: async (host) => (aliases[host] === undefined ? refusing('ENOTFOUND') : [aliases[host]]) })
  expect(await namesOf('track.shop.example', lookups)).toEqual({ cname: 'node1.host.example', v4: ['203.0.113.5'], v6: [], failure: null })
})

test('a circle of aliases ends', async () => {
  const { cname } = await namesOf('a.example', lookupsOf({ resolveCname: async (host) => [host === 'a.example' ? 'b.example' : 'a.example'] }))
  expect(cname).toMatch(/^[ab]\.example$/)
})

test('no address, and a server that fails, are said', async () => {
  expect((await namesOf('a.example', lookupsOf({}))).failure).toBe('it has no address')
  expect((await namesOf('a.example', lookupsOf({ resolve6: () => refusing('ESERVFAIL') }))).failure).toBe('query ESERVFAIL')
})

test('nobody is asked about addresses and this machine', async () => {
  const nobody = lookupsOf({ resolve4: () => refusing('ESERVFAIL') })
  expect(await namesOf('track.localhost', nobody)).toMatchObject({ v4: ['127.0.0.1'], failure: null })
  expect(await namesOf('[2001:db8::1]', nobody)).toMatchObject({ v6: ['2001:db8::1'], failure: null })
})
