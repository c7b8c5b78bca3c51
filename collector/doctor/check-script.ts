/** The script behind the tag: it answers, it is ours, and browsers take it. */
import { hash } from 'node:crypto'
import { placeOf } from './check-page.ts'
import { hashIn } from './csp.ts'
import { fail, ok, warn, type Reply, type Setup, type Verdict } from './seen.ts'

const JAVASCRIPT = /^(text|application)\/(x-)?(java|ecma)script\b/i
/** Words that every build holds. */
const OURS = 'refledger'

/** The address in the tag answers with the script. */
export function checkScript({ script: { url, reply, failure } }: Setup): Verdict[] {
  const place = placeOf(url)
  const name = 'Name the address at which the collector serves r.js; "refledger tag" prints it.'
  if (reply === null) return [fail(`${place} cannot be loaded: ${failure}`, 'See that the collector runs and is reached there.')]
  if (reply.status !== 200) return [fail(`${place} answers ${reply.status}`, name)]
  const type = reply.headers.get('Content-Type') ?? ''
  const text = reply.body.toString('utf8')
  if (/^\s*</.test(text)) return [fail(`${place} answers with a page, not with JavaScript`, name)]
  if (!JAVASCRIPT.test(type)) {
    const seen = `${place} is sent as ${type || 'no content type'}`
    const advice = 'Let whatever stands before the collector pass its Content-Type on: text/javascript.'
    return [reply.headers.get('X-Content-Type-Options')?.toLowerCase() === 'nosniff' ? fail(`${seen}, and nosniff forbids browsers to run that`, advice) : warn(seen, advice)]
  }
  if (!text.includes(OURS)) return [warn(`${place} is JavaScript, but does not look like Refledger's`, name)]
  return [ok(`${place} answers with the script`)]
}

/** The tag's `integrity` and `crossorigin` fit what browsers ask for, and what is served. */
export function checkIntegrity({ page, tag: { url, attributes }, script: { reply } }: Setup): Verdict[] {
  const { integrity, crossorigin } = attributes
  const isForeign = url.origin !== page.url.origin
  if (isForeign && integrity && crossorigin === undefined) return [fail('integrity without crossorigin: browsers refuse the script', 'Add crossorigin="anonymous" to the tag.')]
  if (reply === null || reply.status !== 200) return []
  if (isForeign && crossorigin !== undefined && !isShared(reply, page.url.origin, crossorigin)) {
    return [fail(`the tag asks with crossorigin="${crossorigin}", and the answer does not allow ${page.url.origin}`, crossorigin === 'use-credentials' ? 'Write crossorigin="anonymous".' : 'Let whatever stands before the collector pass its header Access-Control-Allow-Origin on.')]
  }
  if (!integrity) return []
  const hashes = strongest(integrity.split(/\s+/).flatMap(hashIn))
  if (hashes.length === 0) return [warn('integrity names no hash that browsers know', 'Take the tag that "refledger tag --pinned" prints.')]
  if (!hashes.some((one) => isHashOf(one, reply.body))) return [fail('integrity does not match the script that is served: browsers refuse it', 'Take the tag that "refledger tag --pinned" prints now; its address never serves anything else.')]
  if (url.pathname.endsWith('/r.js')) return [warn('integrity matches today, but r.js changes with the next version', 'Take the tag that "refledger tag --pinned" prints: it names one build.')]
  return [ok('integrity matches the script')]
}

function isShared({ headers }: Reply, origin: string, crossorigin: string): boolean {
  const allowed = headers.get('Access-Control-Allow-Origin')
  if (crossorigin.toLowerCase() === 'use-credentials') return allowed === origin && headers.get('Access-Control-Allow-Credentials') === 'true'
  return allowed === '*' || allowed === origin
}

/** Browsers heed the strongest algorithm alone. */
const strongest = (hashes: string[]): string[] => ['sha512-', 'sha384-', 'sha256-'].map((algorithm) => hashes.filter((one) => one.startsWith(algorithm))).find(({ length }) => length > 0) ?? []

function isHashOf(told: string, body: Buffer): boolean {
  const at = told.indexOf('-')
  // Both alphabets of base64 are taken.
  return hash(told.slice(0, at), body, 'base64url') === Buffer.from(told.slice(at + 1), 'base64').toString('base64url')
}
