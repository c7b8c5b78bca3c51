import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { call, startCollector, type TestCollector } from '../../helpers/collector.ts'
import { exchange, goldenNames, type Known, type Sent } from '../../helpers/golden.ts'
import { CHAPTERS } from './golden-order.ts'

const DIALECT = 'refcampaign'
const CHAPTER_MS = 600_000
const driven = new Set<string>()

/** A shop whose keys, campaign and affiliates the files name. */
async function opened(options: Record<string, unknown> = {}): Promise<{ collector: TestCollector; known: Known }> {
  const collector = await startCollector({ PUBLIC_URL: 'https://track.shop.example', ...options })
  const { services, keys, campaignId, ana, ben } = collector
  const key = async (input: Partial<Parameters<typeof services.keys.create>[0]>): Promise<{ id: string; token: string }> => {
    const made = await services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: [], ...input })
    return { id: made.id, token: 'token' in made ? made.token : '' }
  }
  const revoked = await key({})
  await services.keys.revoke(revoked.id)
  return { collector, known: { key: keys.refcampaign, test_key: (await key({ mode: 'test' })).token, tracking_key: (await key({ scopes: ['tracking'] })).token, revoked_key: revoked.token, campaign: campaignId, ana, ben } }
}

async function drive(place: Awaited<ReturnType<typeof opened>>, name: string): Promise<Sent> {
  driven.add(name)
  return exchange(place.collector, { dialect: DIALECT, name }, place.known)
}

test('every documented call is answered as its file says, one after the other', async () => {
  const place = await opened()
  for (const chapter of CHAPTERS) {
    for (const name of chapter) await drive(place, name)
    place.collector.clock.nowMs += CHAPTER_MS
  }
  expect(driven.size).toBe(CHAPTERS.flat().length)
})

test('too many calls', async () => {
  const place = await opened({ RATE_LIMIT: 'keyed=1' })
  await call(place.collector, '/api/v1/ping', { method: 'GET', key: String(place.known['key']) })
  const { reply } = await drive(place, 'error-rate-limit-exceeded')
  expect(reply.headers.get('Retry-After')).toMatch(/^[1-9]\d?$/)
})

test('a fault of ours', async () => {
  const place = await opened()
  await place.collector.store.close()
  expect((await drive(place, 'error-server-error')).reply.text).not.toMatch(/database|sqlite|\.ts/i)
})

test('a database that cannot be written', async () => {
  const place = await opened()
  const other = new Database(join(place.collector.dir, 'test.db'))
  other.exec('begin immediate')
  try {
    expect((await drive(place, 'error-service-unavailable')).reply.headers.get('Retry-After')).toBe('1')
  } finally {
    other.close()
  }
}, 20_000)

test('every file of the folder was driven', () => {
  expect([...driven].toSorted()).toEqual(goldenNames(DIALECT))
})
