/** The collector dates visits and orders: its clock must be right. */
import { ok, warn, type Loaded, type Page, type Setup, type Verdict } from './seen.ts'

/** What networks and whole seconds in headers may explain. */
const TOLERATED_MS = 60_000

/** Compares the `Date` of both with the local clock; where they agree against it, it is the local one that is wrong. */
export function checkClock({ page, collector }: Setup): Verdict[] {
  const ownMs = collector?.reply ? skewOf({ headers: collector.reply.headers, atMs: collector.atMs }) : undefined
  if (ownMs === undefined) return []
  if (Math.abs(ownMs) <= TOLERATED_MS) return [ok("the collector's clock agrees with this machine's")]
  const pageMs = skewOf(page)
  if (pageMs !== undefined && Math.abs(ownMs - pageMs) <= TOLERATED_MS) return [warn(`this machine's clock is ${wordsOf(-ownMs)} the collector and the shop, which agree`, "Set this machine's clock, then run this again.")]
  return [warn(`the collector's clock is ${wordsOf(ownMs)} this machine's: visits and orders are dated by it`, 'Synchronise the clock of the collector by NTP.')]
}

/** How far a sender's clock is ahead; what a cache kept for a while was sent that long ago. */
function skewOf({ headers, atMs }: Pick<Page, 'headers'> & Pick<Loaded, 'atMs'>): number | undefined {
  const sentMs = Date.parse(headers.get('Date') ?? '')
  if (Number.isNaN(sentMs)) return undefined
  return sentMs + (Number(headers.get('Age')) || 0) * 1000 - atMs
}

function wordsOf(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  const time = seconds < 120 ? `${seconds} seconds` : seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`
  return `${time} ${skewMs > 0 ? 'ahead of' : 'behind'}`
}
