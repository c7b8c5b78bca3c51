import type { Command } from 'commander'
import type { Commission } from '../../shared/domain.ts'
import { toMajor } from '../../shared/engine/money.ts'
import { paidMinor } from '../../shared/engine/payout.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import { counted } from '../../shared/engine/words.ts'
import { PayoutInput } from '../../shared/wire/book.ts'
import { valid } from '../http/body.ts'
import { affiliateNamed } from '../service/affiliate-names.ts'
import { settingsFor } from '../service/deps.ts'
import type { PayoutView } from '../service/payouts.ts'
import { codeOf } from '../service/receipts.ts'
import { afterOf, CLI, commissionJson, listText, statusText } from './commission.ts'
import { group, merchantCommand, withData, type Options, type Streams } from './program.ts'

const CHANGES = [
  ['pay', 'say that an open payout was paid'],
  ['cancel', 'take an open payout back; its commissions are approved again'],
  ['undo', 'take a paid one back, because the money did not arrive'],
] as const

/** `payout make`, `pay`, `cancel`, `undo`, `show`, `list`. */
export function payoutCommands(streams: Streams): Command {
  const parent = group('payout', 'pay affiliates what is approved, net of what they owe')
  parent.addCommand(merchantCommand('make', 'bundle what an affiliate is to be paid', 'refledger payout make --affiliate ana --method PAYPAL')
    .requiredOption('--affiliate <id>', 'id, number or code')
    .option('--currency <code>', "currency (default: the merchant's)")
    .option('--method <method>', 'how it is paid')
    .option('--note <text>', 'kept with it')
    .option('--test', 'from the test book')
    .action((options: Options) => withData(options, streams, async ({ services, store }) => {
      const settings = settingsFor(store.directory(), options.merchant)
      const { test, ...input } = valid(PayoutInput, options)
      return shown(await services.payouts.make({ ...input, merchantId: settings.merchant.id, mode: test ? 'test' : 'live' }, CLI), settings)
    })))
  for (const [how, summary] of CHANGES) {
    parent.addCommand(merchantCommand(how, summary, `refledger payout ${how} 3`).argument('<id>', 'id or number').action((payout: string, options: Options) => withData(options, streams, async ({ services, store }) => {
      const settings = settingsFor(store.directory(), options.merchant)
      return shown(await services.payouts.change(how, { merchantId: settings.merchant.id, payout }, CLI), settings)
    })))
  }
  parent.addCommand(merchantCommand('show', 'a payout and what it holds', 'refledger payout show 3').argument('<id>', 'id or number').action((id: string, options: Options) => withData(options, streams, async ({ services, store }) => {
    const settings = settingsFor(store.directory(), options.merchant)
    const payout = await services.payouts.find(settings.merchant.id, id)
    const held = await Promise.all(payout.commissionIds.map(async (commission) => (await services.commissions.find(settings.merchant.id, commission)).commission))
    return {
      json: { ...payoutJson(payout, settings), commissions: held.map((commission) => commissionJson(commission, settings)) },
      text: [shown(payout, settings).text, ...held.map((commission) => heldText(commission, payout))].join('\n'),
    }
  })))
  parent.addCommand(merchantCommand('list', 'list payouts, oldest first', 'refledger payout list --affiliate ana')
    .option('--affiliate <id>', 'id, number or code')
    .option('--after <number>', 'those after this number', '0')
    .action((options: Options) => withData(options, streams, async ({ services, store }) => {
      const settings = settingsFor(store.directory(), options.merchant)
      const affiliateId = options['affiliate'] === undefined ? undefined : affiliateNamed(settings, String(options['affiliate'])).id
      const payouts = await services.payouts.list({ merchantId: settings.merchant.id, afterNumber: afterOf(options), limit: 100, affiliateId })
      return { json: payouts.map((payout) => payoutJson(payout, settings)), text: listText(payouts.map((payout) => shown(payout, settings).text), payouts.at(-1)?.number, 'no payouts yet') }
    })))
  return parent
}

/** What a commission put into the payout; one that was taken out again stands as it does now. */
function heldText({ number, id, openMinor, status, reason }: Commission & { number: number }, { currency }: PayoutView): string {
  return `  ${number}  ${id}  ${toMajor({ minor: openMinor, currency })} ${currency}  ${statusText({ status, reason })}`
}

const iso = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString())

function payoutJson({ grossMinor, nettedMinor, madeAtMs, paidAtMs, endedAtMs, ...payout }: PayoutView, settings: Settings): Record<string, unknown> {
  return { ...payout, affiliateCode: codeOf(settings, payout.affiliateId), grossMinor, nettedMinor, amountMinor: paidMinor({ grossMinor, nettedMinor }), madeAt: iso(madeAtMs), paidAt: iso(paidAtMs), endedAt: iso(endedAtMs) }
}

function shown(payout: PayoutView, settings: Settings): { json: unknown; text: string } {
  const { number, id, affiliateId, currency, grossMinor, nettedMinor, status, mode, commissionIds } = payout
  const major = (minor: number): string => toMajor({ minor, currency })
  const netted = nettedMinor === 0 ? '' : ` (${major(grossMinor)} less ${major(nettedMinor)} owed)`
  const text = [number, id, codeOf(settings, affiliateId) ?? affiliateId, `${major(paidMinor(payout))} ${currency}${netted}`, counted(commissionIds.length, 'commission'), status.toLowerCase(), ...(mode === 'test' ? ['test'] : [])].join('  ')
  return { json: payoutJson(payout, settings), text }
}
