import { createHash } from 'node:crypto'
import { RefCampaign } from '../shared/client/index.ts'
import type { IdentifyBody, VisitBody } from '../shared/wire/script.ts'
import { month } from './journeys.ts'
import type { Moment } from './journeys.ts'

export interface HistoryOptions {
  apiUrl: string
  apiKey: string
  /** The shop, as browsers see it. */
  siteUrl: string
  affiliates: readonly { code: string }[]
  seed: number
  /** The month ends here. */
  untilMs: number
  /** Moves the collector's clock. */
  setNow: (ms: number) => void
  /** Ends it early. */
  signal: AbortSignal
}

export interface History {
  arrivals: number
  orders: number
  /** The newest order that somebody earned on; undefined when nobody did. */
  conversionId: string | undefined
}

/** What browsers send; without it the collector would take the traffic for a robot's. */
const BROWSERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
]

/** A month of traffic through the collector's own HTTP API, one call after the other, because each has its own time. */
export async function makeHistory(options: HistoryOptions): Promise<History> {
  const moments = month({ codes: options.affiliates.map(({ code }) => code), seed: options.seed, untilMs: options.untilMs })
  const play = player(options)
  const history: History = { arrivals: 0, orders: 0, conversionId: undefined }

  for (const [index, moment] of moments.entries()) {
    options.signal.throwIfAborted()
    options.setNow(moment.atMs)
    const earnedOn = await play(moment)
    if (moment.kind === 'arrival') history.arrivals += 1
    if (moment.kind === 'order' && !moment.again) history.orders += 1
    history.conversionId = earnedOn ?? history.conversionId
    progress(index + 1, moments.length)
  }
  return history
}

/** Makes a moment happen; resolves to the conversion, if it is one that somebody earned on. */
function player({ apiUrl, apiKey, siteUrl, seed }: HistoryOptions): (moment: Moment) => Promise<string | undefined> {
  const client = new RefCampaign({ apiKey, apiUrl })
  const browser = caller(apiUrl, siteUrl)

  return async (moment) => {
    if (moment.kind === 'order') return report(client, seed, moment)
    if (moment.kind === 'identify') {
      await browser('/r/identify', { session: moment.session, emailHash: emailHash(moment.customer), url: `${siteUrl}/checkout` } satisfies IdentifyBody)
      return undefined
    }
    const { session, code, path, click } = moment
    const url = `${siteUrl}${path}?ref=${encodeURIComponent(code)}`
    if (moment.via === 'server') await browser('/api/v1/track/click', { tracking_url: url, session_id: session })
    else await browser('/r/visit', { id: click, session, ref: code, url } satisfies VisitBody)
    return undefined
  }
}

async function report(client: RefCampaign, seed: number, order: Extract<Moment, { kind: 'order' }>): Promise<string | undefined> {
  const orderId = `KN-${seed}-${1 + order.number}`
  const known = { sessionId: order.session, customerEmailHash: emailHash(order.customer), currency: 'EUR', metadata: { roast: order.roast } }
  if (order.inMajorUnits) {
    const { id, attributed } = await client.conversions.track({ ...known, orderId, amount: order.amountMinor / 100 })
    return attributed ? id : undefined
  }
  const { conversionId, attributed } = await client.conversions.postback({ ...known, externalId: orderId, conversionType: 'SALE', amount: order.amountMinor })
  return attributed ? conversionId : undefined
}

/** The calls that a visitor's browser makes, in turn from different ones. */
function caller(apiUrl: string, siteUrl: string): (path: string, body: object) => Promise<void> {
  let calls = 0
  return async (path, body) => {
    const userAgent = BROWSERS[calls++ % BROWSERS.length] ?? ''
    const response = await fetch(apiUrl + path, {
      method: 'POST',
      headers: { 'content-type': path.startsWith('/r/') ? 'text/plain' : 'application/json', 'origin': siteUrl, 'user-agent': userAgent },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    // A code that nobody has is part of the month, and an API may well say so.
    if (!response.ok && response.status !== 404) throw new Error(`POST ${path} was answered ${response.status}: ${text}`)
  }
}

const emailHash = (customer: number): string => createHash('sha256').update(`customer-${customer}@example.org`).digest('hex')

/** For whoever waits; a pipe gets nothing. */
function progress(done: number, total: number): void {
  if (!process.stderr.isTTY) return
  process.stderr.write(done < total ? `\rA month at the shop: ${Math.round((100 * done) / total)} %` : '\r\u001B[K')
}
