import { expect, test } from 'vitest'
import { startCollector, visitBody } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'

test.each<[trust: string, host: string, forwarded: string | null, domain: string | undefined]>([
  // Nobody is believed: what the collector was called by counts.
  ['off', 'www.shop.example', null, 'shop.example'], ['off', '127.0.0.1:8787', 'www.shop.example', undefined],
  // A proxy that keeps the shop's host, as nginx and Caddy do, and one that hands it on beside its own, as Next.js does.
  ['1', 'www.shop.example', null, 'shop.example'], ['1', '127.0.0.1:8787', 'www.shop.example', 'shop.example'], ['1', '127.0.0.1:8787', 'www.shop.example:3000', 'shop.example'],
  ['127.0.0.1', '127.0.0.1:8787', 'www.shop.example, proxy.internal', 'shop.example'], ['1', '127.0.0.1:8787', null, undefined], ['1', '127.0.0.1:8787', 'www.other.example', undefined], ['1', '127.0.0.1:8787', "'; x,", undefined],
])('TRUST_PROXY %s, called as %s for %s: the cookie is on %s', async (TRUST_PROXY, host, forwarded, domain) => {
  const collector = await startCollector({ TRUST_PROXY })
  const { status, headers, body } = await rawCall(collector, '/r/visit', { host, headers: { Origin: 'https://www.shop.example', ...(forwarded === null ? {} : { 'X-Forwarded-Host': forwarded }) }, body: JSON.stringify(visitBody(collector)) })
  expect([status, body['cookie'], /Domain=([^;]+)/.exec(headers.get('Set-Cookie') ?? '')?.[1]]).toEqual([200, domain !== undefined, domain])
})
