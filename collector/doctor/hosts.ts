/** What hosts are to each other, and to this machine. */
import { isIP } from 'node:net'
import type { Resolver } from 'node:dns/promises'
import { registrableDomain } from '../service/sites.ts'
import type { Names } from './seen.ts'

/** What is asked of DNS. */
export type Lookups = Pick<Resolver, 'resolve4' | 'resolve6' | 'resolveCname'>

/** The most aliases that are followed: a circle ends, too. */
const MOST_ALIASES = 10

/** True for `localhost` and every name below it. */
export const isLocalName = (host: string): boolean => /(^|\.)localhost\.?$/i.test(host)
/** A host that browsers trust without https: this machine. */
export const isLocal = (host: string): boolean => isLocalName(host) || /^127(\.\d+){3}$|^\[::1\]$/.test(host)
/** The address that a host is, as DNS would write it; null for a name. */
export function addressOf(host: string): string | null {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? null : bare
}

/** The domain that a host shares cookies on with its neighbours, or the host by itself. */
export const domainOf = (host: string): string => registrableDomain(host) ?? host

/** Where a host leads. Names of this machine are asked of nobody. */
export async function namesOf(host: string, lookups: Lookups): Promise<Names> {
  const address = isLocalName(host) ? '127.0.0.1' : addressOf(host)
  if (address !== null) return { cname: null, v4: isIP(address) === 4 ? [address] : [], v6: isIP(address) === 6 ? [address] : [], failure: null }
  try {
    const [v4, v6, cname] = await Promise.all([known(lookups.resolve4(host)), known(lookups.resolve6(host)), lastAlias(host, lookups)])
    return { cname, v4, v6, failure: v4.length + v6.length === 0 ? 'it has no address' : null }
  } catch (error) {
    return { cname: null, v4: [], v6: [], failure: error instanceof Error ? error.message : String(error) }
  }
}

async function lastAlias(host: string, lookups: Lookups): Promise<string | null> {
  let last: string | null = null
  for (let aliases = 0; aliases < MOST_ALIASES; aliases += 1) {
    const [next] = await known(lookups.resolveCname(last ?? host))
    if (next === undefined) return last
    last = next.replace(/\.$/, '').toLowerCase()
  }
  return last
}

/** No record of a kind is an answer. */
async function known(records: Promise<string[]>): Promise<string[]> {
  try {
    return await records
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENODATA' || code === 'ENOTFOUND') return []
    throw error
  }
}

/** True where Safari takes two addresses for one owner's: half of their bits are equal. */
export const areNear = (one: string, other: string): boolean => isIP(one) === isIP(other) && firstHalf(one) === firstHalf(other)

function firstHalf(address: string): string {
  if (isIP(address) === 4) return address.split('.', 2).join('.')
  const [head = [], tail = []] = address.toLowerCase().split('::').map((side) => side.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
  return [...head, ...zeros, ...tail].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':')
}
