import { statSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { reachedAt } from '../address.ts'
import { CONFIG_NAMES, ConfigError, loadConfig, type Config } from '../config.ts'
import { counted } from '../../shared/engine/words.ts'
import { DomainError } from '../../shared/errors.ts'
import { openData, type Opened } from '../serve.ts'

/** What a command has to say: one JSON document, or lines for a person. */
export interface Output {
  json: unknown
  text: string
  /** 1 when the answer is a refusal, such as a book that does not add up. */
  exitCode?: 0 | 1
}

/** Streams and their kind, so that tests can read what is said. */
export interface Streams {
  out: (text: string) => void
  err: (text: string) => void
  /** Whether somebody watches stderr. */
  isTerminal: boolean
  /** Whether colours are wanted there; not by default, nor where NO_COLOR is set. */
  hasColor?: boolean
  /** Whether colours are wanted on stdout; not by default, nor where NO_COLOR is set. */
  outHasColor?: boolean
}

/** Everything that every command takes; flags stand above the environment. */
const FLAGS: Partial<Record<(typeof CONFIG_NAMES)[number], string>> = {
  PORT: 'port to listen on (default 8787)',
  HOST: 'address to listen on (default 127.0.0.1)',
  DATABASE_URL: 'sqlite: and the path of a file (default sqlite:data/refledger.db)',
  ADDON_DIR: 'where the single executable puts its SQLite addon (default: beside the database)',
  PUBLIC_URL: 'where the collector is reached from outside',
  BASE_PATH: 'path in front of every address',
  TRUST_PROXY: 'off, number of proxies in front, or their networks',
  LOG_LEVEL: 'fatal, error, warn, info, debug, trace or silent',
  RATE_LIMIT: 'on, off, or calls a minute: script=600,public=60,keyed=600; bindings=200 a day',
}
const flagOf = (name: string): string => name.toLowerCase().replaceAll('_', '-')
const keyOf = (name: string): string => flagOf(name).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** A command that takes the configuration's flags and `--json`. */
export function command(name: string, summary: string, example: string): Command {
  const made = new Command(name).summary(summary).description(summary).addHelpText('after', `\nExample:\n  ${example}`)
  made.option('--json', 'print one JSON document on stdout')
  for (const [variable, help] of Object.entries(FLAGS)) made.addOption(new Option(`--${flagOf(variable)} <value>`, `${help} [${variable}]`).helpGroup('Configuration:'))
  return made
}

/** A command that only holds others. */
export const group = (name: string, summary: string): Command => new Command(name).summary(summary).description(summary)

/** What a command was given, by the names of its options. */
export type Options = Record<string, unknown> & { merchant?: number }

/** For options that may be given several times. */
export const repeated = (text: string, before: string[] = []): string[] => [...before, text]

/** Options whose "none" clears a setting: a list becomes empty, anything else null. */
export function withNone(options: Options, ...keys: string[]): Options {
  const cleared = keys.flatMap((key): [string, unknown][] => {
    const given = options[key]
    if (given === 'none') return [[key, null]]
    return Array.isArray(given) && given.length === 1 && given[0] === 'none' ? [[key, []]] : []
  })
  return Object.assign({ ...options }, Object.fromEntries(cleared))
}

/** A command that works on a merchant's data. */
export const merchantCommand = (name: string, summary: string, example: string): Command => command(name, summary, example).option('--merchant <id>', 'merchant, where there are several', wholeNumber)

/** The settings that a command line names. */
export const flagsOf = (options: Record<string, unknown>): Record<string, string | undefined> => Object.fromEntries(CONFIG_NAMES.map((name) => [name, options[keyOf(name)] as string | undefined]))
export const configOf = (options: Record<string, unknown>): Config => loadConfig(flagsOf(options))

/** Where the data is; throws `NOT_FOUND` where there is none. */
export function placeOf(options: Record<string, unknown>): Config {
  const config = configOf(options)
  if (!isThere(config.databaseFile)) throw new DomainError('NOT_FOUND', `There is no database ${config.databaseFile} (DATABASE_URL): name the right one, or run "refledger init" first.`)
  return config
}

type Use = (data: Opened) => Promise<Output> | Output

/**
 * Runs one use case on the data that is there and says what came of it. Where there is none it is refused: in a wrong
 * place an empty book would be made, and found to be all as it must be.
 */
export async function withData(options: Record<string, unknown>, streams: Streams, use: Use): Promise<void> {
  placeOf(options)
  await withNewData(options, streams, use)
}

/** The same for what may be the first command of all: the database is made where there is none. */
export async function withNewData(options: Record<string, unknown>, streams: Streams, use: Use): Promise<void> {
  await opened(options, streams, async (data) => tell(await use(data), options, streams))
}

/** For one that speaks as it goes on, for as long as it goes on, on the data that is there. */
export async function withStream(options: Record<string, unknown>, streams: Streams, use: (data: Opened) => Promise<void>): Promise<void> {
  placeOf(options)
  await opened(options, streams, use)
}

async function opened(options: Record<string, unknown>, streams: Streams, use: (data: Opened) => Promise<void>): Promise<void> {
  const config = configOf(options)
  const data = await openData({ config, publicUrl: () => reachedAt(config), onMigrated: ({ migrations, backup }) => streams.err(`the database was brought to this version (${counted(migrations.length, 'migration')}); as it was before, it is in ${backup}\n`) })
  try {
    await use(data)
  } finally {
    await data.close()
  }
}

/** Says what came of a command, as it was asked for. */
export function tell({ json, text, exitCode = 0 }: Output, options: Record<string, unknown>, streams: Streams): void {
  streams.out(`${options['json'] === true ? JSON.stringify(json) : text}\n`)
  process.exitCode = exitCode
}

/** An empty file is none: something of another name was meant, or it was left by a start that failed. */
function isThere(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false })
  return found !== undefined && found.isFile() && found.size > 0
}

/** When somebody wants the program to end: Ctrl+C, or whatever started it. Asked again, it ends at once. */
export function stopAsked(): Promise<void> {
  return new Promise((stopped) => {
    const stop = (): void => {
      for (const signal of SIGNALS) process.off(signal, stop)
      stopped()
    }
    for (const signal of SIGNALS) process.on(signal, stop)
  })
}

/** What asks the program to stop. */
export const SIGNALS = ['SIGTERM', 'SIGINT'] as const

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError(`"${text}" is not a whole number above 0`)
  return Number(text)
}

/**
 * Says what went wrong, as JSON where that was asked for: 1 when refused or failed, 2 for wrong usage. Usage is what the
 * command line alone tells, words as well as values; what the book tells is a refusal.
 */
export function failure(error: unknown, { json, streams }: { json: boolean; streams: Streams }): 0 | 1 | 2 {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    if (json) streams.out(`${JSON.stringify({ error: { code: 'USAGE', message: error.message.replace(/^error: /, '') } })}\n`)
    return 2
  }
  const usage = error instanceof ConfigError || (error instanceof DomainError && error.code === 'INVALID' && !error.isUnfit)
  const code = error instanceof DomainError ? error.code : error instanceof ConfigError ? 'CONFIG' : 'FAILED'
  const message = error instanceof Error ? error.message : String(error)
  const issues = error instanceof DomainError && error.issues.length > 0 ? { issues: error.issues } : {}
  if (json) streams.out(`${JSON.stringify({ error: { code, message, ...issues } })}\n`)
  else streams.err(`error: ${message}\n`)
  return usage ? 2 : 1
}

/** Says what lets a start go on where a port is taken; any other error stays as it is. */
export const withPortHint = (error: unknown, hint: string): unknown =>
  (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' ? new Error(`${error.message}; ${hint}`, { cause: error }) : error)
