/**
 * Ids are time-ordered (UUIDv7), so that they are appended to an index rather than scattered over it.
 * Clicks and sessions show them as UUIDs, everything else as a prefix and 26 characters of Crockford's base 32.
 */

export type IdPrefix = 'cmp' | 'aff' | 'trg' | 'cnv' | 'cmm' | 'rcp' | 'rfn' | 'adj' | 'pay' | 'txn' | 'key'
/** Makes a new id of a kind; the caller holds the clock and the randomness. */
export type NewId = (prefix: IdPrefix) => string

const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** True for a UUID in its canonical form, lower case. */
export const isUuid = (text: string): boolean => UUID.test(text)

/** A session's or click's name in one form: a UUID is the same however it is written, any other text is its own. */
export const canonicalId = (text: string): string => (isUuid(text.toLowerCase()) ? text.toLowerCase() : text)

/** A UUIDv7 of this instant; `random` gives at least 10 bytes. */
export function uuidv7(nowMs: number, random: Uint8Array): string {
  const time = Math.floor(nowMs).toString(16).padStart(12, '0')
  const hex = Array.from(random.subarray(0, 10), (byte) => HEX[byte]).join('')
  const variant = (8 + (Number.parseInt(hex.charAt(3), 16) & 3)).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`
}

/** The instant inside a UUIDv7, in milliseconds; undefined for any other UUID. */
export function instantOf(uuid: string): number | undefined {
  return uuid.charAt(14) === '7' ? Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16) : undefined
}

/** The id of an entity (`cnv_01K...`) from a UUID's 128 bits. */
export function entityId(prefix: IdPrefix, uuid: string): string {
  let bits = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let i = 0; i < 26; i++) {
    text = BASE32.charAt(Number(bits & 31n)) + text
    bits >>= 5n
  }
  return `${prefix}_${text}`
}
