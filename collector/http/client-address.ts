import { BlockList, isIP } from 'node:net'
import type { Context } from 'koa'

/** Which proxies' `X-Forwarded-For` is believed: none, the last so many hops, or the listed networks. */
export type TrustProxy = { kind: 'off' } | { kind: 'hops'; hops: number } | { kind: 'networks'; networks: string[] }

/** Finds the address of the visitor behind trusted proxies; it is used to limit rates and kept nowhere. */
export function clientAddress(trust: TrustProxy): (ctx: Context) => string {
  const trusted = new BlockList()
  if (trust.kind === 'networks') {
    for (const network of trust.networks) {
      const [address = '', bits] = network.split('/')
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      trusted.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
    }
  }
  const isTrusted = (address: string): boolean => isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

  return (ctx) => {
    const peer = unmapped(ctx.req.socket.remoteAddress ?? '')
    if (trust.kind === 'off') return peer
    const hops = [...ctx.get('X-Forwarded-For').split(',').map((hop) => unmapped(hop.trim())).filter((hop) => hop !== ''), peer]
    if (trust.kind === 'hops') return hops[Math.max(0, hops.length - 1 - trust.hops)] ?? peer
    return hops.findLast((hop) => !isTrusted(hop)) ?? peer
  }
}

const unmapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '')
