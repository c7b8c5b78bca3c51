import { readFileSync } from 'node:fs'
import { Browser, type BrowserWindow } from 'happy-dom'

type Refledger = (command: string, ...args: unknown[]) => Promise<unknown>
export type ShopWindow = BrowserWindow & { refledger: Refledger; eval(code: string): unknown }

/** What a browser keeps of an origin, by name. */
export type Areas = Record<'localStorage' | 'sessionStorage', BrowserWindow['localStorage']>

/** One visitor: pages opened by the same one share cookies and, as in one tab, storage. */
export interface Visitor {
  readonly browser: Browser
  /** Every cookie with its attributes, the server's own among them. */
  cookies(): ReturnType<Browser['defaultContext']['cookieContainer']['getCookies']>
  open(address: string, options: PageOptions): Promise<ShopPage>
}

/** One of whom the tests see what the browser stores. */
export interface StoringVisitor extends Visitor {
  /** What an origin has stored, as plain objects. */
  stored(origin: string): Record<keyof Areas, Record<string, string>>
  /** Clears storage of every origin. */
  forgetAll(): void
}

export interface PageOptions {
  /** Where the tag loads the script from, */
  readonly src?: string
  /** or its text, for a page that may not load from plain http. */
  readonly text?: string
  /** `data-*` attributes of the tag. */
  readonly data?: Readonly<Record<string, string>>
  readonly referrer?: string
  /** Runs in the page before the tag does. */
  readonly before?: (window: ShopWindow) => void
}

export interface ShopPage {
  readonly window: ShopWindow
  readonly warnings: string[]
  /** Errors that the shop's page would notice. */
  readonly faults: string[]
  /** Resolves when all calls have been answered. */
  settled(): Promise<void>
  /** Adds the tag once more, as a shop does that pasted it twice. */
  loadAgain(): Promise<void>
  close(): Promise<void>
}

export function newVisitor(): StoringVisitor {
  const browser = new Browser({
    settings: { enableJavaScriptEvaluation: true, suppressInsecureJavaScriptEnvironmentWarning: true },
  })
  // happy-dom gives each window storage of its own: an origin goes on with its first window's.
  const areas = new Map<string, Areas>()
  const areasOf = (window: BrowserWindow): Areas => {
    const { localStorage, sessionStorage, location } = window
    const held = areas.get(location.origin) ?? { localStorage, sessionStorage }
    areas.set(location.origin, held)
    return held
  }
  return {
    browser,
    cookies: () => browser.defaultContext.cookieContainer.getCookies(null, false),
    stored: (origin) => ({ localStorage: { ...areas.get(origin)?.localStorage }, sessionStorage: { ...areas.get(origin)?.sessionStorage } }) as Record<keyof Areas, Record<string, string>>,
    forgetAll: () => areas.clear(),
    open: (address, options) => openPage(browser, address, { ...options, areasOf }),
  }
}

/** Notes what the page asks of `fetch`, and lets it happen. */
export function recordFetches(window: ShopWindow, asked: object[]): void {
  const fetch = window.fetch.bind(window)
  window.fetch = (url, init) => {
    asked.push(init ?? {})
    return fetch(url, init)
  }
}

/** The stub as the entry's documentation tells merchants to paste it. */
export function documentedStub(): string {
  const source = readFileSync(new URL('../../browser/index.ts', import.meta.url), 'utf8')
  const lines = source.split('\n').map((line) => line.replace(/^ \* {0,5}/, ''))
  const first = lines.findIndex((line) => line.startsWith('window.refledger = '))
  const last = lines.indexOf('}', first)
  return lines.slice(first, last + 1).join('\n')
}

/** A page whose tag has run and whose calls have been answered. */
async function openPage(browser: Browser, address: string, options: PageOptions & { areasOf: (window: BrowserWindow) => Areas }): Promise<ShopPage> {
  const page = browser.newPage()
  page.url = address
  const window = page.mainFrame.window as ShopWindow
  const warnings: string[] = []
  window.console.warn = (...parts: unknown[]) => void warnings.push(parts.join(' '))
  const faults: string[] = []
  for (const kind of ['error', 'unhandledrejection']) window.addEventListener(kind, (event) => {
    const { message, reason } = event as unknown as { message?: string; reason?: unknown }
    faults.push(message ?? String(reason))
  })
  Object.defineProperty(window.document, 'referrer', { value: options.referrer ?? '' })
  for (const [area, value] of Object.entries(options.areasOf(window))) Object.defineProperty(window, area, { value, configurable: true })
  // Older browsers have none, and happy-dom would wait for the time to pass.
  Object.defineProperty(window.AbortSignal, 'timeout', { value: undefined })
  options.before?.(window)

  const load = async (): Promise<void> => {
    const tag = window.document.createElement('script')
    tag.async = true
    if (options.src) tag.src = options.src
    tag.textContent = options.text ?? ''
    Object.assign(tag.dataset, options.data)
    window.document.head.append(tag)
    await page.waitUntilComplete()
  }
  await load()
  return { window, warnings, faults, loadAgain: load, settled: () => page.waitUntilComplete(), close: () => page.close() }
}
