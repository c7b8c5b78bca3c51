import type { Command } from 'commander'
import { invalid } from '../../shared/errors.ts'
import type { Config } from '../config.ts'
import { command, configOf, type Options, type Streams } from './program.ts'

const PATIENCE_MS = 5_000

/** `health`: asks the collector that runs here whether it can work, for what watches it: an image without any other program, systemd, a balancer. */
export function healthCommand(streams: Streams): Command {
  return command('health', 'ask a running collector whether it is ready; exit 1 when it is not', 'refledger health --port 8787')
    .option('--url <url>', 'where it is asked, instead of on this machine')
    .action(async (options: Options & { url?: string }) => {
      const url = `${(options.url === undefined ? urlOf(configOf(options)) : checked(options.url)).replace(/\/+$/, '')}/readyz`
      const { ok, found } = await asked(url)
      streams.out(`${options['json'] === true ? JSON.stringify({ ok, url, found }) : `${url}: ${found}`}\n`)
      process.exitCode = ok ? 0 : 1
    })
}

/** Where it listens. One that listens everywhere is asked on this machine. */
function urlOf({ host, port, basePath }: Config): string {
  const name = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}${basePath}`
}

function checked(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') throw invalid('url', 'must be an http or https URL, without a name, query and fragment')
  return url.href
}

/** What came back in words: what it says of itself, or why nothing came. */
async function asked(url: string): Promise<{ ok: boolean; found: string }> {
  try {
    const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' })
    return { ok, found: ok ? 'ready' : `not ready (${status})` }
  } catch (error) {
    const { cause, message } = error as Error
    return { ok: false, found: `no answer (${cause instanceof Error ? cause.message : message})` }
  }
}
