import { expect, test } from 'vitest'
import type { PageOptions, ShopWindow } from './page.ts'
import { KNOWN, stage, withCookies } from './stage.ts'

const on = stage()
const FIELDS = '<form><input class="rl"><textarea class="rl"></textarea><input name="other" value="mine"></form>'
const filling = (more: (window: ShopWindow) => void = () => undefined, fill = '.rl'): PageOptions => ({ data: { fill }, before: (window) => {
  window.document.body.innerHTML = FIELDS
  more(window)
} })
const values = ({ document }: ShopWindow): string[] => [...document.querySelectorAll('input,textarea')].map((field) => (field as unknown as { value: string }).value)

test('the fields that the tag names hold the session of this arrival', async () => {
  const { window } = await on.open('/?ref=anna', filling())
  const session = String(on.visits()[0]?.session)
  expect(values(window)).toEqual([session, session, 'mine'])
})

test('and that of an earlier page', async () => {
  const { window } = await on.open('/', filling(withCookies(`_rl=${KNOWN}`)))
  expect(values(window)).toEqual([KNOWN, KNOWN, 'mine'])
})

test('a field that came later is filled when its form is sent', async () => {
  const { window } = await on.open('/', filling(withCookies(`_rl=${KNOWN}`)))
  window.document.body.innerHTML = FIELDS
  expect(values(window)).toEqual(['', '', 'mine'])
  window.document.querySelector('form')?.dispatchEvent(new window.Event('submit', { bubbles: true }))
  expect(values(window)).toEqual([KNOWN, KNOWN, 'mine'])
})

test('a field that came later is filled after a command', async () => {
  const { window } = await on.open('/', filling(withCookies(`_rl=${KNOWN}`)))
  window.document.body.innerHTML = FIELDS
  await window.refledger('ready')
  await window.refledger('ready')
  expect(values(window)).toEqual([KNOWN, KNOWN, 'mine'])
})

test('without a session they stay as they were', async () => {
  const { window } = await on.open('/', filling())
  expect(values(window)).toEqual(['', '', 'mine'])
})

test('without a name in the tag none is touched', async () => {
  const { window } = await on.open('/?ref=anna', filling(undefined, ''))
  expect(values(window)).toEqual(['', '', 'mine'])
})

test.each(['forget', 'consent'])('after %s they are empty, and the page\'s own stay', async (command) => {
  const { window } = await on.open('/', filling(withCookies(`_rl=${KNOWN}`)))
  await window.refledger(command, 'denied')
  expect(values(window)).toEqual(['', '', 'mine'])
})

test('what the shop wrote into them stays where there never was a session', async () => {
  const { window } = await on.open('/', filling(undefined, '[name=other]'))
  await window.refledger('forget')
  expect(values(window)).toEqual(['', '', 'mine'])
})

test('a name that is no selector costs no arrival, no command and no form', async () => {
  const { window, faults } = await on.open('/?ref=anna', filling(undefined, '##'))
  window.document.querySelector('form')?.dispatchEvent(new window.Event('submit', { bubbles: true }))
  expect(on.visits()).toHaveLength(1)
  expect(await window.refledger('session')).toBe(on.visits()[0]?.session)
  expect(faults).toEqual([])
})
