import type { Database } from 'better-sqlite3'

/** Texts that are remembered in memory, before it starts anew. */
const REMEMBERED = 20_000

/** Repeated texts (pages, referrers, browsers) as integers: each is stored once a merchant. */
export function internedTexts(db: Database) {
  const find = db.prepare<[number, string], number>('select id from texts where merchant_id = ? and text = ?').pluck()
  const insert = db.prepare('insert into texts (merchant_id, text) values (?, ?)')
  const known = new Map<number, Map<string, number>>()
  const remove = db.prepare('delete from texts where id = ?')
  let remembered = 0
  /** What was new lately. */
  let made: number[] = []

  function look(merchantId: number, text: string): number {
    const held = find.get(merchantId, text)
    if (held !== undefined) return held
    const id = Number(insert.run(merchantId, text).lastInsertRowid)
    made.push(id)
    return id
  }

  function forget(): void {
    known.clear()
    remembered = 0
  }

  return {
    /** From here on `takeBack` counts. */
    begin(): void {
      if (made.length > 0) made = []
    },
    /** Lets go of what was new since `begin`: nothing bears it. */
    takeBack(): void {
      if (made.length === 0) return
      for (const id of made) remove.run(id)
      forget()
    },
    /** The integer of a text, made when it is new. */
    idOf(merchantId: number, text: string): number {
      let ids = known.get(merchantId)
      const held = ids?.get(text)
      if (held !== undefined) return held
      if (remembered >= REMEMBERED) forget()
      ids = known.get(merchantId) ?? new Map<string, number>()
      known.set(merchantId, ids)
      const id = look(merchantId, text)
      ids.set(text, id)
      remembered += 1
      return id
    },
    /** After rows were taken back, their integers must be asked for again. */
    forget,
  }
}
