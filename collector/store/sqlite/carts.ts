import type { Database } from 'better-sqlite3'
import type { Mode } from '../../../shared/domain.ts'
import type { Cart } from '../../../shared/engine/carts.ts'
import { fromBlob, toBlob } from './blobs.ts'

/** Which sessions shops' carts are of. */
export function cartStore(db: Database) {
  const insert = db.prepare('insert into carts (merchant_id, mode, cart, session, received_at_ms) values (?, ?, ?, ?, ?) on conflict do nothing')
  // A test order considers live and test facts, a live one only live ones (ENGINE section 1).
  const find = db.prepare<[number, Buffer, Mode], Buffer>("select session from carts where merchant_id = ? and cart = ? and mode in ('live', ?) order by mode = 'live' limit 1").pluck()

  return {
    add: ({ merchantId, mode, cart, session, receivedAtMs }: Cart) => insert.run(merchantId, mode, toBlob(cart), toBlob(session), receivedAtMs),
    /** The sessions of carts, of those that are known. */
    sessionsOf(merchantId: number, mode: Mode, names: Iterable<string>): Map<string, string> {
      return new Map([...new Set(names)].flatMap((cart) => {
        const session = find.get(merchantId, toBlob(cart), mode)
        return session === undefined ? [] : [[cart, fromBlob(session)] as const]
      }))
    },
  }
}
