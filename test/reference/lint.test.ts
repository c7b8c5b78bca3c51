import { createConfig, lintFromString } from '@redocly/openapi-core'
import spectral, { type RulesetDefinition } from '@stoplight/spectral-core'
import rulesets from '@stoplight/spectral-rulesets'
import { describe, expect, test } from 'vitest'
import { APIS } from '../../collector/reference/apis.ts'
import { documentOf } from '../../collector/reference/document.ts'

/** Recommendations that do not fit, and why; everything else that the linters say fails. */
const UNFIT: Record<string, string> = {
  'info-contact': 'whom to ask is up to the shop that runs a collector',
  'operation-4xx-response': 'the image, the script and the health checks refuse nobody',
  'operation-2xx-response': 'links redirect, and what RefCampaign took back is gone',
  'operation-success-response': 'what RefCampaign took back is gone',
}
/** Operations that answer no 2xx. */
const NO_SUCCESS = ['followLink', 'followShortLink', 'followMerchantLink', 'signUp']

describe.each(APIS)('$name', (api) => {
  const document = documentOf(api, { version: '1.0.0', publicUrl: 'https://track.yourshop.com' })
  const text = JSON.stringify(document)

  test("Redocly's recommended rules find nothing", async () => {
    const found = await lintFromString({ source: text, config: await createConfig({ extends: ['recommended'] }) })
    expect(found.filter(({ severity, ruleId }) => severity === 'error' || UNFIT[ruleId] === undefined).map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([])
  })

  test("Spectral's recommended rules find nothing", async () => {
    const linter = new spectral.Spectral()
    linter.setRuleset({ extends: [rulesets.oas as RulesetDefinition] })
    const found = await linter.run(text)
    expect(found.filter(({ severity, code }) => severity === 0 || UNFIT[String(code)] === undefined).map(({ code, message, path }) => [code, message, path.join('/')])).toEqual([])
  })

  test('every operation succeeds with something, but for those that never do', () => {
    const failing = api.operations.filter(({ replies }) => !Object.keys(replies).some((status) => status.startsWith('2')))
    expect(failing.map(({ id }) => id).filter((id) => !NO_SUCCESS.includes(id))).toEqual([])
  })

  test('no schema says nothing at all', () => {
    expect(silentIn(document, '')).toEqual([])
  })
})

/** Where a schema stands that allows anything, and does not even say what it is for. */
function silentIn(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const isSchema = name === 'items' || name === 'schema' || at.endsWith('/properties')
    return [...(isSchema && Object.keys(member as object).length === 0 ? [`${at}/${name}`] : []), ...silentIn(member, `${at}/${name}`)]
  })
}
