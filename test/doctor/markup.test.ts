import { expect, test } from 'vitest'
import { readMarkup } from '../../collector/doctor/markup.ts'

const sources = (html: string): string[] => readMarkup(html).scripts.map(({ src }) => src)
const TAG = '<script src="/r.js"></script>'

test('a page is read to its end, however long and as deep as pages are', () => {
  expect(sources(`${'<div>'.repeat(500)}${'<p>text'.repeat(20_000)}${TAG}`)).toEqual(['/r.js'])
})

test('a page that is deeper than any is read no further', () => {
  expect(sources(`${TAG}${'<b>'.repeat(100_000)}${'</i>'.repeat(100_000)}<script src="/late.js"></script>`)).toEqual(['/r.js'])
})

test.each([0, 4000, 4080, 4095])('an address in an inline script is found wherever it stands, behind %i characters too', (before) => {
  expect(readMarkup(`<script>/*${'x'.repeat(before)}*/ load("https://track.shop.example/r.js")</script>`).mentioned).toEqual(['https://track.shop.example/r.js'])
})

test('an inline script that seems to mention it a million times is read all the same', () => {
  expect(readMarkup(`<script>"${'/r.js?'.repeat(200_000)}</script>${TAG}`).scripts).toHaveLength(1)
})
