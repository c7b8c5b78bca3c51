import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, cliJson } from '../helpers/cli.ts'
import { tempDir } from '../helpers/collector.ts'

/** Every command but those that may be the first: `serve`, `init` and `restore`. */
const COMMANDS = [
  'verify', 'tag', 'replay --from 2026-11-01 --to 2026-11-30', 'conversion show 1', 'conversion record --order 1 --amount 5', 'refund 1', 'approve 1', 'reject 1', 'adjust 1 --bonus 5', 'credit --affiliate ana --amount 5',
  'commission list', 'commission show 1', 'payout list', 'payout show 1', 'payout make --affiliate ana', 'payout pay 1', 'payout cancel 1', 'payout undo 1', 'merchant show', 'merchant update --coupon-first',
  'site list', 'site add blog.example', 'site prove blog.example', 'campaign list', 'campaign create --name A --landing-url https://shop.example/ --percent 5', 'campaign update 1 --archive', 'rate list', 'rate set --campaign 1 --sku A --percent 5', 'rate remove --campaign 1 --sku A',
  'affiliate list', 'affiliate create --campaign 1 --email ana@blog.example', 'affiliate update ana --status denied', 'trigger list', 'trigger assign --coupon A --affiliate ana', 'trigger end 1', 'key list', 'key create --dialect refcampaign', 'key revoke key_1', 'key rotate key_1', 'key rotate --secret', 'backup /nowhere/b', 'migrate', 'migrate --dry-run',
]

test.each(COMMANDS)('%s: where there is no database it says which, and makes none', async (words) => {
  const dir = tempDir()
  const file = join(dir, 'wrong', 'refledger.db')
  const { code, out, err } = await cli(`sqlite:${file}`, ...words.split(' '))
  expect([code, out, err]).toEqual([1, '', `error: There is no database ${file} (DATABASE_URL): name the right one, or run "refledger init" first.\n`])
  expect(readdirSync(dir)).toEqual([])
})

test.each<[string, (file: string) => void]>([['an empty file', (file) => writeFileSync(file, '')], ['a folder', (file) => mkdirSync(file)]])('%s is no database either', async (_what, make) => {
  const dir = tempDir()
  const file = join(dir, 'data')
  make(file)
  const { code, json } = await cliJson<{ error: { code: string; message: string } }>(`sqlite:${file}`, 'verify')
  expect([code, json.error]).toEqual([1, { code: 'NOT_FOUND', message: expect.stringContaining(`no database ${file} (DATABASE_URL)`) }])
  expect(readdirSync(dir)).toEqual(['data'])
})

test('init makes one, but not for words that it cannot read', async () => {
  const dir = tempDir()
  const url = `sqlite:${join(dir, 'data', 'new.db')}`
  expect((await cli(url, 'init', '--merchant', 'Shop', '--site', 'shop.example', '--email', 'nobody')).code).not.toBe(0)
  expect(readdirSync(dir)).toEqual([])
  expect((await cli(url, 'init', '--merchant', 'Shop', '--site', 'shop.example', '--email', 'owner@shop.example')).code).toBe(0)
  expect((await cliJson(url, 'verify')).json).toMatchObject({ ok: true })
})
