import { expect, test } from 'vitest'
import { progress, watched } from '../../collector/cli/progress.ts'
import { runCli } from '../../collector/cli.ts'
import type { Streams } from '../../collector/cli/program.ts'
import { richBook } from '../helpers/rich-book.ts'
import { join } from 'node:path'

const CLEAR = '\r\u001B[K'

/** Streams that remember what was drawn. */
function watching(more: Partial<Streams> = {}): { streams: Streams; said: { out: string; err: string } } {
  const said = { out: '', err: '' }
  return { said, streams: { out: (text) => void (said.out += text), err: (text) => void (said.err += text), isTerminal: true, ...more } }
}

test('a bar with counts, where the total is known; a count alone where it is not', () => {
  const { streams, said } = watching()
  const shown = progress(streams, 'rows')
  shown.at(45, 90)
  shown.at(7, undefined, 'pages')
  shown.end()
  expect(said.err).toBe(`${CLEAR}[##########          ] rows: 45 of 90${CLEAR}pages: 7${CLEAR}`)
})

test('it draws when there is a percent more to tell, however often it is told', () => {
  const { streams, said } = watching()
  const shown = progress(streams, 'rows')
  for (let row = 0; row <= 100_000; row++) shown.at(row, 100_000)
  expect(said.err.split(CLEAR)).toHaveLength(102)
  expect(said.err).toContain('[####################] rows: 100000 of 100000')
})

test.each([['nothing of nothing is all', 0, 0], ['more than was expected is all', 12, 10]])('%s', (_name, done, total) => {
  const { streams, said } = watching()
  progress(streams, 'rows').at(done, total)
  expect(said.err).toContain(`[${'#'.repeat(20)}]`)
})

test('colour only where it is wanted', () => {
  const { streams, said } = watching({ hasColor: true })
  progress(streams, 'rows').at(1, 2)
  expect(said.err).toContain('[\u001B[32m##########\u001B[39m          ]')
})

test('nothing in a pipe', () => {
  const { streams, said } = watching({ isTerminal: false, hasColor: true })
  const shown = progress(streams, 'rows')
  shown.at(1, 2)
  shown.end()
  expect(said.err).toBe('')
})

test('the line is cleared when the work fails, too', async () => {
  const { streams, said } = watching()
  await expect(watched(progress(streams, 'rows'), ({ at }) => {
    at(1, 2)
    throw new Error('no')
  })).rejects.toThrow('no')
  expect(said.err.endsWith(`1 of 2${CLEAR}`)).toBe(true)
})

test('verify counts conversions, of how many; stdout has the one document', async () => {
  const { dir } = await richBook()
  const { streams, said } = watching()
  const { conversions } = await run(['verify', '--json', '--database-url', `sqlite:${join(dir, 'test.db')}`])
  expect(said.err).toBe(`${CLEAR}[${'#'.repeat(20)}] conversions checked: ${conversions} of ${conversions}${CLEAR}`)

  async function run(args: string[]): Promise<{ conversions: number }> {
    expect(await runCli(args, { version: '0', assetsDir: '', streams })).toBe(0)
    return JSON.parse(said.out) as { conversions: number }
  }
})
