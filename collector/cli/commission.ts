import type { Command } from 'commander'
import type { Commission } from '../../shared/domain.ts'
import { invalid } from '../../shared/errors.ts'
import { fromMajor, toMajor } from '../../shared/engine/money.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import { AdjustInput, CreditInput, RejectInput } from '../../shared/wire/book.ts'
import { valid } from '../http/body.ts'
import { affiliateNamed } from '../service/affiliate-names.ts'
import { settingsFor } from '../service/deps.ts'
import { codeOf } from '../service/receipts.ts'
import { group, merchantCommand, withData, type Options, type Output, type Streams } from './program.ts'

/** By whom the command line acts, in the audit. */
export const CLI = { actor: 'cli' }
/** Rows of a list at a time. */
const PAGE = 100
const STATUSES = ['PENDING', 'APPROVED', 'IN_PAYOUT', 'PAID', 'REJECTED'] as const

/** `commission list` and `show`. */
export function commissionCommands(streams: Streams): Command {
  const parent = group('commission', 'list and show what affiliates earn')
  parent.addCommand(merchantCommand('list', 'list commissions, oldest first', 'refledger commission list --affiliate ana --status approved')
    .option('--affiliate <id>', 'id, number or code')
    .option('--status <status>', STATUSES.map((status) => status.toLowerCase()).join(', '))
    .option('--after <number>', 'those after this number', '0')
    .action((options: Options) => withData(options, streams, async ({ services, store }) => {
      const settings = settingsFor(store.directory(), options.merchant)
      const affiliateId = options['affiliate'] === undefined ? undefined : affiliateNamed(settings, String(options['affiliate'])).id
      const found = await services.commissions.list({ merchantId: settings.merchant.id, afterNumber: afterOf(options), limit: PAGE, affiliateId, status: statusOf(options['status']) })
      return { json: found.map((commission) => commissionJson(commission, settings)), text: listText(found.map((commission) => commissionText(commission, settings)), found.at(-1)?.number, 'no commissions') }
    })))
  parent.addCommand(merchantCommand('show', 'a commission, and all that was booked about it', 'refledger commission show 7').argument('<id>', 'id or number').action((id: string, options: Options) => withData(options, streams, async ({ services, store }) => {
    const settings = settingsFor(store.directory(), options.merchant)
    const { commission, adjustments, transactions } = await services.commissions.find(settings.merchant.id, id)
    const { currency } = commission.amount
    return {
      json: { ...commissionJson(commission, settings), adjustments, transactions },
      text: [
        commissionText(commission, settings),
        ...adjustments.map(({ type, deltaMinor, reason }) => `  ${type.toLowerCase()} ${toMajor({ minor: deltaMinor, currency })} ${currency}${reason === null ? '' : `  ${reason}`}`),
        ...transactions.map(({ atMs, event, postings }) => `  ${new Date(atMs).toISOString()}  ${event.padEnd(18)}  ${postings.map(({ account, minor }) => `${account} ${toMajor({ minor, currency })}`).join('  ')}`),
      ].join('\n'),
    }
  })))
  return parent
}

/** `approve`, `reject`, `adjust`, `credit`: what is decided by hand. */
export function decisionCommands(streams: Streams): Command[] {
  return [
    merchantCommand('approve', 'approve pending commissions, all of them or none', 'refledger approve 7 8 9').argument('<id...>', 'ids or numbers')
      .option('--override', 'also where the affiliate turned out to be the buyer')
      .action((names: string[], options: Options) => withData(options, streams, async ({ services, store }) => {
        const settings = settingsFor(store.directory(), options.merchant)
        return show(await services.commissions.approve({ merchantId: settings.merchant.id, names, override: options['override'] === true }, CLI), settings)
      })),
    merchantCommand('reject', 'reject commissions that no payout holds, all of them or none', 'refledger reject 7 --reason unqualified').argument('<id...>', 'ids or numbers')
      .option('--reason <reason>', 'denied or unqualified', 'denied')
      .action((names: string[], options: Options) => withData(options, streams, async ({ services, store }) => {
        const settings = settingsFor(store.directory(), options.merchant)
        return show(await services.commissions.reject({ merchantId: settings.merchant.id, ...valid(RejectInput, { names, reason: options['reason'] }) }, CLI), settings)
      })),
    merchantCommand('adjust', "change a commission's total", 'refledger adjust 7 --bonus 5.00 --reason "thank you"').argument('<id>', 'id or number')
      .option('--bonus <amount>', 'adds to it')
      .option('--deduction <amount>', 'takes off it')
      .option('--correction <amount>', 'sets it, before refunds')
      .option('--reason <text>', 'why; kept with it')
      .action((commission: string, options: Options) => withData(options, streams, async ({ services, store }) => {
        const settings = settingsFor(store.directory(), options.merchant)
        const { amount, ...input } = valid(AdjustInput, { commission, reason: options['reason'], ...adjustmentOf(options) })
        const adjusted = await services.commissions.adjust({ merchantId: settings.merchant.id, ...input, minor: (currency) => amountOf(amount, currency) }, CLI)
        return show([adjusted.commission, ...(adjusted.raise === undefined ? [] : [adjusted.raise])], settings)
      })),
    merchantCommand('credit', 'credit an affiliate by hand, for an order or for nothing', 'refledger credit --affiliate ana --order 1042 --transfer')
      .requiredOption('--affiliate <id>', 'id, number or code')
      .option('--amount <amount>', 'sum; below zero it is a debt')
      .option('--currency <code>', "its currency (default: the merchant's)")
      .option('--order <id>', "an order, at the affiliate's own rate")
      .option('--transfer', 'what remains of the first commission of the order is taken back')
      .option('--pending', 'waits for approval')
      .option('--note <text>', 'why; kept with it')
      .option('--test', 'in the test book')
      .action((options: Options) => withData(options, streams, async ({ services, store }) => {
        const settings = settingsFor(store.directory(), options.merchant)
        const { pending, test, amount, order, transfer, ...input } = valid(CreditInput, options)
        const about = { ...input, merchantId: settings.merchant.id, approved: !pending }
        if (amount !== undefined) return show([await services.credits.credit({ ...about, mode: test ? 'test' : 'live', amount }, CLI)], settings)
        const { commission, others } = await services.credits.creditOrder({ ...about, order: order ?? '', mode: test ? 'test' : undefined, transfer }, CLI)
        return {
          json: { ...commissionJson(commission, settings), others: others.map((other) => commissionJson(other, settings)) },
          text: [commissionText(commission, settings), ...others.map((other) => `beside it: ${commissionText(other, settings)}`)].join('\n'),
        }
      })),
  ]
}

function adjustmentOf(options: Options): { type?: string; amount?: unknown } {
  const given = (['bonus', 'deduction', 'correction'] as const).filter((type) => options[type] !== undefined)
  const [type, another] = given
  if (type === undefined || another !== undefined) throw invalid('bonus', 'give one of bonus, deduction and correction')
  return { type: type.toUpperCase(), amount: options[type] }
}

function amountOf(text: string, currency: string): number {
  const { minor } = fromMajor(text, currency)
  if (minor < 0) throw invalid('amount', 'must not be negative')
  return minor
}

function statusOf(given: unknown): (typeof STATUSES)[number] | undefined {
  const found = STATUSES.find((status) => status.toLowerCase() === given)
  if (given !== undefined && found === undefined) throw invalid('status', `must be one of: ${STATUSES.map((status) => status.toLowerCase()).join(', ')}`)
  return found
}

const show = (commissions: Commission[], settings: Settings): Output => ({
  json: commissions.map((commission) => commissionJson(commission, settings)), text: commissions.map((commission) => commissionText(commission, settings)).join('\n'),
})

/** From which number on a list goes. */
export function afterOf(options: Options): number {
  if (!/^\d{1,15}$/.test(String(options['after']))) throw invalid('after', 'must be a number')
  return Number(options['after'])
}

/** A page of a list, and how to get the next one. */
export const listText = (lines: string[], last: number | undefined, none: string): string =>
  (lines.length === 0 ? none : [...lines, ...(lines.length === PAGE ? [`more: --after ${last ?? 0}`] : [])].join('\n'))

export function commissionJson(commission: Commission & { number?: number }, settings: Settings): Record<string, unknown> {
  const { id, number, conversionId, affiliateId, campaignId, amount, totalMinor, clawedMinor, openMinor, status, reason, mode, source, bookedAtMs, approvableAtMs } = commission
  return {
    id, ...(number === undefined ? {} : { number }), conversionId, affiliateId, affiliateCode: codeOf(settings, affiliateId), campaignId, amountMinor: amount.minor, currency: amount.currency, totalMinor, clawedMinor, openMinor,
    status, reason, mode, source: source.kind, bookedAt: new Date(bookedAtMs).toISOString(), approvableAt: approvableAtMs === null ? null : new Date(approvableAtMs).toISOString(),
  }
}

export const statusText = ({ status, reason }: Pick<Commission, 'status' | 'reason'>): string => `${status.toLowerCase().replace('_', ' ')}${reason === null ? '' : ` (${reason})`}`

function commissionText(commission: Commission & { number?: number }, settings: Settings): string {
  const { id, number, affiliateId, amount: { currency }, totalMinor, clawedMinor, status, reason, mode, source } = commission
  const clawed = clawedMinor === 0 ? '' : `, ${toMajor({ minor: clawedMinor, currency })} taken back`
  return [
    ...(number === undefined ? [] : [number]), id, codeOf(settings, affiliateId) ?? affiliateId, `${toMajor({ minor: totalMinor, currency })} ${currency}${clawed}`,
    statusText({ status, reason }), ...(source.kind === 'order' ? [] : [source.kind]), ...(mode === 'test' ? ['test'] : []),
  ].join('  ')
}
