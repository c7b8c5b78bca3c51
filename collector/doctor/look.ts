/** The one look: loads the page, the script behind its tag and the collector behind that. Nothing is judged here, and nothing written anywhere. */
import { CAMPAIGN_PARAM, CLICK_PARAM, CODE_PARAMS, PAGE_CHARS } from '../../shared/limits.ts'
import { percentDecoded, policiesOf, policyOfMeta } from './csp.ts'
import { isLocal, namesOf, domainOf, type Lookups } from './hosts.ts'
import { readMarkup } from './markup.ts'
import type { Ask, Loaded, Page, Seen, Setup, Tag } from './seen.ts'
import { callsOf, paramsOf, tagAt, tagsOf } from './tag.ts'
import { walk } from './walk.ts'

/** What is outside. */
export interface World {
  ask: Ask
  lookups: Lookups
  now: () => number
}

export interface Asked {
  url: URL
  code: string
  /** The script's address, where it has a name of its own or the page does not hold its tag. */
  tag?: string | undefined
  /** A UUID that no visitor has. */
  session: string
}

/** Looks at a page as a visitor's browser would who follows a link with this code. */
export async function look(asked: Asked, world: World): Promise<Seen> {
  const { authorization, url } = apart(asked.url)
  const [ref] = CODE_PARAMS
  const load = (param: string): Promise<Loaded> => walk(marked(url, { ...asked, param }), { ...world, authorization, headers: { Accept: 'text/html' } })

  const loaded = await load(ref)
  const named = asked.tag === undefined ? undefined : (URL.parse(asked.tag, loaded.url) ?? undefined)
  const page = pageOf(loaded, named)
  // The first that runs; without one on the page, something else must insert it.
  const tag = page?.tags.find(({ idleIn }) => idleIn === null) ?? (named && tagAt(named))
  if (page === null || tag === undefined) return { code: asked.code, param: ref, loaded, page, setup: null }

  // A tag may read another parameter, which redirects may treat in another way.
  const param = paramsOf(tag).includes(ref) ? ref : (paramsOf(tag)[0] ?? ref)
  const setup = await setupOf(page, tag, { ...world, session: asked.session })
  return { code: asked.code, param, loaded: param === ref ? loaded : await load(param), page, setup }
}

/** A URL without its user name and password, which are sent as a header and never printed. */
function apart(given: URL): { url: URL; authorization: string | undefined } {
  const url = new URL(given)
  const { username, password } = url
  url.username = ''
  url.password = ''
  const words = `${percentDecoded(username)}:${percentDecoded(password)}`
  return { url, authorization: words === ':' ? undefined : `Basic ${Buffer.from(words).toString('base64')}` }
}

/** The address as a link of an affiliate's writes it; the rest of the query stays as it is, letter by letter. */
function marked(given: URL, { param, code, session }: { param: string; code: string; session: string }): URL {
  const url = new URL(given)
  const add = (name: string, value: string): void => {
    url.search += `${url.search === '' ? '' : '&'}${encodeURIComponent(name)}=${encodeURIComponent(value)}`
  }
  if (url.searchParams.has(param)) url.searchParams.delete(param)
  add(param, code)
  if (!url.searchParams.has(CLICK_PARAM)) add(CLICK_PARAM, session)
  if (!url.searchParams.has(CAMPAIGN_PARAM)) add(CAMPAIGN_PARAM, '1')
  return url
}

const isHtml = (headers: Headers): boolean => /^(text\/html|application\/xhtml\+xml)\b/i.test(headers.get('Content-Type') ?? '')

function pageOf({ url, reply, atMs }: Loaded, named: URL | undefined): Page | null {
  if (reply === null || reply.status !== 200 || !isHtml(reply.headers)) return null
  const { headers, body, isCut } = reply
  const markup = readMarkup(body.toString())
  const base = URL.parse(markup.base ?? '', url) ?? url
  const policies = [
    ...policiesOf(headers.get('Content-Security-Policy'), true), ...policiesOf(headers.get('Content-Security-Policy-Report-Only'), false), ...markup.policies.map(policyOfMeta),
  ]
  return { url, base, headers, markup, policies, isCut, atMs, tags: tagsOf(markup, { base, named }) }
}

async function setupOf(page: Page, tag: Tag, world: World & { session: string }): Promise<Setup> {
  const origin = { Origin: page.url.origin }
  const tagUrl = upgraded(tag.url, page)
  const api = callsOf(tag, page.base)
  const calls = api && upgraded(api, page)
  const [script, collector, names] = await Promise.all([
    walk(tagUrl, { ...world, headers: tag.attributes['crossorigin'] === undefined ? {} : origin }),
    calls && asksForPass(new URL('pass', calls), page, world),
    calls && isNeighbour(page.url.hostname, calls.hostname) ? Promise.all([page.url, calls].map(({ hostname }) => namesOf(hostname, world.lookups))) : null,
  ])
  return { page, tag: { ...tag, url: tagUrl }, script, calls, collector, names: names?.[0] && names[1] ? { page: names[0], collector: names[1] } : null }
}

/** Some pages have browsers ask securely for everything. */
function upgraded(url: URL, { url: page, policies }: Page): URL {
  const upgrades = policies.some(({ isEnforced, directives }) => isEnforced && directives.has('upgrade-insecure-requests'))
  if (!upgrades || url.protocol !== 'http:' || isLocal(url.hostname) || isLocal(page.hostname)) return url
  return new URL(url.href.replace(/^http:/, 'https:'))
}

/** Another host of the same registrable domain. */
const isNeighbour = (host: string, other: string): boolean => host !== other && domainOf(host) === domainOf(other)

/** The one call that tells whether the page's site is known there and leaves no trace: a pass for nobody's session. */
async function asksForPass(url: URL, page: Page, { ask, now, session }: World & { session: string }): Promise<Loaded> {
  const body = JSON.stringify({ session, url: `${page.url.origin}${page.url.pathname}`.slice(0, PAGE_CHARS) })
  try {
    const reply = await ask(url, { method: 'POST', headers: { Origin: page.url.origin, 'Content-Type': 'text/plain;charset=UTF-8' }, body })
    return { hops: [{ url, status: reply.status, to: URL.parse(reply.headers.get('Location') ?? '', url) }], url, reply, failure: null, atMs: now() }
  } catch (error) {
    return { hops: [], url, reply: null, failure: error instanceof Error ? error.message : String(error), atMs: now() }
  }
}
