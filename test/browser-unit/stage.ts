import { afterEach, beforeAll, beforeEach } from 'vitest'
import type { VisitBody, VisitReply } from '../../shared/wire/script.ts'
import { startEndpoint, type Call, type Endpoint, type Reply } from './endpoint.ts'
import { newVisitor, type PageOptions, type ShopPage, type ShopWindow, type StoringVisitor } from './page.ts'
import { bundledScript } from './script.ts'

export const SHOP = 'http://www.shop.example'
export const KNOWN = '0199a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b'
export const OTHER = '0199a0b1-ffff-7e4f-8a5b-6c7d8e9f0a1b'

/** For each test a fresh visitor, and an endpoint that serves the bundle and takes every call. */
export interface Stage {
  readonly script: string
  readonly endpoint: Endpoint
  readonly visitor: StoringVisitor
  /** Opens a page of the shop, by its path, whose tag loads the script. */
  open(path: string, options?: PageOptions): Promise<ShopPage>
  /** What went out to `/r/NAME`, in order. */
  told(name: string): Record<string, unknown>[]
  /** The visits that went out. */
  visits(): Partial<VisitBody>[]
  /** What the visitor's browser keeps of the shop, wherever it does. */
  kept(): { cookies: string[]; localStorage: Record<string, string>; sessionStorage: Record<string, string> }
}

export const NOTHING_KEPT = { cookies: [], localStorage: {}, sessionStorage: {} }

export function stage(): Stage {
  let script = ''
  let endpoint: Endpoint
  let visitor: StoringVisitor
  beforeAll(async () => void (script = await bundledScript()))
  beforeEach(async () => {
    endpoint = await startEndpoint(script)
    endpoint.reply = accepts()
    visitor = newVisitor()
  })
  afterEach(async () => {
    await visitor.browser.close()
    await endpoint.close()
  })
  const told = (name: string): Record<string, unknown>[] => endpoint.calls.filter(({ path }) => path === `/r/${name}`).map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  return {
    get script() { return script },
    get endpoint() { return endpoint },
    get visitor() { return visitor },
    open: (path, options = {}) => visitor.open(new URL(path, SHOP).href, { src: `${endpoint.origin}/r.js`, ...options }),
    told,
    visits: () => told('visit'),
    kept: () => ({ cookies: visitor.cookies().map(({ key }) => key), ...visitor.stored(SHOP) }),
  }
}

/** What the collector says to each call when all is well; `more` of a visit. */
export const accepts = (more: Partial<Record<keyof VisitReply, unknown>> = {}) => ({ path, body }: Call): Reply => {
  const { id, session } = JSON.parse(body) as VisitBody
  const replies: Record<string, object> = {
    '/r/identify': { identified: true }, '/r/cart': { attached: true }, '/r/forget': { forgotten: true }, '/r/pass': { pass: 'renewed' },
  }
  return { body: JSON.stringify(replies[path] ?? { click: id, session, cookie: false, attributes: { expires: 90, sameSite: 'Lax', secure: false }, pass: 'first', ...more }) }
}
export const refuses = (status: number) => (): Reply => ({ status, body: '{"code":"unknown_site","message":"no site here"}' })
export const hangsUp = (): Reply => ({ hangUp: true })

/** A visitor who comes with cookies of the whole site. */
export const withCookies = (...cookies: string[]) => ({ document }: ShopWindow): void => cookies.forEach((cookie) => void (document.cookie = `${cookie}; Path=/`))
/** Puts something else where the page would find a part of the browser. */
export const put = (of: object, name: string, value: unknown): void => void Object.defineProperty(of, name, { value, configurable: true })
