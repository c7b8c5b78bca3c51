import { dirname, join } from 'node:path'
import { runCli } from './cli.ts'
import { isBuilt, VERSION } from './version.ts'

// What this program writes is for its owner alone: databases, exports, refused rows.
process.umask(0o077)

const streams = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  // Node looks at NO_COLOR, FORCE_COLOR and what the terminal can do.
  hasColor: process.stderr.isTTY && process.stderr.hasColors(),
  outHasColor: process.stdout.isTTY && process.stdout.hasColors(),
}
const program = dirname(process.argv[1] ?? '.')
// A reader that has seen enough closes the pipe: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  streams.err(`error: what it has to say cannot be written: ${error.message}\n`)
  process.exit(1)
})
// Node would print the whole line of the bundle that it happened in, whatever stands there.
process.on('uncaughtException', (error: unknown) => {
  streams.err(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exit(1)
})
void run()

async function run(): Promise<void> {
  try {
    process.exitCode = await runCli(process.argv.slice(2), { version: VERSION, assetsDir: isBuilt ? __dirname : join(program, '../dist'), streams })
  } catch (error) {
    streams.err(`error: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
