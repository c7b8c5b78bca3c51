import { readFileSync } from 'node:fs'
import { Browser, type BrowserWindow } from 'happy-dom'

type Refledger = (command: string, ...args: unknown[]) => Promise<unknown>
export type ShopWindow = BrowserWindow & { refledger: Refledger; eval(code: string): unknown }

/** One visitor: pages opened by the same one share cookies. */
export interface Visitor {
  readonly browser: Browser
  /** Every cookie with its attributes, the server's own among them. */
  cookies(): ReturnType<Browser['defaultContext']['cookieContainer']['getCookies']>
  open(address: string, options: PageOptions): Promise<ShopPage>
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
  /** Adds the tag once more, as a shop does that pasted it twice. */
  loadAgain(): Promise<void>
  close(): Promise<void>
}

export function newVisitor(): Visitor {
  const browser = new Browser({
    settings: { enableJavaScriptEvaluation: true, suppressInsecureJavaScriptEnvironmentWarning: true },
  })
  return {
    browser,
    cookies: () => browser.defaultContext.cookieContainer.getCookies(null, false),
    open: (address, options) => openPage(browser, address, options),
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
async function openPage(browser: Browser, address: string, options: PageOptions): Promise<ShopPage> {
  const page = browser.newPage()
  page.url = address
  const window = page.mainFrame.window as ShopWindow
  const warnings: string[] = []
  window.console.warn = (...parts: unknown[]) => void warnings.push(parts.join(' '))
  Object.defineProperty(window.document, 'referrer', { value: options.referrer ?? '' })
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
  return { window, warnings, loadAgain: load, close: () => page.close() }
}
