import { expect, test } from 'vitest'
import { LEFT_OUT, LISTED } from '../../collector/store/sqlite/book-tables.ts'
import { openTestCollector } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'

test('every table is one that an export holds, or one that is left out with its reason', async () => {
  const tables = rowsOf<{ name: string }>(await openTestCollector(), "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'").map(({ name }) => name)
  expect([...LISTED.map(({ name }) => name), ...Object.keys(LEFT_OUT)].toSorted()).toEqual(tables.toSorted())
})

test('every column of theirs is a number, a text or bytes, and has one way to be written', async () => {
  const place = await openTestCollector()
  const kinds = LISTED.flatMap(({ name }) => rowsOf<{ type: string }>(place, 'select type from pragma_table_info(?)', name).map(({ type }) => type))
  expect([...new Set(kinds)].toSorted()).toEqual(['BLOB', 'INTEGER', 'TEXT'])
})

test('every table has an order of its own, or is told one', async () => {
  const place = await openTestCollector()
  const unordered = LISTED.filter(({ name, orderBy }) => orderBy === undefined && rowsOf(place, 'select 1 from pragma_table_info(?) where pk > 0', name).length === 0)
  expect(unordered).toEqual([])
})
