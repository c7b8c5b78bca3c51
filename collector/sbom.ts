/** `npm run sbom`: a list of the parts that are inside of what is shipped, in CycloneDX's form. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundledPackages } from './bundled.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** The executable's own. */
const NODE = 'node_modules/node'

interface Component {
  'bom-ref': string
  name: string
  version: string
  type: string
  cpe?: string
  properties: { name: string; value: string }[]
}
interface Dependency {
  ref: string
  dependsOn?: string[]
}
/** As much of the form as is touched here. */
interface Bom {
  metadata: { component: { 'bom-ref': string } }
  components: Component[]
  dependencies: Dependency[]
}

/**
 * The list, as text. The tool tells what is locked, tests and builders included; what esbuild takes code from is kept,
 * and Node. It says neither when nor where it was made, so that equal parts give equal lists.
 */
export async function sbom(): Promise<string> {
  const shipped = new Set([...(await bundledPackages()).map(({ folder }) => folder), NODE])
  const { components, dependencies, ...rest } = lockedParts()
  const kept = components.filter((component) => shipped.has(folderOf(component))).map(asShipped)
  const lost = [...shipped].filter((folder) => !components.some((component) => folderOf(component) === folder))
  if (lost.length > 0) throw new Error(`package-lock.json does not know ${lost.join(', ')}`)
  return `${JSON.stringify({ ...rest, components: kept, dependencies: among(kept, dependencies, rest.metadata.component['bom-ref']) }, null, 2)}\n`
}

function lockedParts(): Bom {
  const options = ['--package-lock-only', '--flatten-components', '--output-reproducible', '--output-format', 'JSON', '--output-file', '-', '--validate']
  return JSON.parse(execFileSync(join(ROOT, 'node_modules/.bin/cyclonedx-npm'), options, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 })) as Bom
}

const folderOf = ({ properties }: Component): string => properties.find(({ name }) => name === 'cdx:npm:package:path')?.value ?? ''

/** All of them are devDependencies, because they are bundled: here they are no development any more. */
function asShipped(component: Component): Component {
  const properties = component.properties.filter(({ name }) => name !== 'cdx:npm:package:development')
  if (folderOf(component) !== NODE) return { ...component, properties }
  return { ...component, properties, type: 'platform', cpe: `cpe:2.3:a:nodejs:node.js:${component.version}:*:*:*:*:*:*:*` }
}

/** Who needs whom, of those that are kept. */
function among(kept: Component[], dependencies: Dependency[], root: string): Dependency[] {
  const refs = new Set([root, ...kept.map((component) => component['bom-ref'])])
  return dependencies.filter(({ ref }) => refs.has(ref)).map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }))
}

if (import.meta.main) {
  const file = join(ROOT, 'dist/sbom.cdx.json')
  const text = await sbom()
  writeFileSync(file, text)
  console.log(`dist/sbom.cdx.json: ${(JSON.parse(text) as Bom).components.length} parts`)
}
