import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, cliJson } from '../helpers/cli.ts'
import { tempDir } from '../helpers/collector.ts'

/** A merchant with Ana and Ben, and an order of 10.00. */
async function shop(...order: string[]): Promise<string> {
  const url = `sqlite:${join(tempDir(), 'test.db')}`
  await cli(url, 'init', '--merchant', 'Corner Shop', '--site', 'corner.example', '--email', 'owner@corner.example')
  for (const name of ['ana', 'ben']) await cli(url, 'affiliate', 'create', '--campaign', '1', '--email', `${name}@partner.example`, '--code', name)
  await cli(url, 'conversion', 'record', '--order', 'o-1', '--amount', '10.00', ...order)
  return url
}

test('conversion show --affiliate: an order that has nothing to do with them is none, as one that there is not', async () => {
  const url = await shop('--affiliate', 'ana')
  const missing = await cliJson(url, 'conversion', 'show', 'o-9', '--affiliate', 'ben')
  expect(missing).toMatchObject({ code: 1, json: { error: { code: 'NOT_FOUND', message: 'There is no such conversion.' } } })
  for (const name of ['o-1', '1']) expect(await cliJson(url, 'conversion', 'show', name, '--affiliate', 'ben')).toEqual(missing)
  expect((await cliJson(url, 'conversion', 'show', 'o-1', '--affiliate', 'ana')).json).toMatchObject({ externalId: 'o-1', commissions: [{ amountMinor: 100 }] })
})

test('conversion show: what happened since, and to whom the order went', async () => {
  const url = await shop('--affiliate', 'ana')
  await cli(url, 'adjust', '1', '--bonus', '0.50', '--reason', 'thank you')
  await cli(url, 'credit', '--affiliate', 'ben', '--order', 'o-1', '--transfer')
  const { out } = await cli(url, 'conversion', 'show', 'o-1')
  expect(out).toMatch(/why\n {2}ana earns nothing any more in campaign "[^"]+"; at first it was 1\.00 EUR\.\n {2}ben earns 1\.00 EUR in/)
  expect(out).toMatch(/ana's commission was raised by 0\.50 EUR with a bonus \(thank you\) on .*UTC\.\n {2}ana's commission of 1\.50 EUR was transferred to ben on /)
  expect(out).toMatch(/cmm_\w+ {2}ana {2}1\.50 EUR {2}1\.50 EUR taken back {2}transferred to ben/)
  expect((await cliJson(url, 'conversion', 'show', 'o-1')).json).toMatchObject({ commissions: [{ remainsMinor: 0, history: [{ what: 'bonus', minor: 50, reason: 'thank you' }, { what: 'transferred', minor: 150 }] }, { remainsMinor: 100, history: [{ what: 'approved' }] }] })
})

test('trigger assign --since: what remains of an order that was refunded in part', async () => {
  const url = await shop('--coupon', 'BEN10')
  await cli(url, 'refund', 'o-1', '--amount', '2.50')
  const assign = ['trigger', 'assign', '--coupon', 'BEN10', '--affiliate', 'ben', '--since', '2026-01-01T00:00:00Z']
  expect((await cli(url, ...assign, '--dry-run')).out).toMatch(/^ {2}o-1 {2}1\.00 EUR, of which 0\.75 EUR would remain after refunds$/m)
  expect((await cli(url, ...assign)).out).toMatch(/^ {2}o-1 {2}1\.00 EUR, of which 0\.75 EUR remain after refunds$/m)
})
