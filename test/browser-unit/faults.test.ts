import { describe, expect, test } from 'vitest'
import type { ShopWindow } from './page.ts'
import { put, stage } from './stage.ts'

const on = stage()
const denied = (): never => { throw new Error('denied') }
/** What a browser, a sandbox or another script may have taken from the page. */
const lacks: [string, (window: ShopWindow) => void][] = [
  ['fetch', (window) => put(window, 'fetch', undefined)],
  ['fetch that throws', (window) => put(window, 'fetch', denied)],
  ['localStorage', (window) => put(window, 'localStorage', undefined)],
  ['storage that throws', (window) => ['localStorage', 'sessionStorage'].forEach((area) => Object.defineProperty(window, area, { get: denied }))],
  ['cookies that throw', (window) => Object.defineProperty(window.document, 'cookie', { get: denied, set: denied })],
  ['crypto.subtle', (window) => {
    const { crypto } = window
    put(window, 'crypto', { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) })
  }],
  ['crypto', (window) => put(window, 'crypto', undefined)],
  ['navigator.locks', (window) => put(window.navigator, 'locks', undefined)],
  ['navigation timing', (window) => put(window.performance, 'getEntriesByType', () => [])],
  ['locks that refuse', (window) => put(window.navigator, 'locks', { request: () => Promise.reject(new Error('not here')) })],
]

describe('a page without', () => {
  test.each(lacks)('%s notices nothing', async (_name, take) => {
    const { window, faults } = await on.open('/?ref=anna', { before: take, data: { domains: 'shop.de', fill: 'input', clean: '' } })
    for (const command of ['ready', 'session', 'identify', 'cart', 'link', 'click', 'consent', 'forget', 'nonsense'])
      await expect(window.refledger(command, 'a@b.example')).resolves.not.toThrow()
    expect(faults).toEqual([])
    expect(window.location.pathname).toBe('/')
  })

  test.each(lacks.filter(([name]) => /storage|subtle|locks|timing/i.test(name)))('%s counts the arrival all the same', async (_name, take) => {
    await on.open('/?ref=anna', { before: take })
    expect(on.visits()).toMatchObject([{ ref: 'anna' }])
    expect(on.kept().cookies).toEqual(['_rl'])
  })

  test('cookies to read sends nothing', async () => {
    const page = await on.open('/?ref=anna', { before: ({ document }) => Object.defineProperty(document, 'cookie', { get: denied, set: denied }) })
    expect(await page.window.refledger('session')).toBeUndefined()
    expect(on.endpoint.calls).toEqual([])
    expect([...page.faults, ...page.warnings]).toEqual([])
  })
})

test('an early call without a word, or with too many, does not stop the script', async () => {
  const { window, faults } = await on.open('/?ref=anna', { before: ({ eval: run }) => void run('window.refledger = { q: [[[], function () {}], [["ready", 1, 2], function () {}]] }') })
  expect(await window.refledger('session')).toBe(on.visits()[0]?.session)
  expect(faults).toEqual([])
})
