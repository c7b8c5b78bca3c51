import { describe, expect, test } from 'vitest'
import { allows, allowsScript, directiveFor, matchesSource, policiesOf, policyOfMeta } from '../../collector/doctor/csp.ts'

const SHOP = new URL('https://www.shop.example/')
const PLAIN = new URL('http://www.shop.example/')
const AT = 'https://track.shop.example/r/r.js'

describe('one source against one address', () => {
  test.each<[source: string, url: string, isAllowed: boolean, origin?: URL]>([
    // Hosts.
    ['track.shop.example', AT, true],
    ['TRACK.Shop.Example', AT, true],
    ['shop.example', AT, false],
    ['*.shop.example', AT, true],
    ['*.shop.example', 'https://a.b.shop.example/', true],
    ['*.shop.example', 'https://shop.example/', false],
    ['*.shop.example', 'https://evilshop.example/', false],
    ['shop.*', 'https://shop.example/', false],
    ['*', AT, true],
    ['*', 'data:text/plain,x', false],
    ['https://*', AT, true],
    ['https://*', 'http://track.shop.example/', false],
    ['127.0.0.1', 'https://127.0.0.1/', true],
    ['[::1]', 'https://[::1]/', true],
    // Schemes: what is allowed insecurely is allowed securely.
    ['https:', AT, true],
    ['https:', 'http://track.shop.example/', false],
    ['http:', AT, true],
    ['HTTPS:', AT, true],
    ['data:', AT, false],
    ['wss:', AT, true],
    ['http://track.shop.example', AT, true],
    ['https://track.shop.example', 'http://track.shop.example/', false],
    ['track.shop.example', 'http://track.shop.example/', false],
    ['track.shop.example', 'http://track.shop.example/', true, PLAIN],
    ['track.shop.example', AT, true, PLAIN],
    // Ports.
    ['track.shop.example:443', AT, true],
    ['track.shop.example:8443', AT, false],
    ['track.shop.example:8443', 'https://track.shop.example:8443/', true],
    ['track.shop.example', 'https://track.shop.example:8443/', false],
    ['track.shop.example:*', 'https://track.shop.example:8443/', true],
    ['*:*', 'https://track.shop.example:8443/', true],
    ['localhost:3000', 'http://localhost:3000/r.js', true, new URL('http://localhost:8080/')],
    // Paths: a slash at the end means a folder.
    ['track.shop.example/', AT, true],
    ['track.shop.example/r/', AT, true],
    ['track.shop.example/r', AT, false],
    ['track.shop.example/r/r.js', AT, true],
    ['track.shop.example/r/r.js/', AT, false],
    ['track.shop.example/R/r.js', AT, false],
    ['track.shop.example/r/%72.js', AT, true],
    ['track.shop.example/r/r.js', `${AT}?v=1`, true],
    ['track.shop.example/r/r.js?v=1', AT, false],
    // The page itself.
    ["'self'", 'https://www.shop.example/r.js', true],
    ["'SELF'", 'https://www.shop.example/r.js', true],
    ["'self'", AT, false],
    ["'self'", 'https://www.shop.example:8443/', false],
    ["'self'", 'https://www.shop.example/r.js', true, PLAIN],
    ["'self'", 'http://www.shop.example/r.js', false],
    ['self', 'https://self/', true],
    // No expressions.
    ["'none'", AT, false],
    ["'unsafe-inline'", AT, false],
    ['track.shop.example:x', AT, false],
    ['//track.shop.example', AT, false],
  ])('%s on %s: %s', (source, url, isAllowed, origin = SHOP) => {
    expect(matchesSource(source, { url: new URL(url), origin, isRedirected: false })).toBe(isAllowed)
  })

  test('behind a redirect its path is not compared, its host is', () => {
    const hops = [new URL(AT), new URL('https://cdn.example/elsewhere.js')]
    expect(allows(['track.shop.example/r/', 'cdn.example/files/'], { hops, origin: SHOP })).toBe(true)
    expect(allows(['track.shop.example/r/'], { hops, origin: SHOP })).toBe(false)
  })
})

describe('a list for scripts', () => {
  const HASH = 'sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC'
  const OTHER = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
  test.each<[what: string, sources: string[], tag: { nonce?: string; integrity?: string; isParserInserted?: boolean }, isAllowed: boolean]>([
    ['nothing is listed', [], {}, false],
    ["'none'", ["'none'"], {}, false],
    ["'none' beside others counts for nothing", ["'none'", 'track.shop.example'], {}, true],
    ['the host', ['track.shop.example'], {}, true],
    ['the nonce', ["'nonce-abc='"], { nonce: 'abc=' }, true],
    ['another nonce', ["'nonce-abc'"], { nonce: 'ABC' }, false],
    ['no nonce', ["'nonce-abc'"], {}, false],
    ['a nonce or the host', ["'nonce-abc'", 'track.shop.example'], {}, true],
    ['strict-dynamic without a nonce: hosts count for nothing', ["'strict-dynamic'", "'nonce-abc'", 'https:', '*'], {}, false],
    ['strict-dynamic with the nonce', ["'strict-dynamic'", "'nonce-abc'"], { nonce: 'abc' }, true],
    ['strict-dynamic, inserted by another script', ["'Strict-Dynamic'", "'nonce-abc'"], { isParserInserted: false }, true],
    ['the hash of its integrity', [`'${HASH}'`], { integrity: HASH }, true],
    ['the hash with strict-dynamic', ["'strict-dynamic'", `'${HASH}'`], { integrity: `${HASH}?later` }, true],
    ['one of two hashes is not enough', [`'${HASH}'`], { integrity: `${HASH} ${OTHER}` }, false],
    ['both hashes', [`'${HASH}'`, `'${OTHER}'`], { integrity: `${HASH} ${OTHER}` }, true],
    ['a hash, and no integrity', [`'${HASH}'`], {}, false],
    ['inline rights alone', ["'unsafe-inline'", "'unsafe-eval'"], {}, false],
  ])('%s', (_what, sources, tag, isAllowed) => {
    expect(allowsScript(sources, { hops: [new URL(AT)], origin: SHOP, nonce: '', integrity: '', isParserInserted: true, ...tag })).toBe(isAllowed)
  })
})

describe('the directive that decides', () => {
  test.each<[policy: string, kind: 'script' | 'connect' | 'img', name: string | undefined]>([
    ["default-src 'self'", 'script', 'default-src'],
    ["default-src 'self'; script-src a.example", 'script', 'script-src'],
    ['script-src a.example; script-src-elem b.example', 'script', 'script-src-elem'],
    ["SCRIPT-SRC a.example", 'script', 'script-src'],
    ['script-src a.example', 'connect', undefined],
    ['default-src a.example; connect-src b.example', 'connect', 'connect-src'],
    ['img-src a.example', 'img', 'img-src'],
    ['default-src a.example', 'img', 'default-src'],
    ['upgrade-insecure-requests', 'script', undefined],
  ])('%s for %s: %s', (text, kind, name) => {
    const [policy] = policiesOf(text, true)
    expect(policy && directiveFor(kind, policy)?.name).toBe(name)
  })

  test('of two alike the first counts, and an empty one lets nothing through', () => {
    const [policy] = policiesOf('script-src a.example; script-src *; connect-src', true)
    expect(policy && directiveFor('script', policy)?.sources).toEqual(['a.example'])
    expect(policy && allows(directiveFor('connect', policy)?.sources ?? ['*'], { hops: [SHOP], origin: SHOP })).toBe(false)
  })
})

test('a header may hold several policies, or none', () => {
  expect(policiesOf("default-src 'self', script-src a.example", true).map(({ directives }) => [...directives.keys()])).toEqual([['default-src'], ['script-src']])
  expect([policiesOf(null, true), policiesOf(' , ;', true)]).toEqual([[], []])
})

test('a policy in a <meta> is heeded but for its sandbox', () => {
  const { directives, position } = policyOfMeta({ content: "sandbox; default-src 'self'", position: 3 })
  expect([[...directives.keys()], position]).toEqual([['default-src'], 3])
})
