import { expect } from 'vitest'
import type { World } from '../../collector/doctor/look.ts'
import { look } from '../../collector/doctor/look.ts'
import { examine } from '../../collector/doctor/examine.ts'
import type { Finding, Names, Seen } from '../../collector/doctor/seen.ts'
import { NOON_MS } from '../helpers/collector.ts'

/** What an address answers with. */
export interface Stub {
  status?: number
  headers?: Record<string, string>
  body?: string
}

export const SHOP = 'https://www.shop.example/'
export const TRACK = 'https://track.shop.example'
export const SCRIPT = '(()=>{/* refledger */})()'
export const SESSION = '0193a1b2-0000-7000-8000-000000000001'
const DATE = { Date: new Date(NOON_MS).toUTCString() }

/** A page with this in it. */
export const html = (head: string, headers: Record<string, string> = {}): Stub => ({ headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers }, body: `<!doctype html><html><head><title>Shop</title>${head}</head><body></body></html>` })
export const script = (headers: Record<string, string> = {}, body = SCRIPT): Stub => ({ headers: { 'Content-Type': 'text/javascript; charset=utf-8', 'Access-Control-Allow-Origin': '*', ...headers }, body })
export const pass = (origin = 'https://www.shop.example', headers: Record<string, string> = {}): Stub => ({ headers: { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true', ...headers }, body: '{"pass":"AbC"}' })
export const refusal = (status: number, code: string, message: string): Stub => ({ status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code, message }) })
export const redirect = (to: string, status = 302): Stub => ({ status, headers: { Location: to } })

export const TAG = `<script async src="${TRACK}/r.js"></script>`
/** A shop and its collector, all as it must be. */
export const WELL: Record<string, Stub> = { [SHOP]: html(TAG), [`${TRACK}/r.js`]: script(), [`${TRACK}/r/pass`]: pass() }

const NEAR: Names = { cname: null, v4: ['203.0.113.5'], v6: [], failure: null }

export interface Staged {
  /** Answers by address without its query; several in a list come one after the other. */
  web?: Record<string, Stub | Stub[]>
  dns?: Record<string, Partial<Names>>
  url?: string
  tag?: string
  nowMs?: number
}

const found = async (list: string[]): Promise<string[]> => {
  if (list.length === 0) throw Object.assign(new Error('no data'), { code: 'ENODATA' })
  return list
}

/** A web of stubs: no network, no DNS, a clock that stands. */
export function worldOf({ web = {}, dns = {}, nowMs = NOON_MS }: Staged): World & { asked: { url: string; headers: Record<string, string>; body: string | undefined }[] } {
  const all: Record<string, Stub | Stub[]> = { ...WELL, ...web }
  const asked: { url: string; headers: Record<string, string>; body: string | undefined }[] = []
  const records = (host: string): Partial<Names> => ({ ...NEAR, ...dns[host] })
  return {
    asked,
    now: () => nowMs,
    ask: async (url, { headers = {}, body } = {}) => {
      asked.push({ url: url.href, headers, body })
      const stubs = all[`${url.origin}${url.pathname}`]
      const stub = Array.isArray(stubs) ? stubs.shift() : stubs
      if (stub === undefined) throw new Error('there is no such host')
      return { status: stub.status ?? 200, headers: new Headers({ ...DATE, ...stub.headers }), body: Buffer.from(stub.body ?? ''), isCut: false }
    },
    lookups: {
      resolve4: (host: string) => found(records(host).v4 ?? []),
      resolve6: (host: string) => found(records(host).v6 ?? []),
      resolveCname: (host: string) => found(records(host).cname == null ? [] : [records(host).cname ?? '']),
    } as World['lookups'],
  }
}

/** What the doctor says of a web. */
export async function diagnose(staged: Staged = {}): Promise<{ seen: Seen; findings: Finding[]; said: (check: string) => string[] }> {
  const seen = await look({ url: new URL(staged.url ?? SHOP), code: 'refledger-doctor', tag: staged.tag, session: SESSION }, worldOf(staged))
  const findings = examine(seen)
  return { seen, findings, said: (name) => findings.filter(({ check }) => check === name).map(({ level, seen: what, advice }) => `${level}: ${what}${advice === null ? '' : ` -> ${advice}`}`) }
}

/** What one check says of a web. */
export const saidOf = async (check: string, staged: Staged): Promise<string[]> => (await diagnose(staged)).said(check)
/** For comparing that, a pattern a line. */
export const like = (says: RegExp[]): unknown[] => says.map((one) => expect.stringMatching(one))
