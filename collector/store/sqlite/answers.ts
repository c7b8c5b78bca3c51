import type { Database } from 'better-sqlite3'
import type { Answer, AnswerKey } from '../store.ts'

interface AnswerRow { body_hash: string; status: number; body: string; created_at_ms: number }

/** Answers kept for repeated calls with the same `Idempotency-Key`. */
export function answerStore(db: Database) {
  const insert = db.prepare('insert into answers (merchant_id, route, key_hash, body_hash, status, body, created_at_ms) values (:merchantId, :route, :keyHash, :bodyHash, :status, :body, :createdAtMs)')
  const find = db.prepare<[number, string, string], AnswerRow>('select * from answers where merchant_id = ? and route = ? and key_hash = ?')

  const tell = db.prepare('update answers set status = :status, body = :body where merchant_id = :merchantId and route = :route and key_hash = :keyHash and status = 0')
  const expire = db.prepare('delete from answers where created_at_ms < ?')

  return {
    /** Forgets answers that nobody will ask for any more. */
    expire: (beforeMs: number) => expire.run(beforeMs),
    add: (key: AnswerKey, answer: Answer) => insert.run({ ...key, ...answer }),
    /** Fills in what is told, once the effect is on disk. */
    tell: (key: AnswerKey, told: Pick<Answer, 'status' | 'body'>) => tell.run({ ...key, ...told }),
    find({ merchantId, route, keyHash }: AnswerKey): Answer | undefined {
      const row = find.get(merchantId, route, keyHash)
      return row && { bodyHash: row.body_hash, status: row.status, body: row.body, createdAtMs: row.created_at_ms }
    },
  }
}
