import type { Command } from 'commander'
import { join } from 'node:path'
import { noteAddress } from '../address.ts'
import { openCollector } from '../serve.ts'
import { command, configOf, stopAsked, withPortHint, type Streams } from './program.ts'

/** `serve`: the collector, until it is told to stop. */
export function serveCommand(streams: Streams, assetsDir: string): Command {
  return command('serve', 'run the collector', 'refledger serve --port 8787 --public-url https://track.shop.example').action(async (options: Record<string, unknown>) => {
    const config = configOf(options)
    const collector = await openCollector({ config, scriptFile: join(assetsDir, 'r.js') }).catch((error: unknown) => {
      throw withPortHint(error, '--port or PORT chooses another one')
    })
    const setupUrl = await collector.services.setup.firstLink()
    if (setupUrl !== undefined) streams.err(`no merchant yet: set up once at ${setupUrl}\n`)
    noteAddress(config.dataDir, collector.url)
    streams.err(`listening on ${collector.url}\n`)
    await stopAsked()
    await collector.close()
  })
}
