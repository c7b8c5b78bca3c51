import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { html, like, pass, redirect, refusal, saidOf, script, SCRIPT, SHOP, TAG, TRACK, type Staged, type Stub } from './world.ts'

const served = (stub: Stub): Staged => ({ web: { [`${TRACK}/r.js`]: stub } })
const answered = (stub: Stub): Staged => ({ web: { [`${TRACK}/r/pass`]: stub } })
const tagged = (attributes: string, src = `${TRACK}/r.js`, web: Staged['web'] = {}): Staged => ({ web: { [SHOP]: html(`<script async ${attributes} src="${src}"></script>`), ...web } })

describe('the script', () => {
  test.each<[string, Stub, RegExp]>([
    ['answers', script(), /^ok: https:\/\/track\.shop\.example\/r\.js answers with the script$/],
    ['of the old type', script({ 'Content-Type': 'application/javascript' }), /^ok: /],
    ['is not there', { status: 404 }, /^fail: .* answers 404 -> Name the address at which the collector serves r\.js/],
    ['is a page', html('refledger'), /^fail: .* answers with a page, not with JavaScript/],
    ['is sent as text', script({ 'Content-Type': 'text/plain' }), /^warn: .* is sent as text\/plain -> Let whatever/],
    ['is sent as text, and nosniff', script({ 'Content-Type': 'text/plain', 'X-Content-Type-Options': 'nosniff' }), /^fail: .* nosniff forbids/],
    ["is somebody else's", script({}, 'jQuery()'), /^warn: .* does not look like Refledger's/],
  ])('%s', async (_what, stub, says) => {
    expect(await saidOf('script', served(stub))).toEqual(like([says]))
  })

  test('is not reached', async () => {
    expect(await saidOf('script', { web: { [SHOP]: html('<script async src="https://gone.example/r.js"></script>') } })).toEqual(like([/^fail: .* cannot be loaded: there is no such host/]))
  })
  test('is reached by a redirect', async () => {
    expect(await saidOf('script', { web: { [`${TRACK}/r.js`]: redirect('https://cdn.example/r.js'), 'https://cdn.example/r.js': script() } })).toEqual(like([/^ok: https:\/\/cdn\.example\/r\.js/]))
  })
})

describe('integrity', () => {
  const good = `sha384-${hash('sha384', SCRIPT, 'base64')}`
  const bad = `sha256-${hash('sha256', 'another', 'base64')}`
  const src = `${TRACK}/r.0a1b.js`
  const pinned = (attributes: string): Staged => tagged(attributes, src, { [src]: script() })
  test.each<[string, Staged, RegExp[]]>([
    ['none', {}, []],
    ['without crossorigin', pinned(`integrity="${good}"`), [/^fail: integrity without crossorigin: browsers refuse the script -> Add crossorigin="anonymous"/]],
    ['with it', pinned(`integrity="${good}" crossorigin="anonymous"`), [/^ok: integrity matches the script$/]],
    ['without crossorigin, of a script that is not there', { web: { ...tagged(`integrity="${good}"`).web, [`${TRACK}/r.js`]: { status: 404 } } }, [/^fail: integrity without crossorigin/]],
    ['of a script that is not there', { web: { ...tagged(`integrity="${good}" crossorigin`).web, [`${TRACK}/r.js`]: { status: 404 } } }, []],
    ['with it, without a value', pinned(`integrity="${good}" crossorigin`), [/^ok: /]],
    ['of other bytes', pinned(`integrity="${bad}" crossorigin="anonymous"`), [/^fail: integrity does not match the script that is served/]],
    ['of which the strongest alone counts', pinned(`integrity="${good} ${bad}" crossorigin="anonymous"`), [/^ok: /]],
    ['of two alike, one of which fits', pinned(`integrity="sha384-AAAA ${good}" crossorigin="anonymous"`), [/^ok: /]],
    ['that is no hash', pinned('integrity="md5-abc" crossorigin="anonymous"'), [/^warn: integrity names no hash/]],
    ['of a script that changes', tagged(`integrity="${good}" crossorigin="anonymous"`), [/^warn: integrity matches today, but r\.js changes/]],
    ['on the own host needs no crossorigin', tagged(`integrity="${good}"`, '/rl/r.0a1b.js', { [`${SHOP}rl/r.0a1b.js`]: script() }), [/^ok: /]],
    ['with credentials, which * does not allow', tagged('crossorigin="use-credentials"'), [/^fail: the tag asks with crossorigin="use-credentials".* -> Write crossorigin="anonymous"/]],
    ['where the header got lost', { web: { ...tagged('crossorigin="anonymous"').web, [`${TRACK}/r.js`]: { headers: { 'Content-Type': 'text/javascript' }, body: SCRIPT } } }, [/^fail: the tag asks with crossorigin="anonymous".*Access-Control-Allow-Origin/]],
  ])('%s', async (_what, staged, says) => {
    expect(await saidOf('integrity', staged)).toEqual(like(says))
  })
})

describe('the collector', () => {
  test.each<[string, Staged, RegExp]>([
    ['knows the site', {}, /^ok: https:\/\/track\.shop\.example\/r\/pass answers, and www\.shop\.example is a site of a merchant there$/],
    ['on a path of the shop needs no CORS', tagged('', '/rl/r.js', { [`${SHOP}rl/r.js`]: script(), [`${SHOP}rl/r/pass`]: { headers: {}, body: '{"pass":"A"}' } }), /^ok: https:\/\/www\.shop\.example\/rl\/r\/pass/],
    ['does not know the site', answered(refusal(400, 'INVALID', 'url: www.shop.example is not a site of any merchant here')), /^fail: www\.shop\.example is not a site of any merchant on the collector.* -> Run "refledger site add www\.shop\.example" there, then "refledger site prove www\.shop\.example"\./],
    ["knows it as another merchant's", answered(refusal(403, 'FORBIDDEN', 'The calling page is not on a site of this merchant.')), /^fail: the collector refuses the page: The calling page/],
    ['refuses for another reason', answered(refusal(400, 'INVALID', 'session: must be a UUID')), /^fail: the collector refuses the page: session/],
    ['is no collector', answered({ status: 404, body: '<h1>Not found</h1>' }), /^fail: .* answers 404, not as a collector does -> See that/],
    ['answers with a page', answered(html('')), /^fail: .* answers 200, not as a collector does/],
    ['is out of order', answered(refusal(500, 'SERVER_ERROR', 'Something went wrong')), /^fail: .* answers 500.* -> Look into the collector's log/],
    ['is busy', answered(refusal(429, 'RATE_LIMITED', 'Too many')), /^warn: .* too many calls.*TRUST_PROXY/],
    ['sends calls elsewhere', answered(redirect('https://new.shop.example/r/pass', 301)), /^fail: .* redirects to https:\/\/new\.shop\.example\/r\/pass, where/],
    ['lost its CORS headers on the way', answered({ headers: {}, body: '{"pass":"A"}' }), /^fail: .* answers without letting https:\/\/www\.shop\.example read it/],
    ['allows everybody, which does not do with cookies', answered(pass('*')), /^fail: .* without letting/],
    ['is at no address', tagged('data-api="http://[track"'), /^fail: data-api="http:\/\/\[track" is no address/],
    ['is not reached', tagged('data-api="https://gone.example"'), /^fail: https:\/\/gone\.example\/r\/pass gives no answer: there is no such host/],
  ])('%s', async (_what, staged, says) => {
    expect(await saidOf('collector', staged)).toEqual(like([says]))
  })

  test('a script of another name must name it', async () => {
    const web = { [SHOP]: html('<script async src="/assets/shop.js"></script>'), [`${SHOP}assets/shop.js`]: script() }
    expect(await saidOf('collector', { web, tag: '/assets/shop.js' })).toEqual(like([/^fail: https:\/\/www\.shop\.example\/assets\/shop\.js\/r\/pass gives no answer.* name it in data-api/]))
  })
})

describe('mixed content', () => {
  const insecure = 'http://track.shop.example'
  const both = { [`${insecure}/r.js`]: script(), [`${insecure}/r/pass`]: pass() }
  test.each<[string, Staged, RegExp[]]>([
    ['all secure', {}, [/^ok: the script and its calls are secure/]],
    ['an insecure script', { web: { ...both, [SHOP]: html(`<script async src="${insecure}/r.js"></script>`) } }, [/^fail: the page is secure, and http:\/\/track\.shop\.example\/r\.js is not/]],
    ['an insecure collector', { web: { ...both, [SHOP]: html(`<script async src="${TRACK}/r.js" data-api="${insecure}"></script>`) } }, [/^fail: .*http:\/\/track\.shop\.example\/r\/pass is not/]],
    ['a redirect to an insecure script', { web: { [`${TRACK}/r.js`]: redirect(`${insecure}/r.js`), ...both } }, [/^fail: .*http:\/\/track/]],
    ['a page that upgrades all', { web: { [SHOP]: html(`<script async src="${insecure}/r.js"></script>`, { 'Content-Security-Policy': 'upgrade-insecure-requests' }) } }, [/^ok: /]],
    ['a page that upgrades all, in a <meta>', { web: { [SHOP]: html(`<meta http-equiv="Content-Security-Policy" content="upgrade-insecure-requests"><script async src="${insecure}/r.js"></script>`) } }, [/^ok: /]],
    ['a collector on this machine', { web: { [SHOP]: html('<script async src="http://localhost:8787/r.js"></script>'), 'http://localhost:8787/r.js': script(), 'http://localhost:8787/r/pass': pass() } }, [/^ok: /]],
    ['an insecure page', { url: 'http://www.shop.example/', web: { 'http://www.shop.example/': html(TAG) } }, []],
  ])('%s', async (_what, staged, says) => {
    expect(await saidOf('mixed content', staged)).toEqual(like(says))
  })
})
