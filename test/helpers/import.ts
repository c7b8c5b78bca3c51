import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { Report } from '../../collector/import/run.ts'
import type { Noun } from '../../collector/import/vendor.ts'
import { cli, cliJson } from './cli.ts'
import { tempDir } from './collector.ts'
import { rowsOf } from './rows.ts'

/** A merchant to move in with. */
export interface Newcomer {
  dir: string
  url: string
}

/** What became of one file, as the command tells it. */
export type FileReport = Omit<Report, 'noun'> & { file: string; as: Noun }

/** A merchant in euros, with the campaign that `init` made. */
export async function newcomer(...more: string[]): Promise<Newcomer> {
  const dir = tempDir(onTestFinished)
  const url = `sqlite:${join(dir, 'test.db')}`
  const { code } = await cli(url, 'init', '--merchant', 'Shop', '--site', 'shop.example', '--email', 'owner@shop.example', ...more)
  expect(code).toBe(0)
  return { dir, url }
}

/** Writes a file of the other system's, and gives its path. */
export function written({ dir }: Newcomer, name: string, content: string | string[] | Buffer): string {
  const file = join(dir, name)
  writeFileSync(file, Array.isArray(content) ? content.map((line) => `${line}\n`).join('') : content)
  return file
}

export async function imported({ url }: Newcomer, ...args: string[]): Promise<{ code: number; files: FileReport[]; written: number; refused: number }> {
  const { code, json } = await cliJson<{ files: FileReport[]; written: number; refused: number }>(url, 'import', ...args)
  if (json.files === undefined) throw new Error(JSON.stringify(json))
  return { code, ...json }
}

/** What each commission is: its order, whose it is, what was booked of it and what taken back, how it stands, and when it was booked. */
export const booked = (place: Newcomer): string[] => rowsOf<{ row: string }>(place, `
  select c.external_id || ' ' || (select address from affiliate_addresses a where a.affiliate_id = m.affiliate_id and a.use = 'login') || ' ' || m.minor || ' ' || m.clawed_minor || ' ' || m.currency || ' ' || m.status
    || iif(m.reason is null, '', ' ' || m.reason) || ' ' || strftime('%Y-%m-%dT%H:%M', m.booked_at_ms / 1000, 'unixepoch') as row
  from commissions m join conversions c on c.merchant_id = m.merchant_id and c.id = m.conversion_id order by c.external_id, 1
`).map(({ row }) => row)

/** What was paid to whom, when, by how many commissions. */
export const paidOut = (place: Newcomer): string[] => rowsOf<{ row: string }>(place, `
  select (select address from affiliate_addresses a where a.affiliate_id = p.affiliate_id and a.use = 'login') || ' ' || (p.gross_minor - p.netted_minor) || ' ' || p.currency || ' ' || p.status || ' ' || strftime('%Y-%m-%d', p.paid_at_ms / 1000, 'unixepoch')
    || ' ' || (select count(*) from payout_commissions h where h.payout_id = p.id) as row from payouts p order by p.paid_at_ms, 1
`).map(({ row }) => row)

/** The book must add up, whatever was imported. */
export async function expectVerified({ url }: Newcomer): Promise<void> {
  expect((await cliJson(url, 'verify')).json).toMatchObject({ ok: true, problems: [] })
}
