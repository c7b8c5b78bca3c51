import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { settingsOf } from '../collector/config.ts'
import { APIS } from '../collector/reference/apis.ts'
import { scriptTags } from '../collector/script-tag.ts'
import { cli } from './helpers/cli.ts'
import { openTestCollector, startCollector } from './helpers/collector.ts'
import { allSnippets, README, snippets } from './helpers/readme.ts'

const ROOT = join(import.meta.dirname, '..')

test('the quick start works as it is printed', { timeout: 30_000 }, async () => {
  const collector = await openTestCollector({ clock: { nowMs: Date.now() + 60_000 } })
  // As printed, but for the port: this machine's 8787 may be taken. npm itself is left out, and what it would run is run.
  const script = snippets('Quick start', 'sh', 5).join('\n').replaceAll('http://localhost:8787', collector.api).replaceAll('npm run -s refledger --', `node ${join(ROOT, 'dist/refledger.cjs')}`)
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
  const [, cron = ''] = /^(?:\S+ ){5}(.*)\n$/.exec(snippets('Backup and upgrade', 'crontab')[0] ?? '') ?? []
  // As cron hands it to the shell.
  const script = [...snippets('Backup and upgrade', 'sh', 3), cron.replaceAll('\\%', '%')].join('\n').replaceAll('npm run -s refledger --', `node ${join(ROOT, 'dist/refledger.cjs')}`).replace('/srv/refledger', dir).replaceAll('/backups/', `${dir}/nightly-`)
  const { stdout } = await promisify(execFile)('bash', ['-euc', script], { cwd: dir, env: { ...process.env, DATABASE_URL: `sqlite:${join(dir, 'test.db')}` } })
  const lines = stdout.trim().split('\n')
  expect(lines).toEqual([
    expect.stringMatching(/\/refledger-\d{4}-\d\d-\d\d\.backup: 0 conversions/), expect.stringMatching(/restored\/refledger\.db, as of/), 'The book was verified: all as it must be.',
    'nothing to do: the database is of this version', expect.stringMatching(/\/nightly-refledger-\d{4}-\d\d-\d\d\.backup: 0 conversions/),
  ])
})

test('the two commands are the ones that CI runs', () => {
  expect([snippets('From a clone', 'sh'), snippets('Test it', 'sh')]).toEqual([['npm ci && npm start\n'], ['npm ci && npm test\n']])
  expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toContain('\nnpm ci\nnpm test\n')
})

test('the commands of "One file" are those that test/binary runs', () => {
  expect(snippets('One file', 'sh', 2)).toEqual(['npm ci && npm run build:binary\n', './refledger serve\n'])
})

test('every row of "What survives" names a test that there is', () => {
  const table = /### What survives\n([\s\S]*?)\n## /.exec(README)?.[1] ?? ''
  const named = [...table.matchAll(/\| `(\w+)`: (.+?) \|$/gm)].map(([, file = '', title = '']) => ({ file, title }))
  expect(named).toHaveLength(23)
  const missing = named.filter(({ file, title }) => !readFileSync(join(ROOT, `test/browser/${file}.test.ts`), 'utf8').includes(title))
  expect(missing).toEqual([])
})

test('the tables of attributes and calls name all that the script reads and answers', () => {
  const source = ['config.ts', 'index.ts'].map((file) => readFileSync(join(ROOT, 'browser', file), 'utf8')).join('\n')
  const read = [...source.matchAll(/dataset\['(\w+)'\]/g)].map(([, name = '']) => name).concat(/export const \{ (.*) \} = dataset/.exec(source)?.[1]?.split(', ') ?? [])
  const told = [...README.matchAll(/^\| `data-(\w+)(?:="\w+")?` \|/gm)].map(([, name = '']) => name)
  expect(told.toSorted()).toEqual([...new Set(read)].toSorted())
  const commands = [...source.matchAll(/^ \* {5}refledger\('(\w+)'/gm)].map(([, name]) => name)
  expect([...README.matchAll(/^\| `refledger\('(\w+)'/gm)].map(([, name]) => name)).toEqual(expect.arrayContaining(commands))
})

test('the lines for early calls are those that "refledger tag" prints', () => {
  expect(snippets('Quick start', 'html', 2)[1]).toBe(`<script>\n${scriptTags('https://track.shop.example', { name: 'r.js', integrity: '' }).stub}\n</script>\n`)
})

test('every block of the README is asked for by a test', () => {
  const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(ROOT, 'test', name), 'utf8')).join('\n')
  const asked = new Set([...tests.matchAll(/\bsnippets\(('[^']+'|"[^"]+"|\w+), '(\w+)'(?:, \d+)?\)/g)].map(([, title = '', language]) => `${titleOf(title)} ${language}`))
  expect([...new Set(allSnippets().map(({ title, language }) => `${title} ${language}`))].filter((block) => !asked.has(block))).toEqual([])

  /** A name stands for the text that it was given. */
  function titleOf(told: string): string {
    const quoted = /^['"]/.test(told) ? told : new RegExp(`const ${told} = ('[^']+'|"[^"]+")`).exec(tests)?.[1] ?? ''
    return quoted.slice(1, -1)
  }
})

test('every command that the README names is there', async () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  const ran = [...README.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name = '']) => name)
  expect(ran.filter((name) => scripts[name] === undefined)).toEqual([])
  const named = new Set([...README.matchAll(/(?:^|`|\.\/|npx )refledger ([a-z]+)|refledger -- ([a-z]+)/gm)].map(([, first, second]) => first ?? second ?? ''))
  const table = /### Command line\n([\s\S]*?)\n### /.exec(README)?.[1] ?? ''
  const listed = [...table.matchAll(/^\| `([a-z]+)/gm)].map(([, name = '']) => name)
  const { out } = await cli('sqlite:none.db', '--help')
  const known = [...out.matchAll(/^ {2}([a-z]+)(?= )/gm)].map(([, name = '']) => name)
  expect([...named].filter((name) => !known.includes(name))).toEqual([])
  // Of `commission` and its like the table names what belongs to them in one row.
  expect(known.filter((name) => !listed.includes(name) && !table.includes(`\`${name}\``))).toEqual(['help'])
})

test('the contents lead to headings that are there', () => {
  const headings = [...README.matchAll(/^##+ (.*)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(/[^\w -]/g, '').replaceAll(' ', '-'))
  const links = [...README.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = '']) => anchor)
  expect(links.length).toBeGreaterThan(10)
  expect(links.filter((anchor) => !headings.includes(anchor))).toEqual([])
})

test('every setting is in the table of the configuration, with its default', () => {
  const rows = [...README.matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) \| (.*?) \|/gm)].map(([, names = '', defaults = '']) => ({ names, defaults }))
  const missing = settingsOf({}, {}).filter(({ name, text }) => !rows.some(({ names, defaults }) => names.includes(`\`${name}\``) && (text === undefined || defaults.includes(`\`${text}\``))))
  expect(missing.map(({ name, text }) => [name, text])).toEqual([])
})

const parts = (path: string): string[] => path.split('/').slice(1)
/** A row names the whole path once, and then how others end; ID and its like stand for anything. */
const fits = (ends: string[]) => (path: string[]): boolean => ends.length <= path.length && ends.every((part, at) => {
  const real = path[path.length - ends.length + at] ?? ''
  return real === part || (real.includes(':') && /[A-Z]{2}|^(refcampaign|refgrow|refersion)\.json$/.test(part))
})
test('every address that the README lists is one that the API reference knows', () => {
  const [, table = ''] = /## What the collector serves\n([\s\S]*?)\n### /.exec(README) ?? []
  const known = APIS.flatMap(({ operations }) => operations.map(({ path }) => parts(path)))
  const told = [...table.matchAll(/^\| (.*?) \| /gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`(?:[A-Z]+ )?(\/[^`]*)`/g)].map(([, path = '']) => path))
  expect(told.length).toBeGreaterThan(80)
  expect(told.filter((path) => !known.some(fits(parts(path))))).toEqual([])
})
