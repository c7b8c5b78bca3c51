import type { Command } from 'commander'
import { join } from 'node:path'
import { openCollector } from '../serve.ts'
import { command, configOf, type Streams } from './program.ts'

/** `serve`: the collector, until it is told to stop. */
export function serveCommand(streams: Streams, assetsDir: string): Command {
  return command('serve', 'run the collector', 'refledger serve --port 8787 --public-url https://track.shop.example').action(async (options: Record<string, unknown>) => {
    const collector = await openCollector({ config: configOf(options), scriptFile: join(assetsDir, 'r.js') })
    const setupUrl = await collector.services.setup.firstLink()
    if (setupUrl !== undefined) streams.err(`no merchant yet: set up once at ${setupUrl}\n`)
    streams.err(`listening on ${collector.url}\n`)
    await new Promise<void>((stopped) => {
      const stop = (): void => {
        for (const signal of SIGNALS) process.off(signal, stop)
        void collector.close().then(stopped)
      }
      for (const signal of SIGNALS) process.on(signal, stop)
    })
  })
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
