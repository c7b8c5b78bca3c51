import { BlockList, isIP } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { TrustProxy } from './http/client-address.ts'
import { RATE_LIMITS, type RateLimits } from './http/rate-limit.ts'

/** Everything that an operator can set; flag before environment before default. */
export interface Config {
  port: number
  host: string
  /** File of the SQLite database. */
  databaseFile: string
  /** Where secrets lie: beside the database. */
  dataDir: string
  /** Where the single executable puts its SQLite addon. */
  addonDir: string
  /** Where the collector is reached from outside; undefined until it listens when nobody says. */
  publicUrl: string | undefined
  basePath: string
  secretKey: string | undefined
  trustProxy: TrustProxy
  logLevel: string
  /** Undefined is off. */
  rateLimits: RateLimits | undefined
}

/** What holds where nobody says anything. */
const DEFAULTS: Partial<Record<string, string>> = { PORT: '8787', HOST: '127.0.0.1', DATABASE_URL: 'sqlite:data/refledger.db', TRUST_PROXY: 'off', LOG_LEVEL: 'info', RATE_LIMIT: 'on' }

const Settings = z.object({
  PORT: z.string().refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'must be a port number').transform(Number),
  HOST: z.string().min(1),
  DATABASE_URL: z.string().transform((url, ctx) => {
    if (url.startsWith('sqlite:') && url.length > 7) return resolve(url.slice(7))
    ctx.addIssue({ code: 'custom', message: 'must be sqlite: and the path of a file; other databases are not supported yet' })
    return z.NEVER
  }),
  ADDON_DIR: z.string().transform((folder) => resolve(folder)).optional(),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).refine((url) => !/[?#]|\/\/[^/]*@/.test(url), 'must be without a name, password, query and fragment').transform((url) => url.replace(/\/+$/, '')).optional(),
  BASE_PATH: z.string().regex(/^(\/[\w.~-]+)*\/?$/, 'must be a path such as /track').transform((path) => path.replace(/\/$/, '')).optional(),
  SECRET_KEY: z.string().min(32, 'must be at least 32 characters').optional(),
  TRUST_PROXY: z.string().transform(trustOf),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
  RATE_LIMIT: z.string().transform(limitsOf),
})

/** The names that are read, from flags and environment alike. */
export const CONFIG_NAMES = Object.keys(Settings.shape) as (keyof typeof Settings.shape)[]

/** A wrong setting; the message names each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** One setting as it was found. */
export interface Setting {
  name: (typeof CONFIG_NAMES)[number]
  /** As it is spelt; undefined where nobody says anything and nothing is to be said. */
  text: string | undefined
  source: 'flag' | 'environment' | 'default'
  /** What is wrong with it. */
  problem: string | undefined
}

type Given = Record<string, string | undefined>

/** Every setting, and where it comes from. An empty variable counts as absent. */
export const settingsOf = (flags: Given = {}, env: Given = process.env): Setting[] => CONFIG_NAMES.map((name) => {
  const [text, source] = flags[name] !== undefined ? [flags[name], 'flag' as const] : env[name] ? [env[name], 'environment' as const] : [DEFAULTS[name], 'default' as const]
  return { name, text, source, problem: Settings.shape[name].safeParse(text).error?.issues.map(({ message }) => message).join('; ') }
})

/** Reads the configuration; throws `ConfigError`. */
export function loadConfig(flags: Given = {}, env: Given = process.env): Config {
  const parsed = Settings.safeParse(Object.fromEntries(settingsOf(flags, env).map(({ name, text }) => [name, text])))
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
  const { PORT, HOST, DATABASE_URL, ADDON_DIR, PUBLIC_URL, BASE_PATH, SECRET_KEY, TRUST_PROXY, LOG_LEVEL, RATE_LIMIT } = parsed.data
  return {
    port: PORT, host: HOST, databaseFile: DATABASE_URL, dataDir: dirname(DATABASE_URL), addonDir: ADDON_DIR ?? join(dirname(DATABASE_URL), 'addon'), publicUrl: PUBLIC_URL, basePath: BASE_PATH ?? '', secretKey: SECRET_KEY,
    trustProxy: TRUST_PROXY, logLevel: LOG_LEVEL, rateLimits: RATE_LIMIT,
  }
}

/** `off`, a number of hops, or addresses and networks separated by commas. */
function trustOf(text: string, ctx: z.RefinementCtx): TrustProxy {
  if (text === 'off') return { kind: 'off' }
  if (/^\d+$/.test(text)) return { kind: 'hops', hops: Number(text) }
  const networks = text.split(',').map((network) => network.trim())
  if (networks.every(isNetwork)) return { kind: 'networks', networks }
  ctx.addIssue({ code: 'custom', message: 'must be off, a number of proxies, or addresses such as 10.0.0.0/8 separated by commas' })
  return z.NEVER
}

function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/')
  const family = isIP(address)
  // An empty prefix would be the number 0, and trust everyone.
  if (family === 0 || more !== undefined || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false
  try {
    new BlockList().addSubnet(address, Number(bits ?? (family === 6 ? 128 : 32)), family === 6 ? 'ipv6' : 'ipv4')
    return true
  } catch {
    // The prefix is out of range: that is the answer.
    return false
  }
}

/** `on`, `off`, or numbers a minute (`bindings` a day) such as `script=600,public=60,keyed=600,bindings=200`. */
function limitsOf(text: string, ctx: z.RefinementCtx): RateLimits | undefined {
  if (text === 'on') return RATE_LIMITS
  if (text === 'off') return undefined
  const limits = { ...RATE_LIMITS }
  for (const part of text.split(',')) {
    const [, name, number] = /^(script|public|keyed|bindings)=([1-9]\d{0,8})$/.exec(part.trim()) ?? []
    if (name === undefined || number === undefined) {
      ctx.addIssue({ code: 'custom', message: 'must be on, off, or calls a minute such as script=600,public=60,keyed=600,bindings=200' })
      return z.NEVER
    }
    limits[name as keyof RateLimits] = Number(number)
  }
  return limits
}
