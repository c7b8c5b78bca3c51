import { describe, expect, test } from 'vitest'
import type { Endpoint } from './endpoint.ts'
import type { PageOptions } from './page.ts'
import { accepts, hangsUp, put, refuses, stage } from './stage.ts'

const on = stage()
type Row = [says: string[], path: string, reply: Endpoint['reply'], options: PageOptions]
const rows: Row[] = [
  [['counted'], '/?ref=anna', accepts(), {}],
  [['no code'], '/?x=1', accepts(), {}],
  [['no consent'], '/?ref=anna', accepts(), { data: { consent: 'required' } }],
  [['GPC'], '/?ref=anna', accepts(), { before: ({ navigator }) => put(navigator, 'globalPrivacyControl', true) }],
  [['kept'], '/?ref=anna', hangsUp, {}],
  [['no site here'], '/?ref=anna', refuses(404), {}],
]

describe('with data-debug the console is told', () => {
  test.each(rows)('%s', async (says, path, reply, { data, ...options }) => {
    on.endpoint.reply = reply
    const { warnings } = await on.open(path, { ...options, data: { ...data, debug: '' } })
    expect(warnings).toEqual(says.map((words) => `refledger: ${words}`))
  })

  test('seen, where the address was told before', async () => {
    const page = await on.open('/?ref=anna', { data: { debug: '' } })
    page.window.history.pushState(null, '', '/?ref=anna')
    await page.settled()
    expect(page.warnings).toEqual(['refledger: counted', 'refledger: seen'])
  })
})

test.each(rows)('without it %s is kept to itself, but for what the merchant should mend', async (_says, path, reply, options) => {
  on.endpoint.reply = reply
  const { warnings } = await on.open(path, options)
  expect(warnings).toEqual(reply === rows.at(-1)?.[2] ? ['refledger: no site here'] : [])
})
