import type { Command } from 'commander'
import { MODELS } from '../../shared/engine/terms.ts'
import type { Apart } from '../../shared/engine/rejudge.ts'
import { majorText } from '../../shared/engine/money.ts'
import { counted } from '../../shared/engine/words.ts'
import { valid } from '../http/body.ts'
import { ReplayInput } from '../../shared/wire/replay.ts'
import { replayJson } from '../service/replay-json.ts'
import type { ReplayReport, ReplayRow } from '../service/replay.ts'
import { progress, watched } from './progress.ts'
import { merchantCommand, withData, type Options, type Streams } from './program.ts'

/** What is said of one order or several alike. */
const APART_TEXT: Record<Apart, string> = {
  tiers: 'by volume: computed at the volumes of then, which would have been others',
  month_cap: 'of campaigns with a cap per month: computed with what was left of it then',
  manual: 'credited, adjusted or denied by hand: left alone',
  renewal: 'that renewed, and so followed a first payment: left alone',
  engine: 'judged by an older engine: left alone',
}

/** `replay`: what if another policy had held; writes nothing. */
export function replayCommand(streams: Streams): Command {
  return merchantCommand('replay', 'what affiliates would have earned under another policy; writes nothing', 'refledger replay --from 2026-10-01 --to 2026-10-31 --window-days 14')
    .requiredOption('--from <day>', "first day, in the merchant's time zone, or an instant")
    .requiredOption('--to <day>', 'last day, or the instant before which')
    .option('--model <model>', `who wins among clicks: ${MODELS.join(', ')}`)
    .option('--window-days <days>', 'how many days a click counts')
    .option('--coupon-first', 'coupons stand above links')
    .option('--no-coupon-first', 'links stand above coupons')
    .option('--mode <mode>', 'live or test', 'live')
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const asked = valid(ReplayInput, options)
      const report = await watched(progress(streams, 'reading orders'), ({ at }) => services.replay.run({ ...asked, progress: (what, done, total) => at(done, total, what) }, options.merchant))
      return { json: replayJson(report), text: reportText(report) }
    }))
}

function reportText({ fromMs, toMs, mode, orders, rows, apart }: ReplayReport): string {
  const aside = apart.reduce((sum, one) => sum + one.orders, 0)
  return [
    `${counted(orders, mode === 'test' ? 'test order' : 'order')} from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}, net of refunds`,
    ...(rows.length === 0 ? ['nobody earned or would have earned anything'] : table(rows)),
    ...(aside === 0 ? [] : [`${counted(aside, 'order')} ${aside === 1 ? 'stands' : 'stand'} apart:`]),
    ...apart.flatMap((one) => [`  ${one.orders} ${APART_TEXT[one.reason]}`, ...table(one.rows).map((line) => `    ${line}`)]),
  ].join('\n')
}

/** A line an affiliate and currency, and one of sums for each currency. */
function table(rows: ReplayRow[]): string[] {
  const sums = [...Map.groupBy(rows, ({ currency }) => currency)].map(([currency, own]): ReplayRow => ({
    affiliateId: '', affiliateCode: 'all', currency, bookedMinor: own.reduce((sum, { bookedMinor }) => sum + bookedMinor, 0n),
    wouldMinor: own.some(({ wouldMinor }) => wouldMinor === null) ? null : own.reduce((sum, { wouldMinor }) => sum + (wouldMinor ?? 0n), 0n),
  }))
  const cells = [...rows, ...sums].map(({ affiliateId, affiliateCode, currency, bookedMinor, wouldMinor }) => {
    const amount = (minor: bigint): string => `${majorText(minor, currency)} ${currency}`
    return [affiliateCode ?? affiliateId, amount(bookedMinor), wouldMinor === null ? '' : amount(wouldMinor), wouldMinor === null ? '' : `${wouldMinor > bookedMinor ? '+' : ''}${amount(wouldMinor - bookedMinor)}`]
  })
  const all = [['affiliate', 'now', 'would be', 'change'], ...cells]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)))
  return all.map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd())
}
