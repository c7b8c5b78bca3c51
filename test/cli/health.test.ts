import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { cli, cliJson } from '../helpers/cli.ts'
import { openTestCollector } from '../helpers/collector.ts'
import { listening } from '../helpers/sites.ts'

const NONE = 'sqlite:/nowhere/real.db'

test('a collector that is ready says so; it is asked where it listens, or at an address', async () => {
  const { port } = new URL((await openTestCollector()).api)
  expect(await cli(NONE, 'health', '--port', port)).toEqual({ code: 0, out: `http://127.0.0.1:${port}/readyz: ready\n`, err: '' })
  expect(await cliJson(NONE, 'health', '--host', '0.0.0.0', '--port', port)).toEqual({ code: 0, json: { ok: true, url: `http://127.0.0.1:${port}/readyz`, found: 'ready' } })
  expect(await cli(NONE, 'health', '--url', `http://localhost:${port}/`)).toMatchObject({ code: 0, out: `http://localhost:${port}/readyz: ready\n` })
})

test('one that is not ready, that does not answer or sends elsewhere is exit code 1', async () => {
  const [unready, elsewhere] = [createServer((_request, response) => response.writeHead(503).end()), createServer((_request, response) => response.writeHead(302, { Location: '/readyz' }).end())]
  const ports = [String(await listening(unready)), String(await listening(elsewhere))]
  expect(await cli(NONE, 'health', '--port', ports[0] ?? '')).toMatchObject({ code: 1, out: expect.stringContaining('not ready (503)') })
  expect(await cli(NONE, 'health', '--port', ports[1] ?? '')).toMatchObject({ code: 1, out: expect.stringContaining('no answer (unexpected redirect)') })

  const gone = createServer()
  const port = String(await listening(gone))
  gone.close()
  expect(await cli(NONE, 'health', '--port', port)).toMatchObject({ code: 1, out: expect.stringContaining('ECONNREFUSED') })
})

test.each(['track.shop.example', 'ftp://track.shop.example', 'https://me:secret@track.shop.example', 'https://track.shop.example/?a=1'])('%s is no address to ask', async (url) => {
  const { code, err } = await cli(NONE, 'health', '--url', url)
  expect([code, err]).toEqual([2, expect.stringContaining('url')])
  expect(err).not.toContain('secret')
})

test('it is asked below BASE_PATH', async () => {
  const asked: (string | undefined)[] = []
  const server = createServer(({ url }, response) => {
    asked.push(url)
    response.end()
  })
  const port = String(await listening(server))
  onTestFinished(() => void server.close())
  expect((await cli(NONE, 'health', '--port', port, '--base-path', '/track')).code).toBe(0)
  expect(asked).toEqual(['/track/readyz'])
})
