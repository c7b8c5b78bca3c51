import { expect, test } from 'vitest'
import { startCollector, type TestCollector } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'

/** Whether the collector takes callers with these `X-Forwarded-For` headers for one address: each has one call that counts. */
async function sameCaller(collector: TestCollector, first: string | null, second: string | null): Promise<boolean> {
  const counted = []
  for (const forwarded of [first, second]) counted.push((await rawCall(collector, '/go/ana', { method: 'GET', headers: forwarded === null ? {} : { 'X-Forwarded-For': forwarded } })).headers.get('Location')?.includes('rlid='))
  expect(counted[0]).toBe(true)
  return counted[1] === false
}

test.each<[trust: string, first: string | null, second: string | null, same: boolean]>([
  // Nobody is believed: whoever calls is one address, whatever it says.
  ['off', null, null, true], ['off', '192.0.2.1', '192.0.2.2', true], ['0', '192.0.2.1', '192.0.2.2', true],
  // One proxy in front: the last entry is its word, what stands before it the caller's.
  ['1', '192.0.2.1', '192.0.2.2', false], ['1', '192.0.2.1', '192.0.2.1', true], ['1', '198.51.100.1, 192.0.2.1', '198.51.100.2, 192.0.2.1', true], ['1', '192.0.2.1, 198.51.100.1', '192.0.2.1, 198.51.100.2', false], ['1', null, null, true],
  ['2', '192.0.2.1, 10.0.0.1', '192.0.2.2, 10.0.0.1', false], ['2', '192.0.2.1, 10.0.0.1', '192.0.2.1, 10.0.0.2', true], ['2', '9.9.9.9, 192.0.2.1, 10.0.0.1', '8.8.8.8, 192.0.2.1, 10.0.0.1', true], ['9', '192.0.2.1', '192.0.2.2', false],
  // Named networks: the last address that is none of theirs.
  ['127.0.0.1', '192.0.2.1', '192.0.2.2', false], ['127.0.0.1', '198.51.100.1, 192.0.2.1', '198.51.100.2, 192.0.2.1', true], ['10.0.0.0/8', '192.0.2.1', '192.0.2.2', true],
  ['127.0.0.0/8, 10.0.0.0/8', '192.0.2.1, 10.1.2.3', '192.0.2.2, 10.3.2.1', false], ['127.0.0.0/8,10.0.0.0/8', '192.0.2.1, 10.1.2.3', '192.0.2.1, 10.3.2.1', true], ['127.0.0.0/8,10.0.0.0/8', '192.0.2.1, 11.0.0.1', '192.0.2.2, 11.0.0.1', true],
  ['127.0.0.1,2001:db8::/32', '2001:470::1, 2001:db8::1', '2001:470::2, 2001:db8::1', false], ['127.0.0.1,2001:db8::/32', '2001:470::1, 2001:db8::1', '2001:470::1, 2001:db8:1::1', true],
  // An IPv4 address is the same one however it is written; nonsense is not trusted and breaks nothing.
  ['127.0.0.1', '192.0.2.1', '::ffff:192.0.2.1', true], ['127.0.0.1', 'unknown', 'unknown', true], ['127.0.0.1', ', ,', ',', true], ['127.0.0.1', "'; drop table", '192.0.2.1', false],
])('TRUST_PROXY %s: %s and %s are one caller: %s', async (TRUST_PROXY, first, second, same) => {
  const collector = await startCollector({ TRUST_PROXY, RATE_LIMIT: 'script=1' })
  expect(await sameCaller(collector, first, second)).toBe(same)
})
