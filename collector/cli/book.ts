import type { Command } from 'commander'
import { toMajor } from '../../shared/engine/money.ts'
import { conversionStatus } from '../../shared/engine/lifecycle.ts'
import { explain } from '../../shared/engine/explain.ts'
import { settingsFor } from '../service/deps.ts'
import { namesIn, toReceipt } from '../service/receipts.ts'
import { verify } from '../service/verify.ts'
import { command, group, merchantCommand, withData, type Streams } from './program.ts'

type Options = Record<string, unknown> & { merchant?: number }

export function conversionCommands(streams: Streams): Command {
  const parent = group('conversion', 'look at conversions')
  parent.addCommand(merchantCommand('show', 'a conversion, what it earned and why', 'refledger conversion show 42').argument('<id>', 'its id, its number, or the order id that the shop gave it').action((id: string, options: Options) => withData(options, streams, async ({ services, store }) => {
    const settings = settingsFor(store.directory(), options.merchant)
    const record = await services.conversions.find(settings.merchant.id, id)
    const { order, commissions } = record
    const { engine, touches, moreTouches, text, ...conversion } = toReceipt(record, settings)
    const receipt = record.receipts.findLast(({ outcome }) => outcome.attributed) ?? record.receipts.at(-1)
    return {
      json: { ...conversion, receipt: { engine, touches, moreTouches, text } },
      text: [
        `${order.id}  order ${order.externalId ?? '(no id)'}  ${toMajor(order.amount)} ${order.amount.currency}  ${new Date(order.occurredAtMs).toISOString()}  ${conversionStatus(commissions).toLowerCase()}${order.mode === 'test' ? '  test' : ''}`,
        ...(receipt === undefined ? [] : explain(receipt, namesIn(settings)).map((line) => `  ${line}`)),
        ...commissions.map(({ id: commission, amount, status }) => `  ${commission}  ${toMajor(amount)} ${amount.currency}  ${status.toLowerCase()}`),
      ].join('\n'),
    }
  })))
  return parent
}

/** `verify`: the whole book, checked against what it was decided on; exit 1 when anything differs. */
export function verifyCommand(streams: Streams): Command {
  return command('verify', 're-derive every decision and every balance, and name what differs', 'refledger verify --json').action((options: Options) => withData(options, streams, async ({ store }) => {
    const progress = streams.isTerminal ? (checked: number) => streams.err(`\r${checked} conversions checked`) : undefined
    const result = await verify({ store }, progress)
    if (progress !== undefined) streams.err('\r\u001B[K')
    const { ok, conversions, entries, problems } = result
    const summary = `${conversions} conversions, ${entries} ledger entries: ${ok ? 'all as it must be' : `${problems.length} problems`}`
    return { json: result, text: [summary, ...problems.map(({ what, look }) => `  ${what}\n    ${look}`)].join('\n'), exitCode: ok ? 0 : 1 }
  }))
}
