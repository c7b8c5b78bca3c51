import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cliJson } from './helpers/cli.ts'

async function freePort(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return String(port)
}

test('the demo serves a shop and a collector with a month of history that adds up, and leaves nothing behind', async () => {
  const env = { ...process.env, PORT: await freePort(), SHOP_PORT: await freePort() }
  const demo = spawn(process.execPath, [join(import.meta.dirname, '../demo/main.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void demo.kill('SIGKILL'))
  let said = ''
  for await (const chunk of demo.stdout) {
    said += String(chunk)
    if (said.includes('Ctrl+C')) break
  }

  const page = await fetch(`http://127.0.0.1:${env.SHOP_PORT}/`)
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(`<script async src="http://localhost:${env.PORT}/r.js"`)])
  expect((await fetch(`http://127.0.0.1:${env.PORT}/readyz`)).status).toBe(200)

  const database = /Database +(\S+)/.exec(said)?.[1] ?? ''
  const orders = Number(/(\d+) orders/.exec(said)?.[1])
  expect(orders).toBeGreaterThan(50)
  expect(await cliJson(`sqlite:${join(database, 'demo.db')}`, 'verify')).toMatchObject({ code: 0, json: { ok: true, conversions: orders, problems: [] } })

  demo.kill('SIGTERM')
  await once(demo, 'exit')
  expect(existsSync(database)).toBe(false)
}, 60_000)
