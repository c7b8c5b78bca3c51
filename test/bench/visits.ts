import { randomFillSync } from 'node:crypto'
import { uuidv7 } from '../../shared/engine/ids.ts'
import type { VisitBody } from '../../shared/wire/script.ts'

/** The shop whose pages call, and the host that its collector answers to. */
export const SITE = 'shop.example'
export const COLLECTOR_HOST = `track.${SITE}`
export const CODES = ['anna-blogs', 'kaffeeklatsch', 'gleis9', 'marta', 'newsletter42', 'podcast', 'reviews', 'weekend']

/** What Chrome sends along with a visit. */
export const HEADERS = {
  Host: COLLECTOR_HOST,
  'sec-ch-ua-platform': '"Windows"',
  'User-Agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'sec-ch-ua': '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
  'Content-Type': 'text/plain;charset=UTF-8',
  'sec-ch-ua-mobile': '?0',
  Accept: '*/*',
  Origin: `https://www.${SITE}`,
  'Sec-Fetch-Site': 'same-site',
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Dest': 'empty',
  Referer: `https://www.${SITE}/`,
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7',
}

const PAGES = ['/', '/products/espresso-blend', '/products/filter-roast-1kg', '/collections/autumn', '/journal/how-to-grind', '/subscribe']
const REFERRERS = ['https://www.google.com/', 'https://blog.anna.example/best-coffee-2026', 'https://l.instagram.com/', 'https://www.youtube.com/', '']
/** Event ids carry the instant at which a visit is about to be sent. */
const PER_MS = 10

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T
const newId = (atMs: number): string => uuidv7(atMs, randomFillSync(new Uint8Array(10)))

/** Bodies of first arrivals: each with an event id and a session that were never seen. */
export function visitBodies(count: number, nowMs: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const atMs = nowMs + Math.floor(index / PER_MS)
    const ref = pick(CODES, index)
    const referrer = pick(REFERRERS, index * 7)
    const body: VisitBody = {
      id: newId(atMs), session: newId(atMs), days: 90, ref,
      url: `https://www.${SITE}${pick(PAGES, index * 5)}?ref=${ref}&utm_source=partner&utm_campaign=autumn`,
      ...(referrer === '' ? {} : { referrer }),
    }
    return JSON.stringify(body)
  })
}

/** Orders of sessions whose visits were sent: each new, and won by its click. */
export function orderBodies(count: number, visits: readonly string[]): string[] {
  return Array.from({ length: count }, (_, index) => {
    const { id, session } = JSON.parse(pick(visits, index)) as { id: string; session: string }
    return JSON.stringify({ externalId: `${id}-${Math.floor(index / visits.length)}`, conversionType: 'SALE', amount: 4990 + index, currency: 'EUR', sessionId: session })
  })
}
