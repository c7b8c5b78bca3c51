import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { beforeAll, expect, test, vi } from 'vitest'
import { bundledPackages } from '../../collector/bundled.ts'
import { sbom } from '../../collector/sbom.ts'

const ROOT = join(import.meta.dirname, '../..')

interface Component {
  name: string
  group?: string
  version: string
  type: string
  licenses?: object[]
  'bom-ref': string
}

// It runs npm, and makes a validator of a large schema.
vi.setConfig({ testTimeout: 30_000 })
let text: string
let parts: Component[]
beforeAll(async () => {
  text = await sbom()
  parts = (JSON.parse(text) as { components: Component[] }).components
}, 60_000)
const nameOf = ({ group, name, version }: Component): string => `${group === undefined ? '' : `${group}/`}${name} ${version}`

test('it is a valid list of CycloneDX', async () => {
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull()
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text.replace('"library"', '"book"'))).not.toBeNull()
})

test('it names each package that is bundled and Node, with its licence, and none that only builds or tests', async () => {
  const bundled = (await bundledPackages()).map(({ name, version }) => `${name} ${version}`)
  const node = `node ${(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { devDependencies: { node: string } }).devDependencies.node}`
  expect(parts.map(nameOf).toSorted()).toEqual([...bundled, node].toSorted())
  expect(bundled).toEqual(expect.arrayContaining([expect.stringMatching(/^koa 3/), expect.stringMatching(/^better-sqlite3 /), expect.stringMatching(/^js-cookie /), expect.stringMatching(/^@noble\/hashes /)]))
  expect(parts.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([])
  expect(text).not.toContain('cdx:npm:package:development')
})

test('what it says of who needs whom leads nowhere else', () => {
  const { metadata, dependencies } = JSON.parse(text) as { metadata: { component: Component }; dependencies: { ref: string; dependsOn: string[] }[] }
  const known = [metadata.component, ...parts].map((part) => part['bom-ref'])
  expect(dependencies.map(({ ref }) => ref).toSorted()).toEqual(known.toSorted())
  expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.includes(ref))).toEqual([])
})

test('it is the same wherever and whenever it is made', async () => {
  expect(await sbom()).toBe(text)
  expect([ROOT, 'file:', tmpdir(), 'timestamp', 'serialNumber'].filter((word) => text.includes(word))).toEqual([])
})
