import { join } from 'node:path'
import { build } from 'esbuild'
import { newVisitor, type ShopWindow, type Visitor } from '../browser-unit/page.ts'
import type { RefCampaignBrowser } from '../../shared/client/index.ts'

export const SESSION = '0199a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b'
export const OTHER = '0199a0b1-ffff-7e4f-8a5b-6c7d8e9f0a1b'
export const LOCAL = 'http://localhost/shoes'

export type Tracker = typeof RefCampaignBrowser

/** A visitor whose pages have the client in them. */
export interface ClientVisitor extends Omit<Visitor, 'open'> {
  page(address: string, before?: (window: ShopWindow) => void): Promise<{ window: ShopWindow; tracker: Tracker }>
}

/** The client as a shop's bundler would put it into a page. */
export async function bundledClient(): Promise<string> {
  const { outputFiles } = await build({ entryPoints: [join(import.meta.dirname, '../../shared/client/index.ts')], bundle: true, format: 'iife', globalName: 'sdk', footer: { js: 'window.sdk = sdk' }, platform: 'neutral', target: 'es2022', write: false })
  return outputFiles[0]?.text ?? ''
}

export function clientVisitor(script: string): ClientVisitor {
  const { browser, cookies, open } = newVisitor()
  return {
    browser,
    cookies,
    async page(address, before) {
      const { window } = await open(address, { text: script, ...(before && { before }) })
      return { window, tracker: window.eval('window.sdk.RefCampaignBrowser') as Tracker }
    },
  }
}
