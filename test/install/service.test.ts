import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { tempDir } from '../helpers/collector.ts'
import { freePort } from '../helpers/ports.ts'
import { snippets } from '../helpers/readme.ts'

const ROOT = join(import.meta.dirname, '../..')
const [UNIT = ''] = snippets('As a service', 'ini')
/** The place in the unit of what is built here. */
const INSTALLED = '/usr/local/bin/refledger'
const PROGRAM = join(ROOT, 'dist/refledger.cjs')

/** Settings by name, each by its section; a line that is no setting of a section throws. */
function settingsOf(unit: string): Map<string, string> {
  const settings = new Map<string, string>()
  let section = ''
  for (const line of unit.trim().split('\n').filter((text) => text !== '')) {
    const [, opened, name, value] = /^\[(\w+)\]$|^(\w+)=(.*)$/.exec(line) ?? []
    if (opened === undefined && (name === undefined || section === '')) throw new Error(`"${line}" is no line of a unit`)
    section = opened ?? section
    if (name !== undefined) settings.set(`${section}.${name}`, value ?? '')
  }
  return settings
}
const settings = settingsOf(UNIT)

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
if (!hasSystemd) console.warn('the unit of the README is not read by systemd: systemd-analyze is not installed')

test.skipIf(!hasSystemd)('systemd has nothing to say of the unit (it is read, and not run)', () => {
  const file = join(tempDir(), 'refledger.service')
  const told = (unit: string): [number | null, string] => {
    writeFileSync(file, unit)
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    return [status, stderr]
  }
  expect(told(UNIT.replace(INSTALLED, PROGRAM))).toEqual([0, ''])
  expect(told(UNIT.replace(INSTALLED, PROGRAM).replace('UMask', 'Umask'))[1]).toContain('Umask')
})

test('the unit starts as its own user, keeps its data in its own place, and comes again when it falls', () => {
  expect(Object.fromEntries(settings)).toMatchObject({
    'Service.User': 'refledger', 'Service.StateDirectory': 'refledger', 'Service.WorkingDirectory': '/var/lib/refledger', 'Service.ProtectSystem': 'strict', 'Service.NoNewPrivileges': 'yes', 'Service.Restart': 'on-failure',
    'Service.ExecStart': `${INSTALLED} serve`, 'Install.WantedBy': 'multi-user.target',
  })
  // Node compiles while it runs.
  expect(settings.has('Service.MemoryDenyWriteExecute')).toBe(false)
})

test('its command runs with its environment, writes to its place alone, and ends well when it is told to', async () => {
  const home = tempDir()
  const port = await freePort()
  const environment = Object.fromEntries((settings.get('Service.Environment') ?? '').split(' ').map((pair) => pair.split('=') as [string, string]))
  expect(Object.keys(environment).toSorted()).toEqual(['PUBLIC_URL', 'TRUST_PROXY'])
  const [program = '', ...args] = (settings.get('Service.ExecStart') ?? '').replace(INSTALLED, PROGRAM).split(' ')
  const child = spawn(process.execPath, [program, ...args], { cwd: home, env: { ...environment, PORT: String(port) }, stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for await (const chunk of child.stderr) {
    said += String(chunk)
    if (said.includes('listening on')) break
  }
  expect(said).toContain('set up once at https://track.yourshop.com/')
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect([readdirSync(home), existsSync(join(home, 'data/refledger.db'))]).toEqual([['data'], true])
}, 30_000)
