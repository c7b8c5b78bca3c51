import { once } from 'node:events'
import { createServer, get, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { outside, pageAt } from '../../collector/http/outside.ts'

/** A server of somebody else, and how often it was asked. */
async function elsewhere(answer: RequestListener): Promise<{ port: number; asked: () => number }> {
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, asked: () => asked }
}

const read = ({ port }: { port: number }, waitMs = 2_000): Promise<string> => pageAt(`http://127.0.0.1:${port}/.well-known/refledger.txt`, { get, waitMs })

test('a page is read as it is', async () => {
  expect(await read(await elsewhere((_request, response) => response.end('token\n')))).toBe('token\n')
})

test.each<[string, RequestListener, RegExp]>([
  ['is not there', (_request, response) => response.writeHead(404).end('token'), /answers 404/],
  ['leads elsewhere', (_request, response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(), /answers 302/],
  ['is too long', (_request, response) => response.end('x'.repeat(2_000)), /longer than 1024 bytes/],
  ['never ends', (_request, response) => {
    const timer = setInterval(() => response.write('x'.repeat(600)), 5)
    response.on('close', () => clearInterval(timer))
  }, /longer than 1024 bytes/],
  ['breaks off', (_request, response) => {
    response.writeHead(200, { 'Content-Length': '100' })
    response.write('x', () => response.destroy())
  }, /aborted|hang up|ECONNRESET/],
])('a page that %s is none', async (_what, answer, says) => {
  await expect(read(await elsewhere(answer))).rejects.toThrow(says)
})

test.each<[string, RequestListener]>([['begins', () => {}], ['goes on', (_request, response) => void response.write('x')]])('one that never %s is given up', async (_what, answer) => {
  await expect(read(await elsewhere(answer), 100)).rejects.toThrow(/aborted|timeout/i)
})

test.each([
  '127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0.0.0.0', '10.0.0.1', '192.168.1.1', '169.254.169.254', '[fd00::1]',
])('an address inside is never reached: %s', async (host) => {
  const inside = await elsewhere((_request, response) => response.end('secret'))
  await expect(outside.page(`https://${host}:${inside.port}/`)).rejects.toThrow(/is not allowed/)
  expect(inside.asked()).toBe(0)
})
