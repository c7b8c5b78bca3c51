import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { spreadOf } from './spread.ts'

/** How often it is started, after once to make its data. */
const STARTS = 15
/** How long it is left alone before its memory is read. */
const IDLE_MS = 2_000

interface Start {
  /** From the call to the line that says that it listens. */
  listeningMs: number
  /** In memory, and of that what is not the executable's own file. */
  residentBytes: number
  anonymousBytes: number
}

/** The executable's size, start and memory, as lines for people; says how it is made where it is not there. */
export async function describeExecutable(directory: string, progress: (text: string) => void): Promise<string> {
  const file = join(import.meta.dirname, '../../dist/refledger')
  if (!existsSync(file)) return 'executable: not measured, because it is not there; "npm run build:binary" makes it'
  progress('packing the executable')
  const packed = packedText(file)
  const home = mkdtempSync(join(directory, 'home-'))
  try {
    await started(file, home, 0)
    const starts: number[] = []
    for (let n = 0; n < STARTS; n++) {
      progress(`start ${n + 1} of ${STARTS}`)
      starts.push((await started(file, home, 0)).listeningMs)
    }
    const { median, low, high } = spreadOf(starts)
    const { residentBytes, anonymousBytes } = await started(file, home, IDLE_MS)
    return [
      `executable: ${megabytes(statSync(file).size)}, ${packed}`,
      `start to listening: ${median.toFixed(0)} ms, half of ${STARTS} starts ${low.toFixed(0)} to ${high.toFixed(0)}`,
      `idle memory: ${megabytes(residentBytes)} resident, ${megabytes(anonymousBytes)} of it not read from files`,
    ].join('\n')
  } finally {
    rmSync(home, { recursive: true })
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`

/** What a download weighs. */
function packedText(file: string): string {
  if (spawnSync('xz', ['--version']).error !== undefined) return 'xz is not installed'
  const { stdout } = spawnSync('sh', ['-c', 'xz --threads=0 --stdout "$1" | wc -c', 'sh', file], { encoding: 'utf8' })
  return `${megabytes(Number(stdout))} as xz`
}

/** One start on its own data, with no environment, and its end. */
async function started(file: string, home: string, idleMs: number): Promise<Start> {
  const beganMs = performance.now()
  const child = spawn(file, ['serve', '--port', '0', '--log-level', 'silent'], { cwd: home, env: {}, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    let said = ''
    for await (const chunk of child.stderr) {
      said += String(chunk)
      if (said.includes('listening on')) break
    }
    const listeningMs = performance.now() - beganMs
    if (!said.includes('listening on')) throw new Error(`the executable did not start: ${said}`)
    await pause(idleMs)
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    const bytesOf = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
    return { listeningMs, residentBytes: bytesOf('VmRSS'), anonymousBytes: bytesOf('RssAnon') }
  } finally {
    if (child.exitCode === null) {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    }
  }
}
