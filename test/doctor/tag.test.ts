import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ATTRIBUTES, callsOf, CALLS, isOurs } from '../../collector/doctor/tag.ts'
import { scriptTags } from '../../collector/script-tag.ts'
import { diagnose, html, SHOP, TAG, TRACK, type Staged } from './world.ts'

const withHead = (head: string): Staged => ({ web: { [SHOP]: html(head) } })
const tagged = (attributes: string, src = `${TRACK}/r.js`): Staged => withHead(`<script ${attributes} src="${src}"></script>`)

describe('the tag', () => {
  test.each<[string, Staged, RegExp[]]>([
    ['async', withHead(TAG), [/^ok: <script async src="https:\/\/track/]],
    ['defer', tagged('defer'), [/^ok: <script defer/]],
    ['one build of it', tagged('async', `${TRACK}/r.0123456789abcdef0123.js`), [/^ok: /]],
    ['with a query', tagged('async', `${TRACK}/r.js?v=2`), [/^ok: /]],
    ['relative to <base>', withHead('<base href="https://track.shop.example/"><script async src="r.js"></script>'), [/^ok: /]],
    ['after the stub', withHead(`<script>window.refledger = 1</script>${TAG}`), [/^ok: /]],
    ['neither async nor defer', tagged(''), [/^warn: the tag is neither async nor defer/]],
    ['twice', withHead(TAG + TAG), [/^warn: 2 tags load the script -> Remove all but one/]],
    ['once, and once for nobody', withHead(`${TAG}<noscript>${TAG}</noscript>`), [/^ok: /]],
    ['a module', tagged('type="module"'), [/^fail: the tag is a module/]],
    ['for old browsers', tagged('nomodule async'), [/^fail: the tag says nomodule/]],
    ['held back by a banner', tagged('type="text/plain" async'), [/^warn: the tag is of type "text\/plain".* data-consent="required"/]],
    ['of the usual type', tagged('type="text/javascript" async'), [/^ok: /]],
    ['in a <noscript>', withHead(`<noscript>${TAG}</noscript>`), [/^fail: the only tag is inside <noscript>/]],
    ['in a <template>', withHead(`<template><div>${TAG}</div></template>`), [/^fail: the only tag is inside <template>/]],
    ['in a comment', withHead(`<!-- ${TAG} -->`), [/^fail: no <script> of the page loads r\.js -> Paste the tag that "refledger tag" prints/]],
    ['missing', withHead('<script src="/app.js"></script><script src="/er.js"></script>'), [/^fail: no <script>.* --tag and its address\.$/]],
    ['missing beside a tag manager', withHead('<script async src="https://www.googletagmanager.com/gtm.js?id=GTM-X"></script>'), [/^fail: .* -> Google Tag Manager may insert it: run this again with --tag/]],
    ['inserted by an inline script', withHead(`<script>var s = document.createElement('script'); if (1 < 2) s.src = '${TRACK}/r.js?x=1'</script>`), [/^fail: .* -> An inline script names https:\/\/track\.shop\.example\/r\.js: run this again with --tag https/]],
    ['by another name', { ...tagged('async', '/assets/shop.js'), tag: 'https://www.shop.example/assets/shop.js' }, [/^ok: <script async src="\/assets\/shop\.js">/]],
    ['by an address that the page does not hold', { ...withHead('<script src="https://www.googletagmanager.com/gtm.js"></script>'), tag: `${TRACK}/r.js` }, [/^warn: the HTML of the page holds no tag for .* -> Google Tag Manager or a script must insert it/]],
  ])('%s', async (_what, staged, says) => {
    expect((await diagnose(staged)).said('tag')).toEqual(says.map((one) => expect.stringMatching(one)))
  })

  test('of a page that does not hold it, the address is checked all the same', async () => {
    const { findings } = await diagnose({ ...withHead(''), tag: `${TRACK}/r.js` })
    expect(findings.filter(({ level }) => level === 'ok').map(({ check }) => check)).toEqual(expect.arrayContaining(['script', 'collector', 'csp', 'cookie', 'safari', 'clock']))
  })
})

describe('its attributes', () => {
  test.each<[string, RegExp[]]>([
    ['', [/^ok: none, so everything is as usual$/]],
    ['data-consent="required"', [/^ok: data-consent; nothing is kept or sent before refledger\("consent", "granted"\)$/]],
    ['data-manual data-clean data-days="30" data-aliases', [/^ok: .*; arrivals count only by refledger\("click"\)$/]],
    ['data-domian="shop.example"', [/^warn: the script knows no attribute data-domian -> Write data-domain, if that is meant\./]],
    ['data-consnet="required"', [/Write data-consent/]],
    ['data-dasy="30"', [/Write data-days/]],
    ['data_param="ref"', [/^warn: the script does not see the attribute data_param -> Write data-param\./]],
    ['domain="shop.example"', [/^warn: the script does not see the attribute domain -> Write data-domain\./]],
    ['data-cfasync="false" data-category="x" data-src="y" nonce="n" id="r"', [/^ok: /]],
    ['data-consent="yes"', [/^warn: data-consent="yes" means nothing/]],
    ['data-gpc="off"', [/^warn: data-gpc="off" means nothing/]],
    ['data-gpc="ignore"', [/^ok: /]],
    ['data-days="soon"', [/^warn: data-days="soon" is brought into bounds -> .* from 1 to 400/]],
    ['data-days="4000"', [/^warn: data-days="4000"/]],
    ['data-param="partner"', [/^warn: data-param="partner" leaves out ref/]],
    ['data-param="ref, partner"', [/^ok: /]],
    ['data-coupon="ref"', [/^warn: "ref" is read as a code and as a coupon/]],
    ['data-domains="blog.example, https://shop.de/"', [/^warn: data-domains holds https:\/\/shop\.de\/, which is no host/]],
    ['data-domains="Blog.Example"', [/^warn: data-domains holds Blog\.Example, which is no host as browsers spell it/]],
    ['data-domains="blog.example shop.de"', [/^ok: /]],
  ])('%s', async (attributes, says) => {
    expect((await diagnose(tagged(`async ${attributes}`))).said('attributes')).toEqual(says.map((one) => expect.stringMatching(one)))
  })
})

test('an attribute of any length is looked at in no time', async () => {
  expect((await diagnose(tagged(`async data-${'d'.repeat(3_000_000)}`))).said('attributes')).toEqual([expect.stringMatching(/^ok: /)])
})

describe('where links hand the session over', () => {
  const handing = '<script async data-domains="shop.de" src="https://track.shop.example/r.js"></script>'
  test.each<[string, Staged, RegExp]>([
    ['a header that hides where visitors come from', { web: { [SHOP]: html(handing, { 'Referrer-Policy': 'origin, no-referrer' }) } }, /^warn: the page's Referrer-Policy is no-referrer: the sites of data-domains take no visitor over -> Set it to/],
    ['a <meta> that hides it', withHead(`<meta name="Referrer" content="Same-Origin">${handing}`), /^warn: the page's Referrer-Policy is same-origin/],
    ['a <meta> that undoes the header', { web: { [SHOP]: html(`<meta name="referrer" content="origin">${handing}`, { 'Referrer-Policy': 'no-referrer' }) } }, /^ok: /],
    ['a header that tells the origin', { web: { [SHOP]: html(handing, { 'Referrer-Policy': 'no-referrer, strict-origin' }) } }, /^ok: /],
  ])('%s', async (_what, staged, says) => {
    expect((await diagnose(staged)).said('attributes')).toEqual([expect.stringMatching(says)])
  })

  test('nothing is said of a page that hands nobody over', async () => {
    expect((await diagnose({ web: { [SHOP]: html(TAG, { 'Referrer-Policy': 'no-referrer' }) } })).said('attributes')).toEqual([expect.stringMatching(/^ok: /)])
  })
})

describe('the doctor and the script agree', () => {
  const config = readFileSync(join(import.meta.dirname, '../../browser/config.ts'), 'utf8')

  test('on the attributes', () => {
    const taken = /export const \{([^}]+)\} = dataset/.exec(config)?.[1]?.split(',').map((name) => name.trim()) ?? []
    const asked = [...config.matchAll(/dataset\['(\w+)'\]/g)].map(([, name]) => name)
    expect([...new Set([...taken, ...asked])].toSorted()).toEqual([...ATTRIBUTES].toSorted())
  })

  test('on the calls', () => {
    const browser = ['visit', 'identify', 'pass', 'cart'].map((file) => readFileSync(join(import.meta.dirname, `../../browser/${file}.ts`), 'utf8')).join('')
    expect([...new Set([...browser.matchAll(/post(?:<\w+>)?\('(\w+)'/g)].map(([, name]) => name))].toSorted()).toEqual([...CALLS].toSorted())
  })

  test('on where the collector is', () => {
    const own = readFileSync(join(import.meta.dirname, '../../collector/doctor/tag.ts'), 'utf8')
    const [folder] = /\/\(\^\|.*\$\//.exec(own) ?? []
    expect(folder).toBeDefined()
    expect(config).toContain(`.replace(${folder}, '$1')`)
  })

  test.each<[src: string, api: string | undefined, calls: string | null]>([
    [`${TRACK}/r.js`, undefined, `${TRACK}/r/`],
    [`${TRACK}/base/r.js`, undefined, `${TRACK}/base/r/`],
    [`${TRACK}/r.0a1b.js?x=1`, undefined, `${TRACK}/r/`],
    [`${SHOP}assets/shop.js`, TRACK, `${TRACK}/r/`],
    [`${SHOP}assets/shop.js`, `${TRACK}/`, `${TRACK}/r/`],
    [`${SHOP}assets/shop.js`, '/rl/', `${SHOP}rl/r/`],
    [`${SHOP}assets/shop.js`, '/', `${SHOP}r/`],
    [`${SHOP}assets/shop.js`, 'https://r.shop.example', 'https://r.shop.example/r/'],
    [`${SHOP}assets/shop.js`, 'http://[track', null],
    [`${SHOP}assets/shop.js`, undefined, `${SHOP}assets/shop.js/r/`],
  ])('%s with data-api %s calls %s', (src, api, calls) => {
    expect(callsOf({ url: new URL(src), attributes: api === undefined ? {} : { 'data-api': api } }, new URL(SHOP))?.href ?? null).toBe(calls)
  })

  test('on the tags that "refledger tag" prints', () => {
    const { src, pinned } = scriptTags(TRACK, { name: 'r.0123456789abcdef0123.js', integrity: 'sha384-x' })
    expect([src, pinned].map((url) => isOurs(new URL(url)))).toEqual([true, true])
  })
})
