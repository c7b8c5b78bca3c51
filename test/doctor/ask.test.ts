import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { isbot } from 'isbot'
import { describe, expect, onTestFinished, test } from 'vitest'
import { asker } from '../../collector/doctor/ask.ts'

/** A server that answers so; where it is. */
async function answering(answer: RequestListener): Promise<{ at: (host: string) => URL }> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { at: (host) => new URL(`http://${host}:${(server.address() as AddressInfo).port}/`) }
}

test.each(['127.0.0.1', 'localhost', 'shop.localhost', 'a.b.localhost'])('%s is this machine', async (host) => {
  const { at } = await answering((request, response) => response.end(request.headers.host))
  expect((await asker()(at(host))).body.toString()).toBe(at(host).host)
})

test('it says who it is, as a program that no link counts', async () => {
  let agent = ''
  const { at } = await answering((request, response) => {
    agent = request.headers['user-agent'] ?? ''
    response.end()
  })
  await asker()(at('localhost'))
  expect([agent.includes('refledger-doctor'), isbot(agent)]).toEqual([true, true])
})

test('an answer comes as it is, redirects and repeated headers included', async () => {
  const { at } = await answering((_request, response) => response.writeHead(302, { Location: '/x', 'Content-Security-Policy': ["default-src 'self'", 'img-src *'], 'Set-Cookie': ['a=1', 'b=2'] }).end('moved'))
  const { status, headers, body, isCut } = await asker()(at('localhost'))
  expect([status, headers.get('Location'), headers.get('Content-Security-Policy'), headers.getSetCookie(), body.toString(), isCut]).toEqual([302, '/x', "default-src 'self', img-src *", ['a=1', 'b=2'], 'moved', false])
})

test('a body goes out with its method', async () => {
  const { at } = await answering((request, response) => void request.pipe(response.writeHead(200, { 'X-Method': request.method ?? '' })))
  const { headers, body } = await asker()(at('localhost'), { method: 'POST', body: '{"a":1}' })
  expect([headers.get('X-Method'), body.toString()]).toEqual(['POST', '{"a":1}'])
})

test.each([['gzip', gzipSync('page')], ['br', brotliCompressSync('page')], ['GZIP', gzipSync('page')]])('what was compressed unasked is read: %s', async (encoding, bytes) => {
  const { at } = await answering((_request, response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(bytes))
  expect((await asker()(at('localhost'))).body.toString()).toBe('page')
})

describe('bounds', () => {
  test('a huge page is cut, and its connection let go', async () => {
    let closed: Promise<unknown> | undefined
    const { at } = await answering((_request, response) => {
      closed = once(response, 'close')
      const more = (): void => void response.write('x'.repeat(10_000), () => !response.destroyed && more())
      more()
    })
    const { body, isCut } = await asker({ mostBytes: 50_000 })(at('localhost'))
    expect([body.length, isCut]).toEqual([50_000, true])
    await closed
  })

  test('what unpacks to very much is cut, too', async () => {
    const { at } = await answering((_request, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(20_000_000))))
    const { body, isCut } = await asker({ mostBytes: 50_000 })(at('localhost'))
    expect([body.length, isCut]).toEqual([50_000, true])
  })

  test.each<[string, RequestListener]>([['begins', () => {}], ['ends', (_request, response) => void response.write('x')]])('an answer that never %s is given up', async (_what, answer) => {
    const { at } = await answering(answer)
    await expect(asker({ waitMs: 100 })(at('localhost'))).rejects.toThrow('it does not answer within 0.1 s')
  })
})

describe('no answer, in words', () => {
  test('nobody listens', async () => {
    await expect(asker()(new URL('http://127.0.0.1:1/'))).rejects.toThrow('it refuses connections')
  })

  test('on neither address of this machine', async () => {
    await expect(asker()(new URL('http://shop.localhost:1/'))).rejects.toThrow(/it refuses connections|gives no answer/)
  })

  test('there is no such host', async () => {
    await expect(asker()(new URL('http://nobody.invalid/'))).rejects.toThrow(/there is no such host|could not be looked up/)
  })

  test('it breaks off', async () => {
    const { at } = await answering((request) => request.socket.destroy())
    await expect(asker()(at('localhost'))).rejects.toThrow('it broke off the connection')
  })

  test('it is no https', async () => {
    const { at } = await answering((_request, response) => response.end())
    await expect(asker()(new URL(at('localhost').href.replace('http:', 'https:')))).rejects.toThrow(/gives no answer that can be read/)
  })
})
