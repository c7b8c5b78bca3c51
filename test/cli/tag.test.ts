import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import type { ScriptTags } from '../../collector/script-tag.ts'
import { cli, cliJson } from '../helpers/cli.ts'
import { SCRIPT_FILE, startCollector } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'

const HOST = 'https://track.shop.example'
const NOSCRIPT = `<noscript><img src="${HOST}/r/noscript" referrerpolicy="no-referrer-when-downgrade" width="1" height="1" alt=""></noscript>`

/** A running collector, and the command line beside it. */
async function running() {
  const collector = await startCollector()
  const url = `sqlite:${join(collector.dir, 'test.db')}`
  return {
    collector,
    run: (...args: string[]) => cli(url, 'tag', ...args),
    json: async (...args: string[]) => (await cliJson<ScriptTags>(url, 'tag', ...args)).json,
  }
}

test('prints what to paste, while the collector runs', async () => {
  const { run } = await running()
  const { code, out, err } = await run('--public-url', HOST)
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^On every page of shop\.example:\n/)
  expect(out).toContain(`\n<script async src="${HOST}/r.js"></script>\n${NOSCRIPT}\n`)
  expect(out).not.toContain('PUBLIC_URL')
})

test('pinned, it names this one build, which the collector serves with just these bytes', async () => {
  const { collector, run, json } = await running()
  const { src, pinned, integrity, tag, pinnedTag, noscript } = await json('--public-url', HOST)
  expect({ src, tag, noscript }).toEqual({ src: `${HOST}/r.js`, tag: `<script async src="${HOST}/r.js"></script>`, noscript: NOSCRIPT })
  expect(pinnedTag).toBe(`<script async src="${pinned}" integrity="${integrity}" crossorigin="anonymous"></script>`)
  const served = await rawCall(collector, new URL(pinned).pathname, { method: 'GET' })
  expect([served.status, `sha384-${hash('sha384', served.bytes, 'base64')}`]).toEqual([200, integrity])
  expect(served.bytes.equals(readFileSync(SCRIPT_FILE))).toBe(true)

  const { out } = await run('--pinned', '--public-url', HOST)
  expect(out).toContain(`\n${pinnedTag}\n${NOSCRIPT}\n`)
  expect(out).not.toContain(tag)
})

test.each([
  [['--public-url', `${HOST}/base/`], `${HOST}/base/r.js`],
  [['--public-url', `${HOST}/a"><b>`], `${HOST}/a%22%3E%3Cb%3E/r.js`],
  [['--port', '9000', '--base-path', '/track'], 'http://localhost:9000/track/r.js'],
])('with %j the script is at %s', async (flags, src) => {
  const { json } = await running()
  expect(await json(...flags)).toMatchObject({ src, tag: `<script async src="${src}"></script>` })
})

test('says when only this machine would reach it', async () => {
  const { run } = await running()
  expect((await run()).out).toMatch(/\nPUBLIC_URL is not set: only this machine reaches http:\/\/localhost:8787\.\n$/)
})

test('names the proved sites of the merchant that is asked for', async () => {
  const { collector, run } = await running()
  await collector.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'EUR', timezone: 'UTC' })
  await collector.services.sites.add({ host: 'blog.example' }, collector.merchantId)
  expect((await run('--merchant', '1')).out).toMatch(/^On every page of shop\.example:/)
  expect((await run('--merchant', '2')).out).toMatch(/^On every page of other\.example:/)
  expect((await run()).code).toBe(1)
  expect((await run('--merchant', '3')).code).toBe(1)
})

test('the stub for early calls is the one of the script itself, and queues them', async () => {
  const { json, run } = await running()
  const { stub } = await json()
  const notes = /\/\*\*([\s\S]*?)\*\//.exec(readFileSync(join(import.meta.dirname, '../../browser/index.ts'), 'utf8'))?.[1] ?? ''
  expect(notes.replaceAll(/^ \* {0,5}/gm, '')).toContain(stub)
  expect((await run()).out).toContain(`<script>\n${stub}\n</script>`)

  const window: { refledger?: { (...args: unknown[]): unknown; q?: unknown[][] } } = {}
  const page = { window, Promise, get refledger() { return window.refledger } }
  runInNewContext(stub, page)
  for (const address of ['kim@customer.example', 'lee@customer.example']) expect(window.refledger?.('identify', address)).toBeInstanceOf(Promise)
  expect(window.refledger?.q?.map(([args, answer]) => [Array.from(args as ArrayLike<unknown>), typeof answer])).toEqual([[['identify', 'kim@customer.example'], 'function'], [['identify', 'lee@customer.example'], 'function']])
})
