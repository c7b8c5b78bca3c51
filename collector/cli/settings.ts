import type { Command } from 'commander'
import { invalid } from '../../shared/errors.ts'
import { AffiliateInput, CampaignChange, CampaignInput, InitInput } from '../../shared/wire/settings.ts'
import { valid } from '../http/body.ts'
import { rateText } from '../service/receipts.ts'
import type { CampaignView } from '../service/campaigns.ts'
import type { AffiliateView } from '../service/affiliates.ts'
import { DIALECTS, SCOPES, type Dialect, type Scope } from '../store/store.ts'
import { command, group, merchantCommand, withData, type Streams } from './program.ts'

type Options = Record<string, unknown> & { merchant?: number }

/** `init`: makes a merchant with everything that is needed to start. */
export function initCommand(streams: Streams): Command {
  return command('init', 'make a merchant, its site, a first campaign and its keys', 'refledger init --merchant "Corner Shop" --site shop.example --email owner@shop.example')
    .requiredOption('--merchant <name>', 'name of the shop')
    .requiredOption('--site <host>', 'host of the shop; its subdomains are included')
    .requiredOption('--email <mail>', 'the owner')
    .option('--currency <code>', 'currency of the shop', 'EUR')
    .option('--timezone <zone>', 'time zone of the shop', 'UTC')
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const { merchantId, campaignId, keys, setupUrl } = await services.setup.initWithLink(valid(InitInput, options))
      return {
        json: { merchantId, campaignId, keys, setupUrl },
        text: [
          `merchant     ${merchantId}`, `campaign     ${campaignId} (10 %, 30 days)`, '', 'Keys, shown this once:',
          `refcampaign  ${keys.refcampaign}`, `refgrow      ${keys.refgrow}`, `refersion    ${keys.refersion.public}  ${keys.refersion.secret}`,
          '', `What to paste into the shop: ${setupUrl}`,
        ].join('\n'),
      }
    }))
}

/** The terms that a campaign is made with and can be changed to. */
const terms = (made: Command): Command => made
  .option('--percent <number>', 'percent of the order, such as 12.5')
  .option('--flat <amount>', 'fixed amount an order, such as 5.00')
  .option('--currency <code>', "currency of the fixed amount (default: the merchant's)")
  .option('--window-days <days>', 'days from click to order (default 30)')
  .option('--model <model>', 'attribution model: last_click')
  .option('--hold-days <days>', 'days until a commission is approved by itself, or "none" for approval by hand (default none)')

export function campaignCommands(streams: Streams): Command {
  const parent = group('campaign', 'make, change and list campaigns')
  parent.addCommand(terms(merchantCommand('create', 'make a campaign', 'refledger campaign create --name Launch --landing-url https://shop.example/ --percent 12.5'))
    .requiredOption('--name <name>', 'name that affiliates see')
    .requiredOption('--landing-url <url>', 'page that links lead to, on a site of the merchant')
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const campaign = await services.campaigns.create(valid(CampaignInput, withHold(options)), options.merchant)
      return { json: campaignJson(campaign), text: campaignText(campaign) }
    })))
  parent.addCommand(terms(merchantCommand('update', 'change a campaign from now on; orders before stay as they are', 'refledger campaign update 1 --percent 15').argument('<id>', 'id or number'))
    .option('--name <name>', 'name that affiliates see')
    .option('--landing-url <url>', 'page that links lead to, on a site of the merchant')
    .option('--archive', 'end it: links no longer count')
    .option('--reopen', 'take it out of the archive')
    .action((id: string, options: Options) => withData(options, streams, async ({ services }) => {
      const archived = options['archive'] === true ? true : options['reopen'] === true ? false : undefined
      const campaign = await services.campaigns.update(id, valid(CampaignChange, { ...withHold(options), archived }), options.merchant)
      return { json: campaignJson(campaign), text: campaignText(campaign) }
    })))
  parent.addCommand(merchantCommand('list', 'list campaigns', 'refledger campaign list --json').action((options: Options) => withData(options, streams, ({ services }) => {
    const campaigns = services.campaigns.list(options.merchant)
    return { json: campaigns.map(campaignJson), text: campaigns.map(campaignText).join('\n') || 'no campaigns yet' }
  })))
  return parent
}

export function affiliateCommands(streams: Streams): Command {
  const parent = group('affiliate', 'make and list affiliates')
  parent.addCommand(merchantCommand('create', 'make an affiliate, or enrol a known one in a further campaign', 'refledger affiliate create --campaign 1 --email ana@blog.example --name Ana --code ana')
    .requiredOption('--campaign <id>', 'campaign to join, by id or number')
    .requiredOption('--email <mail>', "the affiliate's address")
    .option('--name <name>', "the affiliate's name")
    .option('--code <code>', 'code in their links (default: made from the name)')
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const affiliate = await services.affiliates.create(valid(AffiliateInput, options), options.merchant)
      return { json: affiliate, text: affiliateText(affiliate) }
    })))
  parent.addCommand(merchantCommand('list', 'list affiliates', 'refledger affiliate list --json').action((options: Options) => withData(options, streams, ({ services }) => {
    const affiliates = services.affiliates.list(options.merchant)
    return { json: affiliates, text: affiliates.map(affiliateText).join('\n') || 'no affiliates yet' }
  })))
  return parent
}

export function keyCommands(streams: Streams): Command {
  const parent = group('key', 'make, list and revoke API keys')
  parent.addCommand(merchantCommand('create', 'make a key; it is shown this once', 'refledger key create --dialect refcampaign --test')
    .requiredOption('--dialect <dialect>', DIALECTS.join(', '))
    .option('--test', 'a key whose orders are tests')
    .option('--scope <scope...>', `what it may do: ${SCOPES.join(', ')} (default: all)`)
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const key = await services.keys.create({ dialect: oneOf(DIALECTS, options['dialect'], 'dialect'), mode: options['test'] === true ? 'test' : 'live', scopes: scopesOf(options['scope']) }, options.merchant)
      return { json: key, text: 'token' in key ? `${key.id}\n${key.token}` : `${key.id}\n${key.public}\n${key.secret}` }
    })))
  parent.addCommand(merchantCommand('list', 'list the keys in use', 'refledger key list').action((options: Options) => withData(options, streams, ({ services }) => {
    const keys = services.keys.list(options.merchant).map(({ createdAtMs, ...key }) => ({ ...key, createdAt: new Date(createdAtMs).toISOString() }))
    return { json: keys, text: keys.map(({ id, dialect, mode, scopes, createdAt }) => [id, dialect, mode, scopes.join(','), createdAt].join('  ')).join('\n') || 'no keys in use' }
  })))
  parent.addCommand(merchantCommand('revoke', 'end a key at once, for good', 'refledger key revoke key_01K...').argument('<id>').action((id: string, options: Options) => withData(options, streams, async ({ services }) => {
    const { revokedAtMs } = await services.keys.revoke(id, options.merchant)
    return { json: { id, revokedAt: new Date(revokedAtMs).toISOString() }, text: `${id} is revoked` }
  })))
  return parent
}

const withHold = (options: Options): Options => (options['holdDays'] === 'none' ? { ...options, holdDays: null } : options)
const scopesOf = (given: unknown): Scope[] => (Array.isArray(given) ? given.map((scope) => oneOf(SCOPES, scope, 'scope')) : [])

function oneOf<T extends Dialect | Scope>(known: readonly T[], given: unknown, field: string): T {
  const found = known.find((one) => one === given)
  if (found === undefined) throw invalid(field, `must be one of: ${known.join(', ')}`)
  return found
}

const campaignJson = ({ createdAtMs, ...campaign }: CampaignView) => ({ ...campaign, createdAt: new Date(createdAtMs).toISOString() })
const campaignText = ({ id, number, name, rate, windowDays, status, holdDays }: CampaignView): string => `${number}  ${id}  ${name}  ${rateText(rate)}, ${windowDays} days, ${holdDays === null ? 'approved by hand' : `approved after ${holdDays} days`}, ${status.toLowerCase()}`
const affiliateText = ({ id, number, name, email, code, link, status }: AffiliateView): string => `${number}  ${id}  ${name} <${email}>  ${code}  ${link}  ${status.toLowerCase()}`
