import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { entityId, instantOf, uuidv7 } from '../../shared/engine/ids.ts'
import { holds, ORDER_MS } from './builders.ts'

const anInstant = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const randomBytes = fc.uint8Array({ minLength: 10, maxLength: 16 })
const aUuid = fc.tuple(anInstant, randomBytes).map(([nowMs, random]) => uuidv7(nowMs, random))

const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** The 128 bits behind an entity's id. */
const bitsOf = (id: string): bigint => Array.from(id.slice(4)).reduce((bits, letter) => bits * 32n + BigInt(BASE32.indexOf(letter)), 0n)

test('an id is a UUID of version 7 that begins with its instant', () => {
  holds(fc.property(anInstant, randomBytes, (nowMs, random) => {
    const id = uuidv7(nowMs, random)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(instantOf(id)).toBe(nowMs)
  }), 1000)
})

test('a fraction of a millisecond is dropped', () => {
  expect(instantOf(uuidv7(ORDER_MS + 0.9, new Uint8Array(10)))).toBe(ORDER_MS)
})

test('later ids sort behind earlier ones, whatever their randomness, also as ids of entities', () => {
  holds(fc.property(anInstant, anInstant, randomBytes, randomBytes, (aMs, bMs, a, b) => {
    fc.pre(aMs < bMs)
    const [first, second] = [uuidv7(aMs, a), uuidv7(bMs, b)]
    expect(first < second).toBe(true)
    expect(entityId('cnv', first) < entityId('cnv', second)).toBe(true)
  }), 1000)
})

test('each of the random bits that an id holds makes it another one', () => {
  const ids = new Set<string>()
  for (let bit = 0; bit < 80; bit++) {
    const random = new Uint8Array(10)
    random.set([1 << (bit % 8)], Math.floor(bit / 8))
    ids.add(uuidv7(ORDER_MS, random))
  }
  // 74 random bits in a UUIDv7, each of which counts; the six left over all make the id without any.
  expect(ids.size).toBe(75)
})

test('ids of one millisecond do not repeat', () => {
  const drawn = fc.sample(fc.uint8Array({ minLength: 10, maxLength: 10, min: 0, max: 255, size: 'max' }), { seed: 7, numRuns: 5000 })
  const different = new Set(drawn.map((random) => BigInt(`0x${Buffer.from(random).toString('hex')}`)))
  const ids = new Set(drawn.map((random) => uuidv7(ORDER_MS, random)))
  expect(different.size).toBeGreaterThan(4500)
  expect(ids.size).toBeGreaterThan(different.size * 0.99)
})

test.each([
  ['of another version', 'c56a4180-65aa-42ec-a945-5fd21dec0538'], ['of nothing', ''], ['without hyphens', '019a00000000700080000000000000ff'],
])('an id %s has no instant', (_name, id) => {
  expect(instantOf(id)).toBeUndefined()
})

test('an entity\'s id is its prefix and the 128 bits in Crockford\'s letters, none of them lost', () => {
  holds(fc.property(aUuid, (uuid) => {
    const id = entityId('cmm', uuid)
    expect(id).toMatch(/^cmm_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    expect(bitsOf(id)).toBe(BigInt(`0x${uuid.replaceAll('-', '')}`))
  }), 1000)
})

test.each([
  ['00000000-0000-0000-0000-000000000000', 'txn_00000000000000000000000000'],
  ['ffffffff-ffff-ffff-ffff-ffffffffffff', 'txn_7ZZZZZZZZZZZZZZZZZZZZZZZZZ'],
])('%s is %s', (uuid, id) => {
  expect(entityId('txn', uuid)).toBe(id)
})
