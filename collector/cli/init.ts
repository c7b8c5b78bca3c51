import type { Command } from 'commander'
import { InitInput } from '../../shared/wire/settings.ts'
import { valid } from '../http/body.ts'
import { command, withNewData, type Options, type Streams } from './program.ts'

/** `init`: makes a merchant with everything that is needed to start. */
export function initCommand(streams: Streams): Command {
  return command('init', 'make a merchant, its site, a first campaign and its keys', 'refledger init --merchant "Corner Shop" --site shop.example --email owner@shop.example')
    .requiredOption('--merchant <name>', 'name of the shop')
    .requiredOption('--site <host>', 'host of the shop; its subdomains are included')
    .requiredOption('--email <mail>', 'the owner')
    .option('--currency <code>', 'currency of the shop', 'EUR')
    .option('--timezone <zone>', 'time zone of the shop', 'UTC')
    .action(async (options: Options) => {
      // Before a database is made for it.
      const input = valid(InitInput, options)
      await withNewData(options, streams, async ({ services }) => {
        const { merchantId, campaignId, keys, setupUrl } = await services.setup.initWithLink(input)
        return {
          json: { merchantId, campaignId, keys, setupUrl },
          text: [
            `merchant     ${merchantId}`, `campaign     ${campaignId} (10 %, 30 days)`, '', 'Keys, shown this once:',
            `refcampaign  ${keys.refcampaign}`, `refgrow      ${keys.refgrow}`, `refersion    ${keys.refersion.public}  ${keys.refersion.secret}`,
            '', `What to paste into the shop: ${setupUrl}`,
          ].join('\n'),
        }
      })
    })
}
