import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { exported, filesOf, fullBook, imported } from '../helpers/exports.ts'
import { memoryDir } from '../helpers/world.ts'

// Each test makes several databases.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const ends: (() => void | Promise<void>)[] = []
const atEnd = (end: () => void | Promise<void>): unknown => ends.unshift(end)
let book: { dir: string }
let folder: string
let strangers: string
beforeAll(async () => {
  book = await fullBook({ atEnd })
  folder = await exported(book, { atEnd }, '--merchant', '1')
  strangers = await exported(book, { atEnd }, '--merchant', '2')
})
afterAll(async () => {
  for (const end of ends) await end()
})

/** Runs until the process is killed, and says by what it ended. */
async function killed(...args: string[]): Promise<unknown> {
  const [, signal] = await once(fork(join(import.meta.dirname, 'killed.ts'), args, { execArgv: [], stdio: 'ignore' }), 'exit') as [number | null, string | null]
  return signal
}

/** All that counts in a folder: nothing where there is no database. */
const countsIn = async (place: { dir: string }): Promise<Record<string, string>> => (existsSync(join(place.dir, 'test.db')) ? filesOf(await exported(place, {}, '--all')) : {})

describe.each([
  ['a new collector', () => Promise.resolve({ dir: memoryDir() })],
  ['one that has another merchant', () => imported(strangers)],
])('an import into %s that is killed', (_where, prepare) => {
  test.each(['rows', 'rows read back', 'conversions verified'])('among %s, leaves nothing that counts, and runs again', async (what) => {
    const place = await prepare()
    const before = await countsIn(place)
    expect(await killed(what, folder, place.dir)).toBe('SIGKILL')
    expect(await countsIn(place)).toEqual(before)
    expect(await imported(folder, place)).toMatchObject({ code: 0, json: { imported: true } })
    expect(filesOf(await exported(place, {}, '--merchant', '1'))).toEqual(filesOf(folder))
    expect(readdirSync(place.dir).filter((name) => name.includes('.draft-'))).toEqual([])
  })
})

test('an export that is killed has no name, and another one goes there', async () => {
  const dir = memoryDir()
  expect(await killed('export', join(dir, 'out'), book.dir)).toBe('SIGKILL')
  expect(readdirSync(dir)).toEqual([expect.stringMatching(/^out\.part-[0-9a-f]{12}$/)])
})

test('two imports at once: one of them goes in, and the other is refused or finds it there', async () => {
  const place = { dir: memoryDir() }
  const both = await Promise.all([imported(folder, place), imported(folder, place)])
  expect(both.map(({ code }) => code).toSorted()).toEqual([0, expect.any(Number)])
  expect(filesOf(await exported(place))).toEqual(filesOf(folder))
})
