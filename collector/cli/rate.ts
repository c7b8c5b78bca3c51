import type { Command } from 'commander'
import { RateScopeInput, SpecialRateInput } from '../../shared/wire/settings.ts'
import { valid } from '../http/body.ts'
import type { SpecialRateView } from '../service/rates.ts'
import { rateText } from '../service/receipts.ts'
import { group, merchantCommand, repeated, withData, type Options, type Streams } from './program.ts'

/** Of whom and what the rate is. */
const scope = (made: Command): Command => made
  .requiredOption('--campaign <id>', 'campaign, by id or number')
  .option('--affiliate <id>', 'whose rate: id, number or code')
  .option('--sku <sku>', 'of which lines')

/** `rate set`, `remove`, `list`. */
export function rateCommands(streams: Streams): Command {
  const parent = group('rate', "special rates, above a campaign's own")
  parent.addCommand(scope(merchantCommand('set', 'give an affiliate, a SKU or both a rate of their own from now on', 'refledger rate set --campaign 1 --affiliate ana --percent 15'))
    .option('--percent <number>', 'percent of the order, such as 12.5')
    .option('--flat <amount>', 'fixed amount: an order, or of a SKU a unit; repeat for further currencies: 5.50:USD', repeated)
    .option('--currency <code>', "currency of amounts that name none (default: the merchant's)")
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const rate = await services.rates.set(valid(SpecialRateInput, options), options.merchant)
      return { json: rateJson(rate), text: specialText(rate) }
    })))
  parent.addCommand(scope(merchantCommand('remove', 'take a special rate back; orders before stay as they are', 'refledger rate remove --campaign 1 --affiliate ana')).action((options: Options) => withData(options, streams, async ({ services }) => {
    const rate = await services.rates.remove(valid(RateScopeInput, options), options.merchant)
    return { json: { ...rateJson(rate), rate: null }, text: `${specialText(rate)} is taken back` }
  })))
  parent.addCommand(merchantCommand('list', 'list the special rates in force', 'refledger rate list').action((options: Options) => withData(options, streams, ({ services }) => {
    const rates = services.rates.list(options.merchant)
    return { json: rates.map(rateJson), text: rates.map(specialText).join('\n') || 'no special rates' }
  })))
  return parent
}

const rateJson = ({ validFromMs, ...rate }: SpecialRateView) => ({ ...rate, validFrom: new Date(validFromMs).toISOString() })
const specialText = ({ campaignNumber, affiliateCode, sku, rate }: SpecialRateView): string => [`campaign ${campaignNumber}`, ...(affiliateCode === null ? [] : [affiliateCode]), ...(sku === null ? [] : [`SKU ${sku}`]), rateText(rate)].join('  ')
