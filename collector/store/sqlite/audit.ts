import { hash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Mode } from '../../../shared/domain.ts'
import type { Audit } from '../../../shared/engine/record.ts'
import type { AuditRow } from '../queries.ts'
import { sequences } from './sequences.ts'

interface Row { number: number; mode: Mode; at_ms: number; actor: string; action: string; subject: string; detail: string; previous: string; digest: string }

/** What was done by hand, each row with the digest of the one before: one that is changed or missing breaks the chain. */
export function auditStore(db: Database) {
  const next = sequences(db)
  const last = db.prepare<[number], string>('select digest from audit where merchant_id = ? order by number desc limit 1').pluck()
  const insert = db.prepare(`
    insert into audit (merchant_id, number, mode, at_ms, actor, action, subject, detail, previous, digest)
    values (:merchantId, :number, :mode, :atMs, :actor, :action, :subject, :detail, :previous, :digest)
  `)
  const following = db.prepare<[number, number, number], Row>('select * from audit where merchant_id = ? and number > ? order by number limit ?')

  return {
    add(audit: Audit): void {
      const { merchantId } = audit
      const row = { ...audit, number: next(merchantId, 'audit'), detail: JSON.stringify(audit.detail), previous: last.get(merchantId) ?? '' }
      insert.run({ ...row, digest: auditDigest(row) })
    },
    after: (merchantId: number, number: number, limit: number): AuditRow[] => following.all(merchantId, number, limit).map(({ at_ms, ...held }) => {
      const row = { ...held, merchantId, atMs: at_ms }
      return { ...row, isGenuine: row.digest === auditDigest(row) }
    }),
  }
}

/** What an audit row's digest is made of. */
export const auditDigest = ({ merchantId, number, mode, atMs, actor, action, subject, detail, previous }: Omit<AuditRow, 'digest' | 'isGenuine'>): string =>
  hash('sha256', JSON.stringify([merchantId, number, mode, atMs, actor, action, subject, detail, previous]))
