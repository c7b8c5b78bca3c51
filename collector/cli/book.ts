import type { Command } from 'commander'
import { counted } from '../../shared/engine/words.ts'
import { affiliateNamed } from '../service/affiliate-names.ts'
import { settingsFor } from '../service/deps.ts'
import { toReceipt } from '../service/receipts.ts'
import { verify } from '../service/verify.ts'
import { conversionText } from './conversion-text.ts'
import { progress, watched } from './progress.ts'
import { command, group, merchantCommand, withData, type Options, type Streams } from './program.ts'

/** `conversion show`: the merchant's whole view, or what one affiliate may see. */
export function conversionCommands(streams: Streams): Command {
  const parent = group('conversion', 'record orders by hand, and look at what they earned')
  parent.addCommand(merchantCommand('show', 'a conversion, what it earned and why', 'refledger conversion show 42')
    .argument('<id>', 'its id, its number, or the order id that the shop gave it')
    .option('--affiliate <id>', 'only what this affiliate may see: id, number or code')
    .option('--test', 'the test order of this id')
    .action((id: string, options: Options & { affiliate?: string }) => withData(options, streams, async ({ services, store }) => {
      const settings = settingsFor(store.directory(), options.merchant)
      const reader = options.affiliate === undefined ? 'merchant' : { affiliateId: affiliateNamed(settings, options.affiliate).id }
      const shown = toReceipt(await services.conversions.find(settings.merchant.id, id, options['test'] === true ? 'test' : undefined), settings, reader)
      const { engine, touches, moreTouches, usage, text, ...conversion } = shown
      return { json: { ...conversion, receipt: { engine, touches, moreTouches, usage, text } }, text: conversionText(shown) }
    })))
  return parent
}

/** `verify`: the whole book, checked against what it was decided on; exit 1 when anything differs. */
export function verifyCommand(streams: Streams): Command {
  return command('verify', 're-derive every decision and every balance, and name what differs', 'refledger verify --json').action((options: Options) => withData(options, streams, async ({ store }) => {
    const { ok, conversions, entries, problems } = await watched(progress(streams, 'conversions checked'), ({ at }) => verify({ store }, at))
    const summary = `${counted(conversions, 'conversion')}, ${counted(entries, 'ledger entry', 'ledger entries')}: ${ok ? 'all as it must be' : counted(problems.length, 'problem')}`
    return { json: { ok, conversions, entries, problems }, text: [summary, ...problems.map(({ what, look }) => `  ${what}\n    ${look}`)].join('\n'), exitCode: ok ? 0 : 1 }
  }))
}
