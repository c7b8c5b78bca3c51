import type { Command } from 'commander'
import { AffiliateChange, AffiliateInput } from '../../shared/wire/settings.ts'
import { valid } from '../http/body.ts'
import type { AffiliateView } from '../service/affiliates.ts'
import { group, merchantCommand, withData, type Options, type Streams } from './program.ts'

/** `affiliate create`, `update`, `list`. */
export function affiliateCommands(streams: Streams): Command {
  const parent = group('affiliate', 'make, change and list affiliates')
  parent.addCommand(merchantCommand('create', 'make an affiliate, or enrol a known one in a further campaign', 'refledger affiliate create --campaign 1 --email ana@blog.example --name Ana --code ana --coupon ANA10')
    .requiredOption('--campaign <id>', 'campaign to join, by id or number')
    .requiredOption('--email <mail>', "the affiliate's address")
    .option('--name <name>', "the affiliate's name")
    .option('--code <code>', 'code in their links (default: made from the name)')
    .option('--coupon <coupon>', 'coupon that credits them in this campaign, without a click')
    .option('--status <status>', 'active, or pending until it is changed (default active)')
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const affiliate = await services.affiliates.create(valid(AffiliateInput, options), options.merchant)
      return { json: affiliate, text: affiliateText(affiliate) }
    })))
  parent.addCommand(merchantCommand('update', 'change an affiliate from now on; orders before stay as they are', 'refledger affiliate update ana --status disabled').argument('<id>', 'id, number or code')
    .option('--status <status>', 'active, pending, denied or disabled')
    .option('--reason <text>', 'why, in words for the affiliate; with --status')
    .option('--name <name>', 'their name from now on')
    .option('--email <mail>', 'the address that they log in with from now on')
    .option('--payout-email <mail>', 'address to pay to; orders from it are known as their own')
    .option('--code <code>', 'further code for their links; the old ones stay as aliases')
    .option('--enrol <campaign>', 'campaign to join, by id or number')
    .option('--leave <campaign>', 'campaign to leave')
    .action((id: string, options: Options) => withData(options, streams, async ({ services }) => {
      const affiliate = await services.affiliates.update(id, valid(AffiliateChange, options), options.merchant)
      return { json: affiliate, text: affiliateText(affiliate) }
    })))
  parent.addCommand(merchantCommand('list', 'list affiliates', 'refledger affiliate list --json').action((options: Options) => withData(options, streams, ({ services }) => {
    const affiliates = services.affiliates.list(options.merchant)
    return { json: affiliates, text: affiliates.map(affiliateText).join('\n') || 'no affiliates yet' }
  })))
  return parent
}

function affiliateText({ id, number, name, email, payoutEmail, code, link, status, coupons }: AffiliateView): string {
  return [
    number, id, `${name} <${email}>`, code, link, status.toLowerCase(),
    ...(coupons.length > 0 ? [`coupons ${coupons.join(', ')}`] : []), ...(payoutEmail === null ? [] : [`paid to ${payoutEmail}`]),
  ].join('  ')
}
