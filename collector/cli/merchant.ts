import type { Command } from 'commander'
import { MODELS } from '../../shared/engine/terms.ts'
import { MerchantChange } from '../../shared/wire/settings.ts'
import { valid } from '../http/body.ts'
import type { MerchantView } from '../service/merchants.ts'
import { group, merchantCommand, withData, type Options, type Streams } from './program.ts'
import { rulesText } from './terms-text.ts'

/** `merchant show`, `update`. */
export function merchantCommands(streams: Streams): Command {
  const parent = group('merchant', "show and change what holds for all of a merchant's campaigns")
  parent.addCommand(merchantCommand('show', 'show the merchant', 'refledger merchant show --json').action((options: Options) => withData(options, streams, ({ services }) => {
    const merchant = services.merchants.show(options.merchant)
    return { json: merchant, text: merchantText(merchant) }
  })))
  parent.addCommand(merchantCommand('update', 'change how winners are found where several campaigns are involved, and the time zone, from now on', 'refledger merchant update --timezone Europe/Berlin --coupon-first')
    .option('--timezone <zone>', 'in which calendar months are counted, such as Europe/Berlin')
    .option('--model <model>', `who wins among clicks: ${MODELS.join(', ')}`)
    .option('--coupon-first', 'coupons stand above links')
    .option('--no-coupon-first', 'links stand above coupons')
    .option('--pool-devices', "the customer's devices count as one under every model")
    .option('--no-pool-devices', "the order's own device comes first")
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const merchant = await services.merchants.update(valid(MerchantChange, options), options.merchant)
      return { json: merchant, text: merchantText(merchant) }
    })))
  return parent
}

const merchantText = (merchant: MerchantView): string => [merchant.id, merchant.name, merchant.currency, merchant.timezone, merchant.sites.join(', '), rulesText(merchant).join(', ') || 'last click wins, links before coupons'].join('  ')
