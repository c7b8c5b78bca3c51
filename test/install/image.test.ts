import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { expect, test } from 'vitest'
import { tempDir } from '../helpers/collector.ts'
import { snippets } from '../helpers/readme.ts'
import { DOCKERFILE, readImage } from './image.ts'

const ROOT = join(import.meta.dirname, '../..')
const image = readImage()
/** What is built beside the program. */
const listed = (at: string): string[] => readdirSync(join(at, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) => /^(demo|docs|prebuilds|client)\//.test(name)).toSorted()

// How the image runs is tried beside the executable (test/binary): neither Docker nor its base images are needed for that.

test('the Dockerfile is well formed', () => {
  expect(validate(DOCKERFILE).map(({ message }) => message)).toEqual([])
  expect(validate(DOCKERFILE.replace('ENTRYPOINT', 'ENTRYPINT'))).not.toEqual([])
})

test('what it copies is there, and is enough to build from', () => {
  expect(image.sources.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  const folder = tempDir()
  for (const path of image.sources) cpSync(join(ROOT, path), join(folder, path), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const { status, stderr } = spawnSync('npm', ['run', 'build'], { cwd: folder, encoding: 'utf8' })
  expect([status, stderr.replaceAll(/^npm warn .*\n/gm, '')]).toEqual([0, ''])
  expect(listed(folder)).toEqual(listed(ROOT))
  expect(spawnSync(process.execPath, [join(folder, 'dist/refledger.cjs'), '--version'], { encoding: 'utf8' }).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
}, 60_000)

test('it runs as nobody in particular, keeps its data in one place, and asks itself how it is', () => {
  expect(image).toMatchObject({ user: '65532:65532', env: { HOST: '0.0.0.0' }, command: ['/usr/local/bin/refledger', 'serve'], health: ['/usr/local/bin/refledger', 'health'] })
  expect(image.files['/data/']?.owner).toBe(image.user)
  expect(image.env['DATABASE_URL']).toMatch(/^sqlite:\/data\//)
})

test('the README builds this file, and names the port and the place that it uses', () => {
  const [section = ''] = snippets('As a container', 'sh')
  // Docker is not here to refuse what is misspelt: the words are those that were looked up.
  expect(section.trim().split('\n')).toEqual([
    'docker build --file collector/Dockerfile --tag refledger .',
    'docker run --detach --name refledger --publish 127.0.0.1:8787:8787 --volume refledger:/data --env PUBLIC_URL=https://track.yourshop.com --env TRUST_PROXY=1 --read-only --cap-drop ALL refledger',
    'docker logs refledger',
    'docker exec refledger refledger verify',
  ])
})
