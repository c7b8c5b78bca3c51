import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'

/** A program that runs until it is stopped. */
export interface Running {
  stop: () => Promise<void>
}

/** Runs a program to its end; throws what it said when it failed. */
export function runProgram([program = '', ...args]: string[], { env }: { env: Record<string, string> }): void {
  const { status, stdout, stderr } = spawnSync(program, args, { env: { ...process.env, ...env }, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`)
}

/** Starts a program and waits until it listens on a port; throws what it said when it does not within 30 s. */
export async function started([program = '', ...args]: string[], { env, port }: { env: Record<string, string>; port: number }): Promise<Running> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()))
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
  }
  const deadlineMs = Date.now() + 30_000
  while (!await listens(port)) {
    if (child.exitCode !== null || Date.now() > deadlineMs) {
      await stop()
      throw new Error(`${program} ${args.join(' ')} does not listen on ${port}\n${said}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { stop }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
