import type { Command } from 'commander'
import { z } from 'zod'
import { invalid } from '../../shared/errors.ts'
import { toMajor } from '../../shared/engine/money.ts'
import { counted } from '../../shared/engine/words.ts'
import { Since, TriggerInput } from '../../shared/wire/settings.ts'
import { valid } from '../http/body.ts'
import type { Services } from '../service/services.ts'
import type { TriggerView } from '../service/triggers.ts'
import { CLI } from './commission.ts'
import { group, merchantCommand, withData, type Options, type Output, type Streams } from './program.ts'

/** `trigger assign`, `end`, `list`. */
export function triggerCommands(streams: Streams): Command {
  const parent = group('trigger', 'credit affiliates by coupon, SKU or e-mail, without a click')
  parent.addCommand(merchantCommand('assign', 'credit an affiliate from now on', 'refledger trigger assign --coupon BEN10 --affiliate ben')
    .option('--coupon <coupon>', 'coupon of an order')
    .option('--sku <sku>', "SKU whose lines are the affiliate's, whoever wins the rest")
    .option('--email <mail>', 'address of a customer')
    .requiredOption('--affiliate <id>', 'id, number or code')
    .option('--campaign <id>', "campaign that pays (default: the affiliate's oldest)")
    .option('--since <time>', 'as of an earlier time: settles orders since then that nobody won')
    .option('--dry-run', 'with --since: says what would be settled, and writes nothing')
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      if (options['since'] !== undefined || options['dryRun'] === true) return retroactive(services, options)
      const trigger = await services.triggers.assign(valid(TriggerInput, options), options.merchant)
      return { json: triggerJson(trigger), text: triggerText(trigger) }
    })))
  parent.addCommand(merchantCommand('end', 'end a trigger; orders before stay as they are', 'refledger trigger end 3').argument('<id>', 'id or number').action((id: string, options: Options) => withData(options, streams, async ({ services }) => {
    const trigger = await services.triggers.end(id, options.merchant)
    return { json: triggerJson(trigger), text: triggerText(trigger) }
  })))
  parent.addCommand(merchantCommand('list', 'list the triggers in force', 'refledger trigger list --all').option('--all', 'those that have ended, too').action((options: Options) => withData(options, streams, ({ services }) => {
    const triggers = services.triggers.list({ all: options['all'] === true }, options.merchant)
    return { json: triggers.map(triggerJson), text: triggers.map(triggerText).join('\n') || 'no triggers in force' }
  })))
  return parent
}

async function retroactive(services: Services, options: Options): Promise<Output> {
  if (options['since'] === undefined) throw invalid('since', 'is needed for a dry run')
  const since = valid(z.object({ since: Since }), { since: options['since'] }).since
  const { trigger: { id, kind, value }, settled, dryRun } = await services.triggers.assignSince(valid(TriggerInput, options), { sinceMs: Date.parse(since), dryRun: options['dryRun'] === true, acting: CLI }, options.merchant)
  return {
    json: { id: dryRun ? null : id, kind, value, since, dryRun, settled: settled.map(({ minor, remainsMinor: _remains, ...order }) => ({ ...order, amountMinor: minor })) },
    text: [
      `${kind} ${value} ${dryRun ? 'would be' : 'is'} assigned since ${since}; ${counted(settled.length, 'order')} ${dryRun ? 'would be' : settled.length === 1 ? 'was' : 'were'} settled by it`,
      ...settled.map(({ conversionId, externalId, minor, remainsMinor, currency }) => `  ${externalId ?? conversionId}  ${toMajor({ minor, currency })} ${currency}${remainsMinor === minor ? '' : `, of which ${toMajor({ minor: remainsMinor, currency })} ${currency} ${dryRun ? 'would remain' : 'remain'} after refunds`}`),
    ].join('\n'),
  }
}

const iso = (atMs: number): string => new Date(atMs).toISOString()

const triggerJson = ({ id, number, kind, value, affiliateId, affiliateCode, campaignId, validFromMs, recordedAtMs, endedAtMs }: TriggerView) => ({
  id, number, kind, value, affiliateId, affiliateCode, campaignId, validFrom: iso(validFromMs), recordedAt: iso(recordedAtMs), endedAt: endedAtMs === null ? null : iso(endedAtMs),
})
const triggerText = ({ id, number, kind, value, affiliateCode, campaignId, validFromMs, endedAtMs }: TriggerView): string =>
  [number, id, kind, value, affiliateCode, ...(campaignId === null ? [] : [campaignId]), `from ${iso(validFromMs)}${endedAtMs === null ? '' : ` to ${iso(endedAtMs)}`}`].join('  ')
