/** Whether a Content-Security-Policy lets a request through, by the matching rules of CSP Level 3. */
import parsePolicy from 'content-security-policy-parser'
import type { Policy } from './seen.ts'

/** A request that a page makes. */
export interface Wanted {
  /** Every address of it: a redirect leads to further ones. */
  hops: URL[]
  /** The page's own origin, which `'self'` means. */
  origin: URL
}

export interface WantedScript extends Wanted {
  nonce: string
  integrity: string
  /** True where the page's HTML holds the tag: a script that another one inserts is trusted by `'strict-dynamic'`. */
  isParserInserted: boolean
}

/** Policies of a header, which may hold several. */
export function policiesOf(header: string | null, isEnforced: boolean): Policy[] {
  return (header ?? '').split(',').map((text) => ({ directives: parsePolicy(text), isEnforced, position: null })).filter(({ directives }) => directives.size > 0)
}

/** A policy of a `<meta>`: browsers heed no `sandbox` there. */
export function policyOfMeta({ content, position }: { content: string; position: number }): Policy {
  const directives = new Map(parsePolicy(content))
  directives.delete('sandbox')
  return { directives, isEnforced: true, position }
}

const FALLBACKS = {
  script: ['script-src-elem', 'script-src', 'default-src'],
  connect: ['connect-src', 'default-src'],
  img: ['img-src', 'default-src'],
} as const
type Kind = keyof typeof FALLBACKS

/** The directive that decides over a kind of request; undefined where the policy leaves it alone. */
export function directiveFor(kind: Kind, { directives }: Policy): { name: string; sources: string[] } | undefined {
  const name = FALLBACKS[kind].find((one) => directives.has(one))
  return name === undefined ? undefined : { name, sources: directives.get(name) ?? [] }
}

/** True where a list of sources lets every hop of a request through. */
export const allows = (sources: string[], { hops, origin }: Wanted): boolean => hops.every((url, hop) => matchesList(sources, { url, origin, isRedirected: hop > 0 }))

/** The same for a script, which a nonce, a hash or another script may vouch for. */
export function allowsScript(sources: string[], script: WantedScript): boolean {
  if (script.nonce !== '' && sources.some((source) => /^'nonce-(.+)'$/i.exec(source)?.[1] === script.nonce)) return true
  if (isVouchedFor(sources, script.integrity)) return true
  if (sources.some((source) => /^'strict-dynamic'$/i.test(source))) return !script.isParserInserted
  return allows(sources, script)
}

/** True where the tag's `integrity` names hashes, and the policy knows each of them. */
function isVouchedFor(sources: string[], integrity: string): boolean {
  const known = sources.flatMap((source) => hashIn(/^'(.+)'$/.exec(source)?.[1] ?? ''))
  const told = integrity.split(/\s+/).flatMap(hashIn)
  return told.length > 0 && told.every((hash) => known.includes(hash))
}

/** `sha256-…` with its algorithm in small letters; nothing where the text is no hash. */
export function hashIn(text: string): string[] {
  const [, algorithm, value] = /^(sha256|sha384|sha512)-([\w+/-]+=*)(?:\?.*)?$/i.exec(text) ?? []
  return algorithm === undefined || value === undefined ? [] : [`${algorithm.toLowerCase()}-${value}`]
}

interface Candidate {
  url: URL
  origin: URL
  /** Behind a redirect paths are not compared, so that nobody learns where it leads. */
  isRedirected: boolean
}

/** An empty list lets nothing through, as `'none'` does by itself. */
const matchesList = (sources: string[], candidate: Candidate): boolean => sources.some((source) => matchesSource(source, candidate))

const SCHEME_SOURCE = /^([a-z][a-z\d+.-]*):$/i
const HOST_SOURCE = /^(?:([a-z][a-z\d+.-]*):\/\/)?(\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*\.?|\[[\da-f:.]+\])(?::(\d+|\*))?(\/[^?#]*)?$/i

/** One source expression against one address. What is no expression matches nothing. */
export function matchesSource(source: string, { url, origin, isRedirected }: Candidate): boolean {
  if (source === '*') return /^https?:$/.test(url.protocol) || url.protocol === origin.protocol
  if (/^'self'$/i.test(source)) return isSelf(url, origin)
  const [, only] = SCHEME_SOURCE.exec(source) ?? []
  if (only !== undefined) return schemeMatches(only, schemeOf(url))
  const [, scheme, host, port, path = ''] = HOST_SOURCE.exec(source) ?? []
  if (host === undefined) return false
  return schemeMatches(scheme ?? schemeOf(origin), schemeOf(url)) && hostMatches(host.toLowerCase(), url.hostname) && portMatches(port, url) && (isRedirected || pathMatches(path, url.pathname))
}

const schemeOf = ({ protocol }: URL): string => protocol.slice(0, -1)
const DEFAULT_PORTS: Record<string, string> = { http: '80', https: '443', ws: '80', wss: '443' }
const portOf = (url: URL): string => url.port || (DEFAULT_PORTS[schemeOf(url)] ?? '')

/** The page's own origin, or its host by the safer scheme. */
function isSelf(url: URL, origin: URL): boolean {
  if (url.origin === origin.origin) return true
  return url.hostname === origin.hostname && url.port === origin.port && (/^(https|wss):$/.test(url.protocol) || (origin.protocol === 'http:' && /^(http|ws):$/.test(url.protocol)))
}

/** What is allowed insecurely is allowed securely, too. */
function schemeMatches(allowed: string, scheme: string): boolean {
  const safer: Record<string, string[]> = { http: ['https'], ws: ['wss', 'http', 'https'], wss: ['https'] }
  const named = allowed.toLowerCase()
  return named === scheme || (safer[named]?.includes(scheme) ?? false)
}

/** `*.shop.example` is every host below it, and not itself. An IP address is compared as it is written, as browsers do. */
function hostMatches(pattern: string, host: string): boolean {
  if (pattern === '*') return true
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host
}

/** Without a port only the scheme's own is meant. */
const portMatches = (port: string | undefined, url: URL): boolean => port === '*' || (port === undefined ? url.port === '' : Number(port) === Number(portOf(url)))

/** A path that ends in a slash allows what is below it, any other only itself. */
function pathMatches(allowed: string, path: string): boolean {
  if (allowed === '') return true
  const pieces = allowed.split('/').map(percentDecoded)
  const given = path.split('/').map(percentDecoded)
  const isFolder = allowed.endsWith('/')
  if (pieces.length > given.length || (!isFolder && pieces.length !== given.length)) return false
  return (isFolder ? pieces.slice(0, -1) : pieces).every((piece, at) => piece === given[at])
}

/** Text as it was before it was escaped for a URL. */
export function percentDecoded(piece: string): string {
  try {
    return decodeURIComponent(piece)
  } catch {
    // Not UTF-8: compared as it is written.
    return piece
  }
}
