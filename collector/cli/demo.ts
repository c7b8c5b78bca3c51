import { Command, InvalidArgumentError, Option } from 'commander'
import type { Demo } from '../../demo/demo.ts'
import { stopAsked, withPortHint, type Streams } from './program.ts'

/** `demo`: a shop to look around in, with a month of history and a database that is gone when it closes. */
export function demoCommand(streams: Streams, assetsDir: string): Command {
  const summary = 'open a made-up shop with a month of history; keeps nothing'
  return new Command('demo').summary(summary).description(summary).addHelpText('after', '\nExample:\n  refledger demo --port 9000 --shop-port 9001')
    .addOption(new Option('--port <port>', 'where its collector listens').env('PORT').default(8787).argParser(portOf))
    .addOption(new Option('--shop-port <port>', 'where the shop listens').env('SHOP_PORT').default(8788).argParser(portOf))
    .option('--json', 'print one JSON document on stdout, once the shop is open')
    .action(async ({ port, shopPort, json }: { port: number; shopPort: number; json?: true }) => {
      const asked = new AbortController()
      const stopped = stopAsked().then(() => asked.abort())
      // Only this command needs any of it.
      const { openDemo } = await import('../../demo/demo.ts')
      const demo = await openDemo({ port, shopPort, assetsDir, signal: asked.signal }).catch((error: unknown) => {
        if (asked.signal.aborted) return undefined
        throw withPortHint(error, '--port and --shop-port choose other ports')
      })
      if (demo === undefined) return
      streams.out(json === true ? `${JSON.stringify(jsonOf(demo))}\n` : welcome(demo))
      await stopped
      await demo.close()
    })
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw new InvalidArgumentError('It must be a port number.')
  return port
}

const jsonOf = ({ shopUrl, collectorUrl, apiKey, links, history, directory }: Demo): object => ({ shopUrl, collectorUrl, apiKey, links, ...history, directory })

const welcome = ({ shopUrl, collectorUrl, apiKey, links, history, directory }: Demo): string => `
  Kaffee Nord is open: ${shopUrl}

  Come in through an affiliate's link, buy something, and read below your order who earned what:
${links.map(({ name, link }) => `    ${link.padEnd(36)} ${name}`).join('\n')}
    ${`${shopUrl}/?ref=marta`.padEnd(36)} straight to the shop

  Collector  ${collectorUrl}
  API key    ${apiKey}
  History    ${history.arrivals} arrivals and ${history.orders} orders in 30 days
  Database   ${directory} (new at each start, removed at the end)

  Why an order went to whom:
    curl -H 'Authorization: Bearer ${apiKey}' ${collectorUrl}/api/v1/conversions/${history.conversionId ?? 'ID'}/receipt

  Ctrl+C closes the shop.

`
