import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FORMAT, manifestText, FORMAT_VERSION, type TableSum } from '../../collector/export/manifest.ts'
import { tableText } from '../../collector/export/table-text.ts'
import { migrate, SCHEMAS } from '../../collector/store/migrate.ts'
import { bookRows } from '../../collector/store/sqlite/book-rows.ts'
import { openDatabase } from '../../collector/store/sqlite/sqlite.ts'
import { startCollector } from '../helpers/collector.ts'
import { exported, filesOf, imported, rowsIn } from '../helpers/exports.ts'
import { bookKeeper } from '../helpers/rich-book.ts'
import { memoryDir } from '../helpers/world.ts'

const OLDER = '2026-11-21-refgrow'

/** What the version that had this schema would have exported of a book: the same rows, without what came later. */
function exportedThen(dir: string): string {
  const db = openDatabase(join(memoryDir(), 'then.db'))
  migrate(db, OLDER)
  db.exec(`attach '${join(dir, 'test.db')}' as later`)
  const book = bookRows(db)
  db.exec('begin')
  for (const table of ['texts', ...book.tables.map(({ name }) => name)]) {
    const columns = db.prepare<[string], string>("select group_concat(name) from pragma_table_info(?, 'main')").pluck().get(table) ?? ''
    db.exec(`insert into main.${table} (${columns}) select ${columns} from later.${table}`)
  }
  db.exec('commit')
  const folder = join(memoryDir(), 'export')
  mkdirSync(folder)
  const tables = Object.fromEntries(book.tables.map((table): [string, TableSum] => {
    const { pieces, sum } = tableText(book, table, { merchants: [1], progress: () => undefined })
    writeFileSync(join(folder, `${table.name}.jsonl`), Buffer.concat([...pieces]))
    return [table.name, sum()]
  }))
  const key = readFileSync(join(dir, 'identity.key'), 'utf8')
  writeFileSync(join(folder, 'identity.key'), key)
  writeFileSync(join(folder, 'manifest.json'), manifestText({ format: FORMAT, version: FORMAT_VERSION, schema: book.schema, merchants: [1], identityKey: hash('sha256', Buffer.from(key.trim(), 'hex')), tables }))
  db.close()
  return folder
}

async function plainBook(): Promise<{ dir: string }> {
  const collector = await startCollector({ dir: memoryDir() })
  const keeper = bookKeeper(collector)
  const session = await keeper.visits('ana', 'ben')
  await keeper.record({ externalId: 'o-1', identifiers: [{ kind: 'session', value: session }] })
  await keeper.order('o-2', 'ana')
  await keeper.approve('o-2')
  await keeper.payout('ana')
  await collector.close()
  return collector
}

/** All files, but for when commissions were changed, which nobody kept then. */
const told = (folder: string): unknown => ({ ...filesOf(folder), 'manifest.json': null, 'commissions.jsonl': rowsIn(folder, 'commissions').map((row) => ({ ...row, changed_at_ms: null })) })

test('the export of an older version is taken into its own schema and brought to this one', { timeout: 30_000 }, async () => {
  const book = await plainBook()
  const older = exportedThen(book.dir)
  expect(SCHEMAS.indexOf(OLDER)).toBeLessThan(SCHEMAS.length - 1)
  expect(rowsIn(older, 'commissions')[0]).not.toHaveProperty('won_by')
  const place = await imported(older)
  expect(place).toMatchObject({ code: 0, json: { imported: true, schema: OLDER } })
  const now = await exported(place)
  expect(rowsIn(now, 'commissions').map(({ won_by }) => won_by).toSorted()).toEqual(['affiliate_code', 'session'])
  expect(told(now)).toEqual(told(await exported(book)))
})

test('it is refused where a database is, because that has this schema', { timeout: 30_000 }, async () => {
  const older = exportedThen((await plainBook()).dir)
  const there = await imported(older)
  expect(await imported(older, there)).toMatchObject({ code: 1, json: { error: { code: 'CONFLICT', message: expect.stringContaining(`older schema ${OLDER}`) } } })
})
