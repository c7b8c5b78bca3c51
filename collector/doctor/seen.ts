/** What one look at a page found, as plain values: the checks judge it, and ask nobody anything. */
import type { Markup, ScriptElement } from './markup.ts'

/** `fail` costs arrivals or orders, `warn` costs those of some visitors, or will. */
export type Level = 'ok' | 'warn' | 'fail'

/** What a check has to say: what was seen, and what to do about it. */
export interface Verdict {
  level: Level
  seen: string
  advice: string | null
}

/** A verdict with the name of its check. */
export interface Finding extends Verdict {
  check: string
}

export const ok = (seen: string): Verdict => ({ level: 'ok', seen, advice: null })
export const warn = (seen: string, advice: string): Verdict => ({ level: 'warn', seen, advice })
export const fail = (seen: string, advice: string): Verdict => ({ level: 'fail', seen, advice })

/** One answer over HTTP; `isCut` where more came than was read. */
export interface Reply {
  status: number
  headers: Headers
  body: Buffer
  isCut: boolean
}

/** Sends one request and follows no redirect; throws, in words, when there is no answer. */
export type Ask = (url: URL, request?: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string }) => Promise<Reply>

/** One address on the way, and where it led to; null where the way ended. */
export interface Hop {
  url: URL
  status: number | null
  to: URL | null
}

/** An address that was followed to its end. */
export interface Loaded {
  hops: Hop[]
  /** Where the way ended. */
  url: URL
  reply: Reply | null
  /** Why there is no reply. */
  failure: string | null
  /** The local clock when the reply came. */
  atMs: number
}

/** What DNS says of a host: its addresses, and the last name that it is an alias of. */
export interface Names {
  cname: string | null
  v4: string[]
  v6: string[]
  failure: string | null
}

/** One Content-Security-Policy: its directives, and where it stands. */
export interface Policy {
  directives: ReadonlyMap<string, string[]>
  isEnforced: boolean
  /** Place of its `<meta>` on the page; null where a header holds it. */
  position: number | null
}

/** The page that was loaded in the end. */
export interface Page {
  url: URL
  /** What relative addresses on it are relative to. */
  base: URL
  headers: Headers
  markup: Markup
  policies: Policy[]
  isCut: boolean
  atMs: number
  /** Every tag of ours, in order. */
  tags: Tag[]
}

/** A tag that loads the script. */
export interface Tag extends ScriptElement {
  url: URL
  /** False where the page does not hold it, and somebody named its address. */
  isOnPage: boolean
}

/** What the tag leads to. */
export interface Setup {
  page: Page
  tag: Tag
  script: Loaded
  /** The folder of the collector's calls, `…/r/`; null where the tag's address of it makes no sense. */
  calls: URL | null
  /** What the collector says to the harmless one of its calls. */
  collector: Loaded | null
  /** Of the page's host and the collector's; null where they are the same, or strangers. */
  names: { page: Names; collector: Names } | null
}

/** Everything. */
export interface Seen {
  code: string
  /** The query parameter that carried it. */
  param: string
  loaded: Loaded
  /** Null where no HTML came. */
  page: Page | null
  /** Null where no tag was found. */
  setup: Setup | null
}
