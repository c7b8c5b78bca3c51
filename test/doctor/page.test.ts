import { describe, expect, test } from 'vitest'
import { look } from '../../collector/doctor/look.ts'
import { diagnose, html, redirect, SESSION, SHOP, TAG, worldOf, type Staged } from './world.ts'

describe('the page', () => {
  test('answers', async () => {
    const { said, findings } = await diagnose()
    expect(said('page')).toEqual([`ok: ${SHOP} answers 200 with HTML`])
    expect(findings.every(({ level, advice }) => level === 'ok' && advice === null)).toBe(true)
  })

  test.each<[string, Staged, RegExp]>([
    ['is not reached', { url: 'https://nowhere.example/' }, /^fail: https:\/\/nowhere\.example\/ cannot be loaded: there is no such host -> /],
    ['is not there', { web: { [SHOP]: { status: 404 } } }, /^fail: .* answers 404 -> Name a page/],
    ['is behind a guard', { web: { [SHOP]: { status: 403 } } }, /^fail: .* answers 403 -> A protection against robots/],
    ['is no HTML', { web: { [SHOP]: { headers: { 'Content-Type': 'application/json' } } } }, /^fail: .* answers with application\/json, not with HTML/],
    ['is nothing', { web: { [SHOP]: {} } }, /^fail: .* answers with no content type/],
  ])('%s: nothing else is judged', async (_what, staged, says) => {
    const { said, findings } = await diagnose(staged)
    expect(said('page')).toEqual([expect.stringMatching(says)])
    expect(findings.filter(({ check }) => check !== 'redirects').map(({ check }) => check)).toEqual(['page'])
  })

  test('moves on by itself', async () => {
    const { said } = await diagnose({ web: { [SHOP]: html(`<meta http-equiv="Refresh" content="0; URL='/de/'">${TAG}`) } })
    expect(said('page')[1]).toMatch(/^warn: it moves on by itself to \/de\//)
  })
})

describe('https', () => {
  test.each([
    [SHOP, /^ok: the page is secure$/],
    ['http://www.shop.example/', /^warn: the page is plain http: refledger\("identify"/],
    ['http://shop.localhost:3000/', /^ok: plain http, which browsers trust/],
    ['http://127.0.0.1/', /^ok: /],
  ])('%s', async (url, says) => {
    expect((await diagnose({ url, web: { [url]: html(TAG) } })).said('https')).toEqual([expect.stringMatching(says)])
  })
})

describe('redirects', () => {
  const QUERY = `?ref=refledger-doctor&rlid=${SESSION}&c=1`
  const START = 'https://shop.example/'
  const through = async (...locations: string[]): Promise<string[]> => {
    const web = { [START]: redirect(locations[0] ?? SHOP, 301), ...Object.fromEntries(locations.slice(1).map((to, at) => [(locations[at] ?? '').replace(/[?#].*/, ''), redirect(to)])) }
    return (await diagnose({ url: START, web })).said('redirects')
  }

  test.each<[string, string[], RegExp[]]>([
    ['pass everything on', [`${SHOP}${QUERY}`], [/^ok: 1 redirect \(to https:\/\/www\.shop\.example\/\) kept ref, rlid and c$/]],
    ['drop the query', [SHOP], [/^fail: the redirect \(301\) from https:\/\/shop\.example\/ to https:\/\/www\.shop\.example\/ drops "ref": nobody .* -> Have that redirect pass the query on as it is, or link straight to https:\/\/www/, /^warn: .* drops "rlid".*counts as another/, /^warn: .* drops "c"/]],
    ['drop it at the second hop', [`https://shop.example/de/${QUERY}`, SHOP], [/^fail: the redirect \(302\) from https:\/\/shop\.example\/de\/ to/, /rlid/, /"c"/]],
    ['keep the code alone', [`${SHOP}?ref=refledger-doctor`], [/^warn: .*"rlid"/, /^warn: .*"c"/]],
    ['change the code', [`${SHOP}?ref=home&rlid=${SESSION}&c=1`], [/^fail: .* makes "home" of "ref"/]],
    ['write it in capitals', [`${SHOP}?ref=REFLEDGER-DOCTOR&rlid=${SESSION.toUpperCase()}&c=1`], [/^ok: /]],
    ['move it behind the #', [`${SHOP}#/landing${QUERY}`], [/^ok: /]],
    ['go on relatively', [`/de/${QUERY}`, `${SHOP}${QUERY}`], [/^ok: /]],
  ])('that %s', async (_what, locations, says) => {
    const said = await through(...locations)
    expect(said).toEqual(says.map((one) => expect.stringMatching(one)))
  })

  test('a fragment goes along, unless the redirect brings its own', async () => {
    const world = worldOf({ web: { [START]: redirect(SHOP), [SHOP]: redirect('/a#new'), [`${SHOP}a`]: html(TAG) } })
    const { loaded } = await look({ url: new URL(`${START}#/shelf`), code: 'x', session: SESSION }, world)
    expect(loaded.hops.map(({ url }) => url.hash)).toEqual(['#/shelf', '#/shelf', '#new'])
  })

  test.each(['utf8', 'latin1'] as const)('letters that nobody escaped are read as browsers do, in %s as well', async (encoding) => {
    const bare = Buffer.from('/s\u00FC\u00DF', encoding).toString('latin1')
    const { said } = await diagnose({ web: { [SHOP]: redirect(bare), [`${SHOP}s%C3%BC%C3%9F`]: html(TAG) } })
    expect(said('page')).toEqual([expect.stringMatching(/^ok: .*s%C3%BC%C3%9F answers 200/)])
  })

  test('a circle ends', async () => {
    const { said } = await diagnose({ web: { [SHOP]: redirect(`${SHOP}?ref=refledger-doctor&rlid=${SESSION}&c=1`) } })
    expect(said('page')).toEqual([expect.stringMatching(/^fail: .* cannot be loaded: more than 10 redirects, in a circle/)])
  })

  test('a way to nowhere is said', async () => {
    const { said } = await diagnose({ web: { [SHOP]: redirect('mailto:shop@shop.example') } })
    expect(said('page')[0]).toMatch(/it redirects to mailto:shop@shop\.example, which is no web page/)
  })

  test('a page that wants its cookie back gets it', async () => {
    const first = { ...redirect(`${SHOP}${QUERY}`), headers: { Location: `${SHOP}${QUERY}`, 'Set-Cookie': 'seen=1; Path=/; Secure' } }
    const world = worldOf({ web: { [SHOP]: [first, html(TAG)] } })
    await look({ url: new URL(SHOP), code: 'x', session: SESSION }, world)
    expect(world.asked[1]?.headers['Cookie']).toBe('seen=1')
  })

  test('and its neighbours, but no stranger', async () => {
    const first = { ...redirect(SHOP), headers: { Location: SHOP, 'Set-Cookie': 'seen=1' } }
    const world = worldOf({ web: { [START]: first, [SHOP]: redirect('https://other.example/'), 'https://other.example/': html(TAG) } })
    await look({ url: new URL(START), code: 'x', session: SESSION }, world)
    expect(world.asked.slice(0, 3).map(({ headers }) => headers['Cookie'])).toEqual([undefined, 'seen=1', undefined])
  })
})

const askedWith = async (url: string, code = 'refledger-doctor', web: Staged['web'] = {}) => {
  const world = worldOf({ web })
  await look({ url: new URL(url), code, session: SESSION }, world)
  return world.asked
}

describe('what is asked', () => {
  test('the rest of the query stays as it is, letter by letter', async () => {
    expect((await askedWith(`${SHOP}?a&b=%20x+y`))[0]?.url).toBe(`${SHOP}?a&b=%20x+y&ref=refledger-doctor&rlid=${SESSION}&c=1`)
  })

  test("a code in the address gives way, and the page's own c stays", async () => {
    expect((await askedWith(`${SHOP}?ref=ana&c=shoes`, 'ben & co'))[0]?.url).toBe(`${SHOP}?c=shoes&ref=ben%20%26%20co&rlid=${SESSION}`)
  })

  test('user name and password go to their own origin, and nowhere else', async () => {
    const asked = await askedWith('https://me:p%C3%A4ss@www.shop.example/', 'x', { [SHOP]: redirect('https://other.example/'), 'https://other.example/': html(TAG) })
    expect(asked.map(({ url, headers }) => [new URL(url).host, headers['Authorization']])).toEqual(expect.arrayContaining([['www.shop.example', `Basic ${Buffer.from('me:päss').toString('base64')}`], ['other.example', undefined]]))
    expect(asked.some(({ url }) => url.includes('p%C3%A4ss'))).toBe(false)
  })

  test('a password with a percent sign is one, too', async () => {
    expect((await askedWith('https://me:5%25%off@www.shop.example/'))[0]?.headers['Authorization']).toBe(`Basic ${Buffer.from('me:5%25%off').toString('base64')}`)
  })

  test('a tag that reads another parameter is followed with that', async () => {
    const { seen } = await diagnose({ web: { [SHOP]: html(TAG.replace('async', 'async data-param="partner,via"')) } })
    expect([seen.param, seen.loaded.url.searchParams.get('partner')]).toEqual(['partner', 'refledger-doctor'])
  })

  test('the collector is asked for a pass of nobody, by the page', async () => {
    const asked = await askedWith(`${SHOP}?email=a@b.example`)
    expect(asked.at(-1)).toEqual({ url: 'https://track.shop.example/r/pass', headers: { Origin: 'https://www.shop.example', 'Content-Type': 'text/plain;charset=UTF-8' }, body: JSON.stringify({ session: SESSION, url: SHOP }) })
  })
})
