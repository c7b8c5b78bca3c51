import { describe, expect, test } from 'vitest'
import { NOON_MS } from '../helpers/collector.ts'
import { html, like, pass, saidOf, script, SHOP, TAG, TRACK, type Staged, type Stub } from './world.ts'

/** A page anywhere, with a tag of a collector anywhere. */
const at = (page: string, collector: string, attributes = ''): Staged => ({ url: page, web: { [page]: html(`<script async ${attributes} src="${collector}/r.js"></script>`), [new URL(`${collector}/r.js`, page).href]: script(), [new URL(`${collector}/r/pass`, page).href]: pass(new URL(page).origin) } })

describe('the cookie', () => {
  test.each<[string, Staged, RegExp[]]>([
    ['set by a collector of the same site', {}, [/^ok: the collector sets it, on shop\.example$/]],
    ['set on a path of the shop', at(SHOP, '/rl'), [/^ok: the collector sets it, on shop\.example$/]],
    ["of a stranger's collector", at(SHOP, 'https://refledger.example'), [/^warn: refledger\.example cannot set a cookie on shop\.example, so the script writes it: Safari ends it after seven days -> Have www\.shop\.example serve the collector on a path/]],
    ['on the domain that is asked for', at(SHOP, TRACK, 'data-domain=".Shop.example"'), [/^ok: /]],
    ['on one host, where the collector is not', at(SHOP, TRACK, 'data-domain="www.shop.example"'), [/^warn: track\.shop\.example cannot set a cookie on www\.shop\.example/]],
    ['on a domain of others', at(SHOP, TRACK, 'data-domain="shop.test"'), [/^warn: data-domain="shop\.test" is not www\.shop\.example or a domain above it: the cookie goes on shop\.example instead -> Write data-domain="shop\.example", or remove it\./, /^ok: /]],
    ['on a suffix that strangers share', at('https://www.shop.co.uk/', 'https://track.shop.co.uk', 'data-domain="co.uk"'), [/^warn: data-domain="co\.uk" is a domain that strangers share: the cookie goes on shop\.co\.uk/, /^ok: /]],
    ['on a private suffix', at('https://shop.github.io/', '/rl', 'data-domain="github.io"'), [/^warn: data-domain="github\.io" is a domain that strangers share: the cookie goes on shop\.github\.io/, /^ok: /]],
    ['of neighbours on a private suffix', at('https://shop.github.io/', 'https://track.github.io'), [/^warn: track\.github\.io cannot set a cookie on shop\.github\.io/]],
    ['of a page on a suffix itself', at('https://github.io/', '/rl'), [/^warn: github\.io is a domain that strangers share/, /^ok: the collector sets it, on github\.io/]],
    ['of a page on an IP address', at('https://203.0.113.5/', '/rl'), [/^warn: the page is on an IP address/, /^ok: the collector sets it, on 203\.0\.113\.5/]],
    ['of a page on this machine', at('http://localhost:3000/', 'http://localhost:8787'), [/^ok: the collector sets it, on localhost$/]],
    ['of a page on this machine, by an address', at('http://127.0.0.1:3000/', 'http://localhost:8787'), [/^warn: localhost cannot set a cookie on 127\.0\.0\.1/]],
  ])('%s', async (_what, staged, says) => {
    expect(await saidOf('cookie', staged)).toEqual(like(says))
  })
})

describe('Safari', () => {
  const PAGE = 'www.shop.example'
  const COLLECTOR = 'track.shop.example'
  const OWN = { v4: ['203.0.113.5'] }
  test.each<[string, Staged, RegExp[]]>([
    ['the same host', at(SHOP, '/rl'), [/^ok: the collector is on the host of the page itself/]],
    ['a stranger: the cookie told already', at(SHOP, 'https://refledger.example'), []],
    ['a neighbour at the same address', {}, [/^ok: www\.shop\.example and track\.shop\.example have addresses that Safari takes for one owner's$/]],
    ['a neighbour in the same network', { dns: { [COLLECTOR]: { v4: ['203.0.200.1'] } } }, [/^ok: /]],
    ['a neighbour elsewhere', { dns: { [COLLECTOR]: { v4: ['198.51.100.7'] } } }, [/^warn: the page is at 203\.0\.113\.5 and the collector at 198\.51\.100\.7, which differ in their first 16 bits: Safari ends the cookie after seven days -> Have www\.shop\.example serve/]],
    ['one of several addresses elsewhere', { dns: { [COLLECTOR]: { v4: ['203.0.200.1', '198.51.100.7'] } } }, [/^warn: .*198\.51\.100\.7/]],
    ['near by IPv4 and far by IPv6', { dns: { [PAGE]: { ...OWN, v6: ['2001:db8:1::1'] }, [COLLECTOR]: { ...OWN, v6: ['2001:db8:2::1'] } } }, [/^warn: .*differ in their first 64 bits/]],
    ['near by both', { dns: { [PAGE]: { ...OWN, v6: ['2001:db8:1::1'] }, [COLLECTOR]: { ...OWN, v6: ['2001:db8:1::2'] } } }, [/^ok: /]],
    ['the page alone has IPv6', { dns: { [PAGE]: { ...OWN, v6: ['2001:db8:1::1'] } } }, [/^warn: only the page has an IPv6 address/]],
    ['the collector alone has IPv6', { dns: { [COLLECTOR]: { ...OWN, v6: ['2001:db8:1::1'] } } }, [/^warn: only the collector has an IPv6 address/]],
    ["an alias of another's name, at the same address", { dns: { [COLLECTOR]: { ...OWN, cname: 'customers.host.example' } } }, [/^warn: track\.shop\.example is an alias of customers\.host\.example, another site: Safari/]],
    ['an alias within the site, at another address', { dns: { [COLLECTOR]: { v4: ['198.51.100.7'], cname: 'eu.shop.example' } } }, [/^ok: track\.shop\.example is an alias of eu\.shop\.example/]],
    ["both aliases of one host's", { dns: { [PAGE]: { v4: ['198.51.100.7'], cname: 'a.host.example' }, [COLLECTOR]: { ...OWN, cname: 'b.host.example' } } }, [/^ok: /]],
    ['a name without addresses', { dns: { [COLLECTOR]: { v4: [] } } }, [/^warn: where track\.shop\.example leads could not be looked up here: it has no address/]],
    ['this machine', at('http://www.shop.localhost/', 'http://track.shop.localhost'), [/^ok: /]],
  ])('%s', async (_what, staged, says) => {
    expect(await saidOf('safari', staged)).toEqual(like(says))
  })
})

const dated = (headers: Record<string, string>): Record<string, Stub> => ({ [`${TRACK}/r/pass`]: pass(undefined, headers) })
const text = (skewMs: number): string => new Date(NOON_MS + skewMs).toUTCString()

describe('the clock', () => {
  test.each<[string, Staged, RegExp[]]>([
    ['agrees', {}, [/^ok: the collector's clock agrees/]],
    ['is a minute off, which is nothing', { web: dated({ Date: text(-60_000) }) }, [/^ok: /]],
    ['is behind', { web: dated({ Date: text(-90_000) }) }, [/^warn: the collector's clock is 90 seconds behind this machine's: visits and orders are dated by it -> Synchronise/]],
    ['is ahead', { web: dated({ Date: text(2 * 3_600_000) }) }, [/^warn: the collector's clock is 2 hours ahead of/]],
    ["of this machine is wrong, where the others agree", { nowMs: NOON_MS + 600_000 }, [/^warn: this machine's clock is 10 minutes ahead of the collector and the shop, which agree/]],
    ['of a shop behind a cache counts the time in it', { nowMs: NOON_MS, web: { ...dated({ Date: text(600_000) }), [SHOP]: html(TAG, { Date: text(-3_600_000), Age: '4200' }) } }, [/^warn: this machine's clock is 10 minutes behind/]],
    ['tells no time', { web: dated({ Date: '' }) }, []],
  ])('%s', async (_what, staged, says) => {
    expect(await saidOf('clock', staged)).toEqual(like(says))
  })
})
