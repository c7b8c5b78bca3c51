import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli } from '../../collector/cli.ts'
import { FIELDS, NEEDED, NOUNS } from '../../collector/import/vendor.ts'
import { FORMATS, VENDORS } from '../../collector/import/vendors/all.ts'
import { cli } from '../helpers/cli.ts'
import { SCRIPT_FILE } from '../helpers/collector.ts'
import { booked, expectVerified, newcomer, paidOut, written } from '../helpers/import.ts'
import { README, snippets } from '../helpers/readme.ts'

const section = /## Moving in from another system\n([\s\S]*?)\n##/.exec(README)?.[1] ?? ''

/** As tables: the names of columns are people's spellings. */
const AFFILIATES = ['ID,First Name,Last Name,Email,Token,State', 'f-1,Ana,One,ana@p.example,ana,active', 'f-2,Ben,Two,ben@p.example,ben,active']
const COMMISSIONS = [
  'ID,Charge ID,Affiliate Email,Sale Amount,Currency,Commission Amount,State,Created At,Paid At',
  'k-1,ch_1,ana@p.example,10000,EUR,3000,paid,2026-01-05T10:00:00Z,2026-02-01T10:00:00Z',
  'k-2,ch_2,ben@p.example,10000,EUR,3000,due,2026-01-06T10:00:00Z,',
]
const PAYOUTS = ['ID,Affiliate Email,Amount,Currency,State,Paid At', 'p-1,ana@p.example,3000,EUR,paid,2026-02-01T10:00:00Z']

test('the commands of the README, as they are printed', async () => {
  const place = await newcomer()
  const files = { 'affiliates.csv': AFFILIATES, 'commissions.csv': COMMISSIONS, 'payouts.csv': PAYOUTS, 'commissions-2025.csv': [...COMMISSIONS, 'k-3,ch_3,zoe@p.example,10000,EUR,3000,due,2026-01-06T10:00:00Z,'] }
  for (const [name, lines] of Object.entries(files)) written(place, name, lines)
  const commands = snippets('Moving in from another system', 'sh', 2).flatMap((block) => block.trim().split('\n'))
  const said: string[] = []
  for (const command of commands) {
    const args = command.replace('npm run -s refledger -- ', '').split(' ').map((arg) => (arg.endsWith('.csv') ? join(place.dir, arg) : arg))
    const { code, out, err } = await cli(place.url, ...args)
    said.push(`${code} ${out}${err}`)
  }
  expect(said).toEqual([
    '0 affiliates.csv: 2 rows of affiliates: 2 to be written, 0 known already, 0 known and different, 0 refused\n'
      + 'commissions.csv: 2 rows of conversions: 2 to be written, 0 known already, 0 known and different, 0 refused\n'
      + 'payouts.csv: 1 row of payouts: 1 to be written, 0 known already, 0 known and different, 0 refused\n'
      + 'this was a dry run: nothing was written\n',
    expect.stringMatching(/^0 [\s\S]*\nall done: "refledger verify" looks it through\n$/) as string,
    '0 2 conversions, 12 ledger entries: all as it must be\n',
    expect.stringMatching(/^1 commissions-2025\.csv: 3 rows of conversions: 0 written, 2 known already, 0 known and different, 1 refused\nnothing was written\ncommissions-2025\.csv: line 4: affiliate_email names nobody who is known here: import the affiliates first\n$/) as string,
  ])
  expect([booked(place), paidOut(place)]).toEqual([['ch_1 ana@p.example 3000 0 EUR PAID 2026-01-05T10:00', 'ch_2 ben@p.example 3000 0 EUR APPROVED 2026-01-06T10:00'], ['ana@p.example 3000 EUR PAID 2026-02-01 1']])
  expect(readFileSync(join(place.dir, 'refused.csv'), 'utf8')).toContain('k-3,ch_3,zoe@p.example')
})

describe('the README tells', () => {
  test('of every format, and what comes over', () => {
    const rows = [...section.matchAll(/^\| `(\w+)` \| ([^|]*)\| ([^|]*)\| ([^|]*)\| ([^|]*)\| ([^|]*) \|$/gm)].map(([, format, ...cells]) => ({ format, cells: cells.map((cell) => cell.trim()) }))
    expect(rows.map(({ format }) => format).toSorted()).toEqual(FORMATS.toSorted())
    for (const { format, cells: [affiliates, clicks, conversions, payouts, amounts] } of rows) {
      const { files, amounts: unit } = VENDORS[format as keyof typeof VENDORS]
      expect([format, ...[affiliates, clicks, conversions, payouts].map((cell) => cell !== '' && !cell?.startsWith('none')), amounts]).toEqual([format, ...NOUNS.map((noun) => noun in files), unit === 'minor' ? 'cents' : 'major units'])
    }
  })

  test('of every plain column, those that are needed in bold', () => {
    for (const noun of NOUNS) {
      const row = new RegExp(`^\\| ${noun} \\| (.*) \\|$`, 'm').exec(section)?.[1] ?? ''
      const told = [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name)
      expect([noun, FIELDS[noun].filter((field) => !told.includes(field) && !['affiliate_id', 'affiliate_code', 'affiliate_email', 'commission_currency', 'commission_refunded', 'paid', 'test'].includes(field))]).toEqual([noun, []])
      expect(NEEDED[noun].filter((fields) => fields.length === 1 && !row.includes(`**\`${fields[0]}\`**`))).toEqual([])
    }
  })
})

test('a receipt says by whom it was decided', async () => {
  const place = await newcomer()
  await cli(place.url, 'import', written(place, 'affiliates.csv', AFFILIATES), written(place, 'commissions.csv', COMMISSIONS), '--format', 'rewardful')
  const { out } = await cli(place.url, 'conversion', 'show', 'ch_2')
  expect(out).toContain("Ben Two earns 30.00 EUR in campaign \"Shop partners\".\n  Rewardful had decided that this order is Ben Two's; it was imported so, and not judged here.\n  Ben Two: 30.00 EUR, as Rewardful had it.\n")
  expect((await cli(place.url, 'import', written(place, 'again.csv', COMMISSIONS), '--format', 'rewardful')).out).toContain('nothing was written')
  await expectVerified(place)
})

test('on a terminal there is a bar, and it is gone at the end', async () => {
  const place = await newcomer()
  const said = { out: '', err: '' }
  const streams = { out: (text: string) => void (said.out += text), err: (text: string) => void (said.err += text), isTerminal: true }
  const code = await runCli(['import', written(place, 'affiliates.csv', [...AFFILIATES, 'f-3,No,Mail,,x,active']), '--format', 'rewardful', '--database-url', place.url], { version: '0.0.0', assetsDir: dirname(SCRIPT_FILE), streams })
  process.exitCode = 0
  expect(code).toBe(1)
  expect(said.err).toMatch(/\] rows of affiliates\.csv: 3 of 3/)
  expect(said.err).toContain('affiliates.csv: line 4: email ')
  expect(said.err.endsWith('\r\u001B[K')).toBe(true)
})
