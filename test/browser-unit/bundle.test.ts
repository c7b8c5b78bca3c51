import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildScript, type ScriptSizes } from '../../browser/build.ts'

/** What a visitor may have to download: the promise that the script's size makes to shops. */
const BUDGET_BROTLI_BYTES = 2800

let folder: string
let script: string
let sizes: ScriptSizes

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refledger-script-'))
  sizes = await buildScript(join(folder, 'r.js'))
  script = await readFile(join(folder, 'r.js'), 'utf8')
})
afterAll(() => rm(folder, { recursive: true }))

test('fits the budget', () => {
  expect(sizes.brotliBytes).toBeLessThanOrEqual(BUDGET_BROTLI_BYTES)
  expect(sizes.rawBytes).toBe(Buffer.byteLength(script))
})

test.each(['eval(', 'Function(', 'innerHTML', 'outerHTML', 'insertAdjacentHTML', 'document.write', 'createElement', 'import(', 'sendBeacon', 'unload', 'pagehide', 'sourceMappingURL'])(
  'holds no %s',
  (word) => {
    expect(script).not.toContain(word)
  },
)

test('brings no schema library along', () => {
  expect(script).not.toMatch(/zod|safeParse/i)
})

test('ships the notice of js-cookie beside it', async () => {
  expect(await readFile(join(folder, 'r.js.LEGAL.txt'), 'utf8')).toContain('js-cookie')
})
