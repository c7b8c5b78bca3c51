import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { scriptTags } from '../collector/script-tag.ts'
import { openTestCollector, startCollector } from './helpers/collector.ts'

const ROOT = join(import.meta.dirname, '..')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const section = (title: string): string => new RegExp(`## ${title}\n([\\s\\S]*?)\n## `).exec(readme)?.[1] ?? ''
const blocks = (text: string): string[] => [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)

test('the quick start works as it is printed', { timeout: 30_000 }, async () => {
  const collector = await openTestCollector({ clock: { nowMs: Date.now() + 60_000 } })
  // As printed, but for the port: this machine's 8787 may be taken. npm itself is left out, and what it would run is run.
  const script = blocks(section('Quick start')).join('\n').replaceAll('http://localhost:8787', collector.api).replaceAll('npm run -s refledger --', `node ${join(ROOT, 'dist/refledger.cjs')}`)
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], { cwd: collector.dir, env: { ...process.env, DATABASE_URL: `sqlite:${join(collector.dir, 'test.db')}` } })

  expect(stdout).toContain('"sessionId":"test-session-001"},"meta"')
  expect(stdout).toContain('"identified":true,"created":true')
  expect(stdout).toContain('"amount":49.90,"currency":"EUR","status":"PENDING"')
  expect(stdout).toContain('Ana earns 4.99 EUR in campaign "Your Shop partners".')
  expect(stdout).toContain('1 conversion, 2 ledger entries: all as it must be')
})

test('backup, restore and the try of an upgrade work as they are printed, the line for cron as well', { timeout: 30_000 }, async () => {
  const { dir, close } = await startCollector()
  await close()
  const text = section('Backup and upgrade')
  const [, cron = ''] = /```crontab\n\S+ \S+ \S+ \S+ \S+ (.*)\n```/.exec(text) ?? []
  // As cron hands it to the shell.
  const script = [...blocks(text), cron.replaceAll('\\%', '%')].join('\n').replaceAll('npm run -s refledger --', `node ${join(ROOT, 'dist/refledger.cjs')}`).replace('/srv/refledger', dir).replaceAll('/backups/', `${dir}/nightly-`)
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], { cwd: dir, env: { ...process.env, DATABASE_URL: `sqlite:${join(dir, 'test.db')}` } })
  const lines = stdout.trim().split('\n')
  expect(lines).toEqual([
    expect.stringMatching(/\/refledger-\d{4}-\d\d-\d\d\.backup: 0 conversions/), expect.stringMatching(/restored\/refledger\.db, as of/), 'The book was verified: all as it must be.',
    'nothing to do: the database is of this version', expect.stringMatching(/\/nightly-refledger-\d{4}-\d\d-\d\d\.backup: 0 conversions/),
  ])
})

test('the two commands are the ones that CI runs', () => {
  const commands = ['Run it', 'Test it'].flatMap((title) => blocks(section(title)))
  expect(commands.map((command) => command.trim())).toEqual(['npm ci && npm start', 'npm ci && npm test'])
  expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toContain('\nnpm ci\nnpm test\n')
})

test('the commands of "One file" are those that test/binary runs; npm\'s, the container\'s and the service\'s are tested in test/install', () => {
  const [, text = ''] = /### One file\n([\s\S]*?)\n### /.exec(readme) ?? []
  expect(blocks(text)).toEqual(['npm ci && npm run build:binary\n', './refledger serve\n'])
})

test('every row of "What survives" names a test that there is', () => {
  const table = /### What survives\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? ''
  const named = [...table.matchAll(/\| `(\w+)`: (.+?) \|$/gm)].map(([, file = '', title = '']) => ({ file, title }))
  expect(named).toHaveLength(23)
  const missing = named.filter(({ file, title }) => !readFileSync(join(ROOT, `test/browser/${file}.test.ts`), 'utf8').includes(title))
  expect(missing).toEqual([])
})

test('the tables of attributes and calls name all that the script reads and answers', () => {
  const source = ['config.ts', 'index.ts'].map((file) => readFileSync(join(ROOT, 'browser', file), 'utf8')).join('\n')
  const read = [...source.matchAll(/dataset\['(\w+)'\]/g)].map(([, name = '']) => name).concat(/export const \{ (.*) \} = dataset/.exec(source)?.[1]?.split(', ') ?? [])
  const told = [...readme.matchAll(/^\| `data-(\w+)(?:="\w+")?` \|/gm)].map(([, name = '']) => name)
  expect(told.toSorted()).toEqual([...new Set(read)].toSorted())
  const commands = [...source.matchAll(/^ \* {5}refledger\('(\w+)'/gm)].map(([, name]) => name)
  expect([...readme.matchAll(/^\| `refledger\('(\w+)'/gm)].map(([, name]) => name)).toEqual(expect.arrayContaining(commands))
})

test('the lines for early calls are those that "refledger tag" prints', () => {
  expect(readme).toContain(`\`\`\`html\n<script>\n${scriptTags('https://track.shop.example', { name: 'r.js', integrity: '' }).stub}\n</script>\n\`\`\``)
})
