import { runCli } from '../../collector/cli.ts'
import type { Outside } from '../../collector/service/site-proof.ts'
import { SCRIPT_FILE } from './collector.ts'
import { dirname } from 'node:path'

/** What a command line said and how it ended. */
export interface Ran {
  code: number
  out: string
  err: string
}

/** The world outside of a test: nobody answers. */
const NOBODY: Outside = {
  textRecords: () => Promise.reject(new Error('nobody answers')),
  page: () => Promise.reject(new Error('nobody answers')),
}

/** What a command sees outside, where a test needs it to see something. */
export const seen: { outside: Outside } = { outside: NOBODY }

/** Runs a command line in this process, against a database of the test's. */
export async function cli(databaseUrl: string, ...args: string[]): Promise<Ran> {
  const said = { out: '', err: '' }
  const streams = {
    out: (text: string) => {
      said.out += text
    },
    err: (text: string) => {
      said.err += text
    },
    isTerminal: false,
  }
  const before = process.env['DATABASE_URL']
  process.env['DATABASE_URL'] = databaseUrl
  try {
    const code = await runCli(args, { version: '0.0.0', assetsDir: dirname(SCRIPT_FILE), streams, outside: seen.outside })
    return { code, ...said }
  } finally {
    process.exitCode = 0
    if (before === undefined) delete process.env['DATABASE_URL']
    else process.env['DATABASE_URL'] = before
  }
}

/** The same with `--json`: the one document on stdout. */
export async function cliJson<T = Record<string, unknown>>(databaseUrl: string, ...args: string[]): Promise<{ code: number; json: T }> {
  const { code, out } = await cli(databaseUrl, ...args, '--json')
  return { code, json: JSON.parse(out) as T }
}
