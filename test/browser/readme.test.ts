import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { snippets } from '../helpers/readme.ts'
import { startSites, type Sites } from '../helpers/sites.ts'
import { arrive, counted, order, visitor, winner } from '../helpers/visitors.ts'

const SHOP = 'www.shop.localhost'
const here = (html: string, sites: Sites): string => html.replace('https://track.yourshop.com', sites.collectorUrl)

test("the quick start's tag and lines for early calls, and its calls at the checkout, as they are printed", async () => {
  const sites = await startSites('track.shop.localhost')
  const [tag = '', stub = ''] = snippets('Quick start', 'html', 2)
  const [checkout = ''] = snippets('Quick start', 'js')
  sites.pages['/'] = { untagged: true, head: `${stub}${here(tag, sites)}` }
  sites.pages['/checkout'] = { untagged: true, head: `${stub}<script type="module">const [email, id] = ['kim@customer.example', 'cart-1']\n${checkout}\nwindow.told = session</script>${here(tag, sites)}` }
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  await page.goto(sites.at(SHOP, '/checkout'))
  await page.waitForFunction('window.told')
  expect(await winner(sites, { sessionId: await page.evaluate('window.told') })).toBe('ana')
  const { receipt } = await order(sites, { customerEmailHash: hash('sha256', 'kim@customer.example') })
  expect(await receipt()).toMatchObject({ attributed: true })
})

test('the image for visitors without scripts, as it is printed', async () => {
  const sites = await startSites('track.shop.localhost')
  const [image = ''] = snippets('The script', 'html')
  sites.pages['/'] = { untagged: true, body: here(image, sites) }
  const { page } = await visitor({ javaScriptEnabled: false })
  await page.goto(sites.at(SHOP, '/?ref=ana'), { waitUntil: 'networkidle' })
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })
})

test("the tag on the shop's own host, as it is printed", async () => {
  const sites = await startSites('')
  const [tag = ''] = snippets("On the shop's own host", 'html')
  sites.pages['/'] = { untagged: true, head: `${snippets('Quick start', 'html', 2)[1] ?? ''}${tag.replace('https://www.yourshop.com', '')}` }
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })
})
