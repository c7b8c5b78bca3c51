/** The session's cookie: where it is kept, who sets it, and for how long Safari lets it live. */
import { belongsTo } from '../../shared/engine/settings.ts'
import { cookieAttributes } from '../routes/session-cookie.ts'
import { registrableDomain } from '../service/sites.ts'
import { addressOf, areNear, isLocal, domainOf } from './hosts.ts'
import { ok, warn, type Names, type Setup, type Verdict } from './seen.ts'

/** The collector sets it, on a domain that this page's and no stranger's hosts share. */
export function checkCookie({ page, tag, calls }: Setup): Verdict[] {
  const { hostname } = page.url
  const asked = tag.attributes['data-domain'] || undefined
  const { domain } = cookieAttributes(page.url, { domain: asked })
  return [...onAsked(hostname, asked, domain), ...onHost(hostname), ...(calls === null ? [] : [whoSets(hostname, calls.hostname, domain)])]
}

/** What the tag asks for, as the collector takes it. */
function onAsked(host: string, asked: string | undefined, domain: string | undefined): Verdict[] {
  const wanted = asked?.toLowerCase().replace(/^\./, '')
  if (wanted === undefined || wanted === domain && belongsTo(host, wanted)) return []
  const reason = belongsTo(host, wanted) ? 'is a domain that strangers share' : `is not ${host} or a domain above it`
  return [warn(`data-domain="${asked}" ${reason}: the cookie goes on ${domain ?? host} instead`, domain === undefined ? 'Remove data-domain.' : `Write data-domain="${domain}", or remove it.`)]
}

function onHost(host: string): Verdict[] {
  if (registrableDomain(host) !== null || isLocal(host)) return []
  if (addressOf(host) !== null) return [warn(`the page is on an IP address: its cookie is for ${host} alone`, 'Give the shop a name.')]
  return [warn(`${host} is a domain that strangers share: no cookie can be kept for all of it`, 'Use a host below it, or a domain of your own.')]
}

/** A stranger's cookie would be a third party's, so there the script writes it. */
function whoSets(host: string, collector: string, domain: string | undefined): Verdict {
  const sets = domain === undefined ? collector === host : belongsTo(collector, domain)
  if (sets) return ok(`the collector sets it, on ${domain ?? host}`)
  return warn(
    `${collector} cannot set a cookie on ${domain ?? host}, so the script writes it: Safari ends it after seven days`,
    `Have ${host} serve the collector on a path of its own, such as https://${host}/rl/, and load the script from there.`,
  )
}

/**
 * Safari ends a cookie of another host after seven days where that host looks like a stranger's: an alias of another
 * site's name, or without an alias an address whose first half is not the page's (WebKit, `NetworkTaskCocoa.mm`).
 */
export function checkSafari({ page, calls, names }: Setup): Verdict[] {
  if (calls === null) return []
  const { hostname } = page.url
  const collector = calls.hostname
  if (collector === hostname) return [ok('the collector is on the host of the page itself: its cookie lives as long as it says')]
  if (names === null) return []
  const advice = `Have ${hostname} serve the collector on a path of its own, such as https://${hostname}/rl/, or put both behind the same addresses.`
  const cap = 'Safari ends the cookie after seven days'
  const [unknown] = [{ host: hostname, ...names.page }, { host: collector, ...names.collector }].filter(({ failure }) => failure !== null)
  if (unknown !== undefined) return [warn(`where ${unknown.host} leads could not be looked up here: ${unknown.failure}`, 'Run this where it can be, to learn whether Safari ends the cookie after seven days.')]

  const { cname } = names.collector
  if (cname !== null) {
    const owner = domainOf(cname)
    if (owner === domainOf(hostname) || (names.page.cname !== null && owner === domainOf(names.page.cname))) return [ok(`${collector} is an alias of ${cname}, which Safari takes for the same owner's`)]
    return [warn(`${collector} is an alias of ${cname}, another site: ${cap}`, advice)]
  }
  const strange = strangeTo(names.page, names.collector)
  return [strange === undefined ? ok(`${hostname} and ${collector} have addresses that Safari takes for one owner's`) : warn(`${strange}: ${cap}`, advice)]
}

/** Why some visitor's browser finds the two far apart: it may take either protocol, and any of the addresses. */
function strangeTo(page: Names, collector: Names): string | undefined {
  for (const [kind, bits] of [['v4', 16], ['v6', 64]] as const) {
    const [own, others] = [page[kind], collector[kind]]
    const protocol = kind === 'v4' ? 'IPv4' : 'IPv6'
    if ((own.length === 0) !== (others.length === 0)) return `only the ${own.length === 0 ? 'collector' : 'page'} has an ${protocol} address`
    const far = own.flatMap((address) => others.filter((other) => !areNear(address, other)).map((other) => `the page is at ${address} and the collector at ${other}, which differ in their first ${bits} bits`))
    if (far[0] !== undefined) return far[0]
  }
  return undefined
}
