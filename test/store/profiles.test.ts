import { expect, test } from 'vitest'
import { migrate } from '../../collector/store/migrate.ts'
import { openDatabase } from '../../collector/store/sqlite/sqlite.ts'
import { join } from 'node:path'
import { tempDir } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'
import { MADE_MS, spineDatabase } from './spine-book.ts'

test.each([
  ['Ana', { firstName: 'Ana', lastName: '' }],
  ['Ana María de la Vega', { firstName: 'Ana', lastName: 'María de la Vega' }],
  ['Ana  Sol', { firstName: 'Ana', lastName: 'Sol' }],
])('the name "%s" becomes the first version of a profile', (name, profile) => {
  const dir = tempDir()
  const db = spineDatabase(join(dir, 'test.db'))
  db.prepare('update affiliates set name = ? where id = ?').run(name, 'aff_ana')
  migrate(db)
  expect(rowsOf({ dir }, "select version, valid_from_ms as since, json(value) as value from affiliate_profiles where affiliate_id = 'aff_ana'")).toEqual([{ version: 1, since: MADE_MS, value: JSON.stringify(profile) }])
  db.close()
})

test('keys that could do everything still can, and others no more than before', () => {
  const dir = tempDir()
  const db = spineDatabase(join(dir, 'test.db'))
  const key = db.prepare("insert into keys values (1, ?, 'refcampaign', 'live', ?, null, ?, 0, null)")
  key.run('key_all', '["conversions","tracking","commissions","payouts","reports"]', 'a')
  key.run('key_some', '["conversions","tracking"]', 'b')
  migrate(db)
  expect(rowsOf({ dir }, "select id, scopes from keys where id in ('key_all', 'key_some') order by id")).toEqual([
    { id: 'key_all', scopes: '["conversions","tracking","commissions","payouts","reports","campaigns","affiliates"]' }, { id: 'key_some', scopes: '["conversions","tracking"]' },
  ])
  db.close()
})

test('profiles are append only', () => {
  const dir = tempDir()
  spineDatabase(join(dir, 'test.db')).close()
  const db = openDatabase(join(dir, 'test.db'))
  migrate(db)
  for (const sql of [`update affiliate_profiles set value = '{"firstName":"Zoe"}'`, 'update affiliate_profiles set version = 2', 'delete from affiliate_profiles']) expect(() => db.exec(sql)).toThrow(/append only|erased or stays/)
  db.close()
})
