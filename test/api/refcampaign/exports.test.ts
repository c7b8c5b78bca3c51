import { describe, expect, test } from 'vitest'
import { record, testKey, visited, type Shop } from '../../helpers/book.ts'
import { call, HOUR_MS, startCollector, type Answer } from '../../helpers/collector.ts'
import { rawCall } from '../../helpers/raw-call.ts'
import { unzipped } from '../../helpers/zip.ts'

const CSV = '/api/v1/conversions/export/csv'
const XLSX = '/api/v1/conversions/export/xlsx'
const HEADER = 'id,externalId,conversionType,status,amount,currency,attributed,affiliateId,affiliateCode,affiliateEmail,campaignId,shared,commissionAmount,commissionRefunded,isSynthetic,occurredAt,createdAt,metadata'

const get = (shop: Shop, path: string, key = shop.keys.refcampaign): Promise<Answer> => call(shop, path, { method: 'GET', key })
const csv = async (shop: Shop, query = '', key?: string): Promise<string[]> => (await get(shop, `${CSV}${query}`, key)).text.split('\r\n').slice(1, -1)
/** Of each row, its order id. */
const ordersIn = async (shop: Shop, query = '', key?: string): Promise<(string | undefined)[]> => (await csv(shop, query, key)).map((row) => row.split(',')[1])
const sheet = async (shop: Shop, query = ''): Promise<string> => unzipped((await rawCall(shop, `${XLSX}${query}`, { method: 'GET', headers: { Authorization: `Bearer ${shop.keys.refcampaign}` } })).bytes)['xl/worksheets/sheet1.xml'] ?? ''
const postback = (shop: Shop, externalId: string, more: object = {}): Promise<Answer> => call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body: { externalId, conversionType: 'SALE', amount: 4990, currency: 'EUR', affiliateCode: 'ana', ...more } })

test('CSV: a row an order, amounts exact, texts quoted as they need', async () => {
  const shop = await startCollector()
  const { body } = await postback(shop, 'o-1, "two"\nlines', { metadata: { note: 'a, "b"' } })
  await shop.services.refunds.refund({ merchantId: 1, order: 'o-1, "two"\nlines', request: () => ({ kind: 'amount', minor: 990 }) }, { actor: 'tester' })
  await postback(shop, 'big', { amount: 9007199254740991, affiliateCode: 'nobody' })
  const { status, headers, text } = await get(shop, CSV)
  expect([status, headers.get('Content-Type'), headers.get('Content-Disposition'), headers.get('Cache-Control')]).toEqual([200, 'text/csv; charset=utf-8', 'attachment; filename="conversions.csv"', 'no-store'])
  const [at, big] = [new Date(shop.clock.nowMs).toISOString(), text.split('\r\n')[1]?.split(',')[0]]
  expect(text).toBe([
    HEADER,
    `${big},big,SALE,PENDING,90071992547409.91,EUR,false,,,,,false,0.00,0.00,false,${at},${at},`,
    `${String(body.data['conversionId'])},"o-1, ""two""\nlines",SALE,PENDING,49.90,EUR,true,${shop.ana},ana,ana@partner.example,${shop.campaignId},false,4.99,0.99,false,${at},${at},"{""note"":""a, \\""b\\""""}"`,
    '',
  ].join('\r\n'))
})

test('a text that a spreadsheet would take for a formula is told as text; a number stays one', async () => {
  const shop = await startCollector()
  const ids = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', 'plain', 'a=1', '"=1"']
  for (const id of ids) await postback(shop, id)
  const rows = await get(shop, CSV)
  const found = [...rows.text.matchAll(/^cnv_\w+,("(?:[^"]|"")*"|[^,]*),SALE/gm)].map(([, cell = '']) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)).toReversed()
  expect(found).toEqual(["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", 'plain', 'a=1', '"=1"'])
  expect(await sheet(shop)).toContain('<c t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c>')
})

describe.each<[string, (shop: Shop, query: string, key?: string) => Promise<unknown>]>([
  ['CSV', ordersIn],
  ['XLSX', async (shop, query, key) => {
    const { bytes } = await rawCall(shop, `${XLSX}${query}`, { method: 'GET', headers: { Authorization: `Bearer ${key ?? shop.keys.refcampaign}` } })
    return [...(unzipped(bytes)['xl/worksheets/sheet1.xml'] ?? '').matchAll(/>(o-\d+)</g)].map(([, id]) => id)
  }],
])('%s', (_what, orders) => {
  test('holds what the list would show, of its own mode', async () => {
    const shop = await startCollector()
    await record(shop, { order: 'o-1', affiliate: 'ana' })
    shop.clock.nowMs += HOUR_MS
    await record(shop, { order: 'o-2', affiliate: 'ben' })
    shop.clock.nowMs += HOUR_MS
    await record(shop, { order: 'o-3' })
    await record(shop, { order: 'o-4', affiliate: 'ana', test: true })
    await shop.services.commissions.approve({ merchantId: 1, names: ['2'] }, { actor: 'tester' })
    expect(await orders(shop, '')).toEqual(['o-3', 'o-2', 'o-1'])
    expect(await orders(shop, `?affiliateId=${shop.ana}`)).toEqual(['o-1'])
    expect(await orders(shop, `?campaignId=${shop.campaignId}&limit=1`)).toEqual(['o-2', 'o-1'])
    expect(await orders(shop, '?status=approved')).toEqual(['o-2'])
    expect(await orders(shop, '?from=2026-11-20T10:00:00Z&to=2026-11-20T11:00:00Z')).toEqual(['o-2'])
    expect(await orders(shop, '', await testKey(shop))).toEqual(['o-4'])
    const { keys } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'USD', timezone: 'UTC' })
    expect(await orders(shop, '', keys.refcampaign)).toEqual([])
  })

  test('a book that is read in several steps is whole, each order once', async () => {
    const shop = await startCollector()
    for (let n = 1; n <= 401; n++) await record(shop, { order: `o-${n}` })
    expect(await orders(shop, '')).toEqual(Array.from({ length: 401 }, (_, n) => `o-${401 - n}`))
  })
})

test('XLSX: numbers that a spreadsheet keeps are numbers, longer ones are text; nothing breaks the file', async () => {
  const shop = await startCollector()
  await postback(shop, 'exact', { amount: 123456789012345 })
  await postback(shop, 'longer', { amount: 1234567890123456 })
  await postback(shop, '<&"\u0001\uFFFE_x0041_\r', { metadata: { long: 'x'.repeat(40_000) } })
  const xml = await sheet(shop)
  expect(xml).toContain('<c><v>1234567890123.45</v></c>')
  expect(xml).toContain('<c t="inlineStr"><is><t xml:space="preserve">12345678901234.56</t></is></c>')
  expect(xml).toContain('<t xml:space="preserve">&lt;&amp;&quot;_x0001__xFFFE__x005F_x0041__x000D_</t>')
  expect(Math.max(...[...xml.matchAll(/<t xml:space="preserve">([^<]*)</g)].map(([, text = '']) => text.replaceAll('&quot;', '"').length))).toBe(32_767)
  expect(xml.match(/<row>/g)).toHaveLength(4)
})

test('XLSX is a workbook that says what it is', async () => {
  const shop = await startCollector()
  const { bytes, headers } = await rawCall(shop, XLSX, { method: 'GET', headers: { Authorization: `Bearer ${shop.keys.refcampaign}` } })
  expect([headers.get('Content-Type'), headers.get('Content-Disposition')]).toEqual(['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'attachment; filename="conversions.xlsx"'])
  const files = unzipped(bytes)
  expect(Object.keys(files)).toEqual(['[Content_Types].xml', '_rels/.rels', 'xl/workbook.xml', 'xl/_rels/workbook.xml.rels', 'xl/worksheets/sheet1.xml'])
  expect(files['xl/worksheets/sheet1.xml']).toContain(HEADER.split(',').map((name) => `<c t="inlineStr"><is><t xml:space="preserve">${name}</t></is></c>`).join(''))
})

test('a shared order is one row: the largest share’s affiliate, and the commission of all', async () => {
  const shop = await startCollector()
  await shop.services.campaigns.update(shop.campaignId, { model: 'linear' })
  const session = await visited(shop, { code: 'ben' })
  shop.clock.nowMs += HOUR_MS
  await visited(shop, { session })
  await record(shop, { order: 'o-1', session })
  const [row = ''] = await csv(shop)
  expect(row).toContain(`,true,${shop.ben},ben,ben@partner.example,${shop.campaignId},true,1.00,0.00,false,`)
})

describe.each([CSV, XLSX])('%s', (path) => {
  test('is for keys with the scope "reports", and asks for what it understands', async () => {
    const shop = await startCollector()
    const made = await shop.services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: ['conversions'] })
    expect([(await call(shop, path, { method: 'GET' })).status, (await get(shop, path, 'token' in made ? made.token : '')).status]).toEqual([401, 403])
    for (const query of ['status=LOST', 'from=yesterday', 'affiliateId=']) expect((await get(shop, `${path}?${query}`)).body).toMatchObject({ success: false, error: { code: 'VALIDATION_FAILED', details: [{ path: [query.split('=')[0]] }] } })
  })
  test('is no conversion of that name', async () => {
    const shop = await startCollector()
    await record(shop, { order: 'export' })
    expect([(await get(shop, '/api/v1/conversions/export')).body.data['externalId'], (await get(shop, path)).status, (await get(shop, '/api/v1/conversions/export/pdf')).status]).toEqual(['export', 200, 404])
  })
})
