import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { cli, cliJson } from './helpers/cli.ts'
import { tempDir } from './helpers/collector.ts'
import { freePort } from './helpers/ports.ts'

afterEach(() => void vi.unstubAllEnvs())

test('the demo serves a shop and a collector with a month of history that adds up, and leaves nothing behind', async () => {
  const [port, shopPort] = [String(await freePort()), String(await freePort())]
  // What the environment says of a real collector is not the demo's.
  const env = { ...process.env, PORT: port, DATABASE_URL: 'sqlite:/nowhere/real.db', PUBLIC_URL: 'https://track.shop.example', BASE_PATH: '/base' }
  const demo = spawn(process.execPath, [join(import.meta.dirname, '../collector/main.ts'), 'demo', '--shop-port', shopPort], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void demo.kill('SIGKILL'))
  let said = ''
  for await (const chunk of demo.stdout) {
    said += String(chunk)
    if (said.includes('Ctrl+C')) break
  }

  const page = await fetch(`http://127.0.0.1:${shopPort}/`)
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(`<script async src="http://localhost:${port}/r.js"`)])
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)

  const database = /Database +(\S+)/.exec(said)?.[1] ?? ''
  const orders = Number(/(\d+) orders/.exec(said)?.[1])
  expect(orders).toBeGreaterThan(50)
  expect(await cliJson(`sqlite:${join(database, 'demo.db')}`, 'verify')).toMatchObject({ code: 0, json: { ok: true, conversions: orders, problems: [] } })

  // A second one finds the port taken, says which flag helps, and leaves nothing either.
  const temporary = tempDir()
  vi.stubEnv('TMPDIR', temporary)
  const second = await cli('sqlite:/nowhere/real.db', 'demo', '--port', port, '--shop-port', String(await freePort()))
  expect(second).toMatchObject({ code: 1, err: expect.stringContaining('--port and --shop-port choose other ports') })
  expect(readdirSync(temporary)).toEqual([])

  demo.kill('SIGTERM')
  expect(await once(demo, 'exit')).toEqual([0, null])
  expect(existsSync(database)).toBe(false)
}, 60_000)

test.each(['0', '65536', '-1', 'x', ''])('%j is no port', async (port) => {
  expect(await cli('sqlite:/nowhere/real.db', 'demo', '--port', port)).toMatchObject({ code: 2, err: expect.stringContaining('port number') })
})
