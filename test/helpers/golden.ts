import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { BROWSER } from './collector.ts'

const FIXTURES = join(import.meta.dirname, '../api/fixtures')

/** A documented request and its reply. `{{name}}` stands for a value: given before, or taken from the reply and given from then on. */
export interface Exchange {
  /** Where the shapes are documented. */
  source: string
  request: { method: string; path: string; headers?: Record<string, string>; body?: unknown }
  reply: { status: number; headers?: Record<string, string>; body?: unknown; text?: string }
}

/** Values by name; what a reply tells is added. */
export type Known = Record<string, string | number>

/** Names of a dialect's golden files, without their ending. */
export const goldenNames = (dialect: string): string[] => readdirSync(join(FIXTURES, dialect)).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length)).toSorted()

export const golden = (dialect: string, name: string): Exchange => JSON.parse(readFileSync(join(FIXTURES, dialect, `${name}.json`), 'utf8')) as Exchange

/** What went over the wire. */
export interface Sent {
  request: { method: string; path: string; headers: Record<string, string>; body: unknown }
  reply: { status: number; headers: Headers; text: string; body: unknown }
}

/** Sends a golden file's request to a collector and holds the reply against the file: every member, and none beside them. */
export async function exchange({ api }: { api: string }, file: { dialect: string; name: string }, known: Known, headers: Record<string, string> = {}): Promise<Sent> {
  const { request, reply } = golden(file.dialect, file.name)
  const body = filled(request.body, known)
  const sent = { method: request.method, path: String(filled(request.path, known)), headers: { 'content-type': 'application/json', 'user-agent': BROWSER, ...headers, ...(filled(request.headers ?? {}, known) as Record<string, string>) }, body }
  const response = await fetch(`${api}${sent.path}`, { method: sent.method, headers: sent.headers, redirect: 'manual', ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) })
  const text = await response.text()
  const told: unknown = (response.headers.get('content-type') ?? '').includes('json') && text !== '' ? JSON.parse(text) : undefined

  const what = `${file.dialect}/${file.name}`
  expect({ what, status: response.status, text: response.status === reply.status ? '' : text }).toEqual({ what, status: reply.status, text: '' })
  if (reply.body !== undefined) expect({ what, body: told }).toEqual({ what, body: agreed(reply.body, told, known) })
  if (reply.text !== undefined) expect({ what, text }).toEqual({ what, text: agreed(reply.text, text, known) })
  for (const [name, value] of Object.entries(reply.headers ?? {})) expect({ what, name, value: response.headers.get(name) }).toEqual({ what, name, value })
  return { request: sent, reply: { status: response.status, headers: response.headers, text, body: told } }
}

const PLACE = /\{\{(\w+)\}\}/g

/** A template with its values; a string that is nothing but one keeps the value's type. Throws for a name that is unknown. */
function filled(template: unknown, known: Known): unknown {
  const of = (name: string): string | number => {
    const value = known[name]
    if (value === undefined) throw new Error(`nothing is known as {{${name}}}`)
    return value
  }
  if (typeof template === 'string') {
    const whole = /^\{\{(\w+)\}\}$/.exec(template)?.[1]
    return whole === undefined ? template.replace(PLACE, (_, name: string) => String(of(name))) : of(whole)
  }
  if (Array.isArray(template)) return template.map((one) => filled(one, known))
  if (typeof template === 'object' && template !== null) return Object.fromEntries(Object.entries(template).map(([key, value]) => [String(filled(key, known)), filled(value, known)]))
  return template
}

/** The template as it should have been answered: names that are new take what was told, if that is a text or a number. */
function agreed(template: unknown, told: unknown, known: Known): unknown {
  if (typeof template === 'string') return agreedText(template, told, known)
  if (Array.isArray(template)) return template.map((one, index) => agreed(one, Array.isArray(told) ? told[index] as unknown : undefined, known))
  if (typeof template === 'object' && template !== null) {
    const members = (typeof told === 'object' && told !== null ? told : {}) as Record<string, unknown>
    return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, agreed(value, members[key], known)]))
  }
  return template
}

function agreedText(template: string, told: unknown, known: Known): unknown {
  const names = [...template.matchAll(PLACE)].map(([, name = '']) => name)
  if (names.length === 0) return template
  const pattern = new RegExp(`^${template.split(/\{\{\w+\}\}/).map((text) => text.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)).join('([\\s\\S]+?)')}$`)
  const found = typeof told === 'string' || typeof told === 'number' ? pattern.exec(String(told)) : null
  names.forEach((name, index) => {
    const value = found?.[index + 1]
    if (value !== undefined && known[name] === undefined) known[name] = names.length === 1 && template === `{{${name}}}` ? told as string | number : value
  })
  return names.every((name) => known[name] !== undefined) ? filled(template, known) : template
}
