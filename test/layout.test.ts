import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const filesBelow = (folder: string): string[] => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)).filter((name) => name.endsWith('.ts'))
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

interface Import {
  /** Project path, or the package's name. */
  to: string
  typeOnly: boolean
}

const IMPORT = /^(?:import|export)\s+(type\s+)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm

function importsOf(file: string): Import[] {
  return [...read(file).matchAll(IMPORT)].map(([, type, from, bare, dynamic]) => {
    const to = from ?? bare ?? dynamic ?? ''
    return { to: to.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), to)) : to, typeOnly: type !== undefined }
  })
}

/** `file -> what it may not import`, for every file of a folder. */
function broken(folder: string, allowed: (wanted: Import, file: string) => boolean): string[] {
  return filesBelow(folder).flatMap((file) => importsOf(file).filter((wanted) => !allowed(wanted, file)).map(({ to }) => `${file} -> ${to}`))
}

describe('the dependency rule', () => {
  test('the browser takes types from the wire, values from the limits, and one package', () => {
    expect(broken('browser', ({ to, typeOnly }, file) => {
      if (file === 'browser/build.ts') return true
      if (to === 'js-cookie') return file === 'browser/session.ts'
      return to.startsWith('browser/') || to === 'shared/limits.ts' || (typeOnly && to.startsWith('shared/wire/'))
    })).toEqual([])
  })

  test('the engine takes nothing from outside but the domain, its errors and its limits', () => {
    expect(broken('shared/engine', ({ to }) => to.startsWith('shared/engine/') || ['shared/domain.ts', 'shared/errors.ts', 'shared/limits.ts'].includes(to))).toEqual([])
  })

  test('the engine reads no clock and makes no randomness', () => {
    const impure = filesBelow('shared/engine').filter((file) => /Date\.now|new Date\(\)|Math\.random|crypto|performance\.|process\./.test(read(file)))
    expect(impure).toEqual([])
  })

  test('the client takes types from the wire, and one package for the hash of webhooks, which is bundled', () => {
    expect(broken('shared/client', ({ to, typeOnly }, file) => to.startsWith('shared/client/') || (to.startsWith('@noble/hashes/') && file === 'shared/client/webhook.ts') || (typeOnly && to.startsWith('shared/wire/')))).toEqual([])
  })

  test.each(['collector/routes', 'collector/api', 'collector/http'])('%s takes only types of the store', (folder) => {
    expect(broken(folder, ({ to, typeOnly }) => !to.startsWith('collector/store/') || typeOnly)).toEqual([])
  })

  test('services know the store by its interface, and nothing of routes', () => {
    expect(broken('collector/service', ({ to }) => !to.startsWith('collector/store/sqlite') && !to.startsWith('collector/routes/') && !to.startsWith('collector/api/'))).toEqual([])
  })

  test('only the store sees SQL', () => {
    const speaking = filesBelow('collector').filter((file) => !file.startsWith('collector/store/') && (/better-sqlite3|\bselect .+ from |insert into /.test(read(file))) && file !== 'collector/build.ts')
    expect(speaking).toEqual([])
  })

  test('in the collector only the configuration reads the environment, and only the start reads the clock', () => {
    expect(filesBelow('collector').filter((file) => read(file).includes('process.env'))).toEqual(['collector/config.ts'])
    expect(filesBelow('collector').filter((file) => /Date\.now|new Date\(\)/.test(read(file)))).toEqual(['collector/serve.ts'])
  })

  test('only its own command takes the demo, and only when it is asked for', () => {
    expect(broken('collector', ({ to, typeOnly }, file) => !to.startsWith('demo/') || (file === 'collector/cli/demo.ts' && (typeOnly || read(file).includes("await import('../../demo/demo.ts')"))))).toEqual([])
  })

  test('a broken rule is found', () => {
    expect(broken('collector/store', ({ to }) => to !== 'better-sqlite3').length).toBeGreaterThan(5)
  })
})

test('the code map of the README knows every folder, and names none that is gone', () => {
  const map = /## Code map\n([\s\S]*?)\n## /.exec(read('README.md'))?.[1] ?? ''
  const named = [...map.matchAll(/^\| `([\w./-]+)\/` \|/gm)].map(([, folder]) => folder)
  const folders = ['browser', 'shared', 'collector', 'demo', 'test'].flatMap((top) => [top, ...readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' }).map((name) => join(top, name)).filter((name) => statSync(join(ROOT, name)).isDirectory())])
  expect(named.toSorted()).toEqual(folders.filter((folder) => !folder.includes('golden')).toSorted())
})

test('no file is too long to be read in one sitting', () => {
  const long = ['browser', 'shared', 'collector', 'demo'].flatMap(filesBelow).filter((file) => read(file).split('\n').length > 250)
  expect(long).toEqual([])
})
