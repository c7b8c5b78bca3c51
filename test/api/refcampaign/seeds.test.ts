import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openTestCollector } from '../../helpers/collector.ts'

/** The guides' own commands, but for the host. */
const CLICK = `curl -s -X POST https://app.refcampaign.com/api/v1/track/click \\
-H "Content-Type: application/json" \\
-d '{
"tracking_url": "https://yourshop.com/?ref=affiliate-1",
"session_id": "test-session-001"
}'`
const TRACK = `curl -s -X POST https://app.refcampaign.com/api/v1/conversions/track \\
-H "Authorization: Bearer $REFCAMPAIGN_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"sessionId": "test-session-001",
"amount": 49.90,
"currency": "EUR"
}'`
/** The reference's sample, whose values are placeholders, and which names no key and nobody to look for. */
const POSTBACK = `curl -s -X POST "https://app.refcampaign.com/api/v1/conversions/postback" -H "Content-Type: application/json" -d '{ "amount": 1, "currency": "str", "externalId": "string", "conversionType": "SALE" }'`

test('the commands of the guides run in a shell, one after the other', async () => {
  const collector = await openTestCollector()
  const { keys, campaignId } = await collector.services.setup.init({ merchant: 'Your Shop', site: 'yourshop.com', email: 'you@yourshop.com', currency: 'EUR', timezone: 'UTC' })
  const { id } = await collector.services.affiliates.create({ campaign: campaignId, email: 'one@partner.example', code: 'affiliate-1' })
  const run = async (command: string): Promise<{ status: number; body: Record<string, unknown> & { data: Record<string, unknown> } }> => {
    const { stdout } = await promisify(execFile)('bash', ['-euc', `${command.replace('https://app.refcampaign.com', collector.api)} -w '\\n%{http_code}'`], { env: { ...process.env, REFCAMPAIGN_API_KEY: keys.refcampaign } })
    const [body = '', status = ''] = stdout.split('\n')
    return { status: Number(status), body: JSON.parse(body) as Awaited<ReturnType<typeof run>>['body'] }
  }

  expect(await run(CLICK)).toMatchObject({ status: 201, body: { success: true, data: { clickId: expect.stringMatching(/^[\da-f-]{36}$/), sessionId: 'test-session-001' } } })
  expect(await run(TRACK)).toMatchObject({ status: 201, body: { success: true, data: { id: expect.stringMatching(/^cnv_/), amount: 49.9, currency: 'EUR', status: 'PENDING', attributed: true, affiliateId: id, shared: false } } })
  expect(await run(POSTBACK)).toMatchObject({ status: 401, body: { success: false, error: { code: 'UNAUTHORIZED', details: null } } })
  const keyed = POSTBACK.replace(' -d', ' -H "Authorization: Bearer $REFCAMPAIGN_API_KEY" -d')
  expect(await run(keyed)).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_FAILED' } } })
  expect(await run(keyed.replace('"str"', '"EUR", "sessionId": "test-session-001"'))).toMatchObject({ status: 201, body: { data: { success: true, attributed: true, commissionAmount: 0 } } })
})
