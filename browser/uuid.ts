/** Bytes as lower-case hex. */
export const hex = (bytes: Uint8Array): string =>
  bytes.reduce((text, byte) => text + (byte + 256).toString(16).slice(1), '')

/**
 * A new UUIDv7: time first, because the collector keeps clicks and sessions in order of time.
 *
 * Made of `getRandomValues`, which plain http has too, unlike `randomUUID`. The variant's two
 * free bits stay zero: 72 random bits within one millisecond are plenty.
 */
// Milliseconds have eleven hex digits until the year 2527.
export const uuidv7 = (): string =>
  ('0' + Date.now().toString(16) + hex(crypto.getRandomValues(new Uint8Array(9)))).replace(
    /(.{8})(.{4})(.{3})(.{3})/,
    '$1-$2-7$3-8$4-',
  )
