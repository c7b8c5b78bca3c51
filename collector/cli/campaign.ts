import type { Command } from 'commander'
import { MODELS } from '../../shared/engine/terms.ts'
import { CampaignChange, CampaignInput } from '../../shared/wire/settings.ts'
import { valid } from '../http/body.ts'
import type { CampaignView } from '../service/campaigns.ts'
import { group, merchantCommand, repeated, withData, withNone, type Options, type Streams } from './program.ts'
import { termsText } from './terms-text.ts'

/** The terms that a campaign is made with and can be changed to. */
const terms = (made: Command): Command => made
  .option('--percent <number>', 'percent of the order, such as 12.5')
  .option('--flat <amount>', 'fixed amount an order, such as 5.00; repeat for further currencies: 5.50:USD', repeated)
  .option('--currency <code>', "currency of amounts that name none (default: the merchant's)")
  .option('--window-days <days>', 'days from click to order (default 30)')
  .option('--hold-days <days>', 'days until a commission is approved by itself, or "none" for approval by hand (default none)')
  .option('--model <model>', `who wins among clicks: ${MODELS.join(', ')} (default last_click)`)
  .option('--coupon-first', 'coupons stand above links')
  .option('--no-coupon-first', 'links stand above coupons (default)')
  .option('--pool-devices', "the customer's devices count as one under every model")
  .option('--no-pool-devices', "the order's own device comes first (default)")
  .option('--min-order <amount>', 'smallest order that earns, such as 20.00 or 20.00:EUR; repeatable, or "none"', repeated)
  .option('--cap-order <amount>', 'most that one order pays; repeatable, or "none"', repeated)
  .option('--cap-month <amount>', 'most that an affiliate gets in a month; repeatable, or "none"', repeated)
  .option('--tier <volume=rate>', 'rate from a volume on, such as 1000.00=12.5 or 1000.00=5.00:EUR; repeatable, or "none"', repeated)
  .option('--tier-period <period>', 'what the volume is of: month or life (default month)')
  .option('--bounty <kind=amount>', 'what a lead, trial or custom event pays, such as lead=5.00; repeatable, or "none"', repeated)
  .option('--recurring <how-long>', 'which payments of a subscription pay: first, life, or a number of months (default first)')
  .option('--adopt-until <day>', "until when another system's cookies count, or \"none\" for 90 days after the campaign was made")

const CLEARED = ['holdDays', 'minOrder', 'capOrder', 'capMonth', 'tier', 'bounty', 'adoptUntil']

/** `campaign create`, `update`, `list`. What is not said stays; a list that is given replaces the one before. */
export function campaignCommands(streams: Streams): Command {
  const parent = group('campaign', 'make, change and list campaigns')
  parent.addCommand(terms(merchantCommand('create', 'make a campaign', 'refledger campaign create --name Launch --landing-url https://shop.example/ --percent 12.5'))
    .requiredOption('--name <name>', 'name that affiliates see')
    .requiredOption('--landing-url <url>', 'page that links lead to, on a site of the merchant')
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const campaign = await services.campaigns.create(valid(CampaignInput, withNone(options, ...CLEARED)), options.merchant)
      return { json: campaignJson(campaign), text: campaignText(campaign) }
    })))
  parent.addCommand(terms(merchantCommand('update', 'change a campaign from now on; orders before stay as they are', 'refledger campaign update 1 --tier 1000.00=12.5 --tier 5000.00=15 --cap-month 500.00').argument('<id>', 'id or number'))
    .option('--name <name>', 'name that affiliates see')
    .option('--landing-url <url>', 'page that links lead to, on a site of the merchant')
    .option('--archive', 'end it: links no longer count')
    .option('--reopen', 'take it out of the archive')
    .action((id: string, options: Options) => withData(options, streams, async ({ services }) => {
      const archived = options['archive'] === true ? true : options['reopen'] === true ? false : undefined
      const campaign = await services.campaigns.update(id, valid(CampaignChange, { ...withNone(options, ...CLEARED), archived }), options.merchant)
      return { json: campaignJson(campaign), text: campaignText(campaign) }
    })))
  parent.addCommand(merchantCommand('list', 'list campaigns', 'refledger campaign list --json').action((options: Options) => withData(options, streams, ({ services }) => {
    const campaigns = services.campaigns.list(options.merchant)
    return { json: campaigns.map(campaignJson), text: campaigns.map(campaignText).join('\n') || 'no campaigns yet' }
  })))
  return parent
}

const campaignJson = ({ createdAtMs, adoptUntilMs, ...campaign }: CampaignView) => ({ ...campaign, adoptUntil: adoptUntilMs === null ? null : new Date(adoptUntilMs).toISOString(), createdAt: new Date(createdAtMs).toISOString() })
const campaignText = (campaign: CampaignView): string => `${campaign.number}  ${campaign.id}  ${campaign.name}  ${termsText(campaign)}`
