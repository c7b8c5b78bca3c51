import type { Database } from 'better-sqlite3'

interface TextsRow { page: number; referrer: number; user_agent: number }

/** Texts that no click bears any more: looking for them reads all of a merchant's clicks, so that is done without a lock. */
export function unusedTexts(db: Database) {
  const highest = db.prepare<[number], number>('select coalesce(max(number), 0) from journal where merchant_id = ?').pluck()
  const bearing = db.prepare<[{ merchantId: number; ids: string }], TextsRow>(`
    select page, referrer, user_agent from clicks
    where merchant_id = :merchantId and exists (select 1 from json_each(:ids) t where t.value in (page, referrer, user_agent))
  `)
  // What has come since is in the journal.
  const forget = db.prepare(`
    delete from texts where merchant_id = :merchantId and id = :id and not exists (
      select 1 from journal j cross join clicks c on c.merchant_id = j.merchant_id and c.id = j.ref
      where j.merchant_id = :merchantId and j.number > :upTo and j.kind = 'click' and :id in (c.page, c.referrer, c.user_agent)
    )
  `)

  return {
    /** Which of these no click bears, and up to where in the journal that was looked at. */
    find({ merchantId, ids }: { merchantId: number; ids: number[] }): { unused: number[]; upTo: number } {
      const upTo = highest.get(merchantId) ?? 0
      const unused = new Set(ids)
      for (const { page, referrer, user_agent } of bearing.iterate({ merchantId, ids: JSON.stringify(ids) })) {
        for (const id of [page, referrer, user_agent]) unused.delete(id)
        if (unused.size === 0) break
      }
      return { unused: [...unused], upTo }
    },
    /** Takes them away, but for those that a click bears since then. */
    forget({ merchantId, ids, upTo }: { merchantId: number; ids: number[]; upTo: number }): void {
      for (const id of ids) forget.run({ merchantId, id, upTo })
    },
  }
}
