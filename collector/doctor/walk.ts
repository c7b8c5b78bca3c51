/** An address followed to its end by hand, so that every hop can be looked at. */
import { domainOf } from './hosts.ts'
import type { Ask, Hop, Loaded } from './seen.ts'

const MOST_REDIRECTS = 10

interface Walk {
  ask: Ask
  now: () => number
  headers?: Record<string, string>
  /** User name and password of a page that is not public yet, sent to its own origin only. */
  authorization?: string | undefined
}

/** Follows redirects as a browser does: with the fragment, and with the cookies that were set on the way. */
export async function walk(start: URL, { ask, now, headers = {}, authorization }: Walk): Promise<Loaded> {
  const hops: Hop[] = []
  const jars = new Map<string, Map<string, string>>()
  for (let url = start; ;) {
    const ended = (failure: string): Loaded => ({ hops: [...hops, { url, status: null, to: null }], url, reply: null, failure, atMs: now() })
    if (hops.length > MOST_REDIRECTS) return ended(`more than ${MOST_REDIRECTS} redirects${hops.some((hop) => hop.url.href === url.href) ? ', in a circle' : ''}`)
    const jar = jars.get(domainOf(url.hostname)) ?? new Map<string, string>()
    jars.set(domainOf(url.hostname), jar)
    let reply
    try {
      reply = await ask(url, { headers: { ...headers, ...cookiesOf(jar), ...(authorization !== undefined && url.origin === start.origin ? { Authorization: authorization } : {}) } })
    } catch (error) {
      return ended(error instanceof Error ? error.message : String(error))
    }
    for (const [name, value] of reply.headers.getSetCookie().map(pairOf)) jar.set(name, value)
    const location = reply.headers.get('Location')
    if (reply.status < 300 || reply.status > 399 || location === null) return { hops: [...hops, { url, status: reply.status, to: null }], url, reply, failure: null, atMs: now() }
    const to = URL.parse(asText(location), url)
    if (to === null || !/^https?:$/.test(to.protocol)) return ended(`it redirects to ${location.slice(0, 100)}, which is no web page`)
    if (to.hash === '') to.hash = url.hash
    hops.push({ url, status: reply.status, to })
    url = to
  }
}

/** Browsers read letters that nobody escaped as UTF-8; headers come byte by byte. */
function asText(header: string): string {
  const text = Buffer.from(header, 'latin1').toString('utf8')
  return text.includes('\uFFFD') ? header : text
}

const cookiesOf = (jar: Map<string, string>): Record<string, string> => (jar.size === 0 ? {} : { Cookie: [...jar].map((pair) => pair.join('=')).join('; ') })

/** Its attributes do not matter here: one visit, of one shop. */
function pairOf(cookie: string): [name: string, value: string] {
  const [pair = ''] = cookie.split(';')
  const at = pair.indexOf('=')
  return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
}
