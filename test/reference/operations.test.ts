import { describe, expect, test } from 'vitest'
import { APIS } from '../../collector/reference/apis.ts'
import { sharedCollector } from '../helpers/collector.ts'
import { ownRoutesOf, routesOf } from '../helpers/routes.ts'

const shared = sharedCollector()

/** What the routers serve, by the document that should tell of it. */
function servedBy(name: string): string[] {
  const { refcampaign, refgrowLive, refgrowDocumented, refersion } = routesOf(shared())
  return { refledger: ownRoutesOf(shared()), refcampaign, refgrow: [...refgrowDocumented, ...refgrowLive], refersion }[name] ?? []
}

describe.each(APIS)('$name', ({ name, operations, tags }) => {
  test('its document tells of every route, and of none that is not there', () => {
    const told = operations.map(({ method, path }) => `${method} ${path}`)
    expect(told.toSorted()).toEqual(servedBy(name).toSorted())
  })

  test('no two operations have one name, and each stands in a chapter', () => {
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
    expect(operations.filter(({ tag }) => tags[tag] === undefined)).toEqual([])
  })
})
