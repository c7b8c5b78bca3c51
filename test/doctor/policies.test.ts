import { describe, expect, test } from 'vitest'
import { diagnose, html, redirect, script, SHOP, TAG, TRACK, type Staged } from './world.ts'

const CSP = 'Content-Security-Policy'
const REPORT = `${CSP}-Report-Only`
const meta = (policy: string): string => `<meta http-equiv="${CSP}" content="${policy}">`
const under = (policy: string, head = TAG): Staged => ({ web: { [SHOP]: html(head, { [CSP]: policy }) } })
const IMAGE = `<noscript><img src="${TRACK}/r/noscript" referrerpolicy="no-referrer-when-downgrade"></noscript>`

describe('csp', () => {
  test.each<[string, Staged, RegExp[]]>([
    ['none', {}, [/^ok: the page has no Content-Security-Policy$/]],
    ['one that allows both', under(`default-src 'self'; script-src 'self' ${TRACK}; connect-src ${TRACK}`), [/^ok: the Content-Security-Policy lets the script load and call$/]],
    ['one that is about other things', under("frame-ancestors 'self'; img-src 'self'"), [/^ok: /]],
    ['no script', under(`script-src 'self'; connect-src *`), [/^fail: script-src of the Content-Security-Policy header does not allow https:\/\/track\.shop\.example\/r\.js -> Add https:\/\/track\.shop\.example to script-src\.$/]],
    ['no calls', under(`script-src ${TRACK}; connect-src 'self'`), [/^fail: connect-src .* does not allow calls to https:\/\/track\.shop\.example\/r\/ -> Add https:\/\/track\.shop\.example to connect-src\.$/]],
    ['one call only', under(`connect-src ${TRACK}/r/visit`), [/^fail: .* calls to https:\/\/track\.shop\.example\/r\/identify/]],
    ['the folder of the calls', under(`connect-src ${TRACK}/r/`), [/^ok: /]],
    ['neither, by default-src', under("default-src 'self'"), [/^fail: default-src .*\/r\.js -> Add script-src with what default-src holds, and https:\/\/track\.shop\.example\./, /^fail: default-src .* calls .* -> Add connect-src with/]],
    ['a nonce that the tag lacks', under("script-src 'strict-dynamic' 'nonce-abc' https:"), [/^fail: .* -> Give the tag the page's nonce/]],
    ['a nonce that it has', under("script-src 'strict-dynamic' 'nonce-abc'", TAG.replace('async', 'async nonce="abc"')), [/^ok: /]],
    ['strict-dynamic, for a tag that another script inserts', { ...under("script-src 'strict-dynamic' 'nonce-abc'", ''), tag: `${TRACK}/r.js` }, [/^ok: /]],
    ['two policies of one header, the second refuses', under(`script-src *, script-src 'self'`), [/^fail: script-src/]],
    ['a script that redirects to where it may not', { web: { ...under(`script-src ${TRACK}`).web, [`${TRACK}/r.js`]: redirect('https://cdn.example/r.js'), 'https://cdn.example/r.js': script() } }, [/^fail: script-src/]],
    ['a <meta> before the tag', { web: { [SHOP]: html(meta("script-src 'self'") + TAG) } }, [/^fail: script-src of the Content-Security-Policy in a <meta>/]],
    ['a <meta> behind the tag binds its calls alone', { web: { [SHOP]: html(TAG + meta("default-src 'self'")) } }, [/^fail: default-src .* in a <meta> does not allow calls/]],
    ['a <meta> in the body is none', { web: { [SHOP]: html(`</head><body>${meta("default-src 'self'")}${TAG}`) } }, [/^ok: the page has no/]],
    ['a sandbox', under('sandbox allow-forms allow-scripts'), [/^fail: sandbox of .* lacks allow-same-origin/]],
    ['a sandbox with what is needed', under('sandbox allow-scripts ALLOW-SAME-ORIGIN'), [/^ok: /]],
    ['one that only reports', { web: { [SHOP]: html(TAG, { [REPORT]: "default-src 'self'" }) } }, [/^ok: the page has no Content-Security-Policy; a Report-Only policy would stop the tag once it is enforced$/]],
    ['one that only reports, and is content', { web: { [SHOP]: html(TAG, { [REPORT]: 'default-src *' }) } }, [/^ok: the page has no Content-Security-Policy$/]],
    ['no image for visitors without scripts', under("img-src 'self'", TAG + IMAGE), [/^warn: img-src .* does not allow the image .* -> Add https:\/\/track\.shop\.example to img-src/]],
    ['another image', under("img-src 'self'", `${TAG}<noscript><img src="https://ads.example/1.gif"></noscript>`), [/^ok: /]],
  ])('%s', async (_what, staged, says) => {
    expect((await diagnose(staged)).said('csp')).toEqual(says.map((one) => expect.stringMatching(one)))
  })
})

describe('the image for visitors without scripts', () => {
  const bare = IMAGE.replace(/ referrerpolicy="[^"]+"/, '')
  const own = '<noscript><img src="/rl/r/noscript"></noscript>'
  const onPath = '<script async src="/rl/r.js"></script>'
  test.each<[string, Staged, RegExp[]]>([
    ['none', {}, []],
    ['as "refledger tag" prints it', { web: { [SHOP]: html(TAG + IMAGE) } }, [/^ok: /]],
    ['without its referrerpolicy', { web: { [SHOP]: html(TAG + bare) } }, [/^warn: .* no code -> Add referrerpolicy/]],
    ["by the page's policy", { web: { [SHOP]: html(TAG + bare, { 'Referrer-Policy': 'unsafe-url' }) } }, [/^ok: /]],
    ['on a path of the shop', { web: { [SHOP]: html(onPath + own), [`${SHOP}rl/r.js`]: script() } }, [/^ok: /]],
    ['on a path of a silent shop', { web: { [SHOP]: html(onPath + own, { 'Referrer-Policy': 'no-referrer' }), [`${SHOP}rl/r.js`]: script() } }, [/^warn: /]],
  ])('%s', async (_what, staged, says) => {
    expect((await diagnose(staged)).said('noscript')).toEqual(says.map((one) => expect.stringMatching(one)))
  })
})
