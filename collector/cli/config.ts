import type { Command } from 'commander'
import { settingsOf, type Setting } from '../config.ts'
import { command, flagsOf, group, type Options, type Streams } from './program.ts'

/** `config check`: what the collector would run with, before it does. */
export function configCommands(streams: Streams): Command {
  return group('config', 'the settings')
    .addCommand(command('check', 'print every setting, where it comes from, and what is wrong with it; exit 2 when something is', 'refledger config check --public-url https://track.shop.example').action((options: Options) => {
      const settings = settingsOf(flagsOf(options)).map(hidden)
      const wrong = settings.filter(({ problem }) => problem !== undefined)
      const json = { ok: wrong.length === 0, settings: Object.fromEntries(settings.map(({ name, text, source, problem }) => [name, { value: text ?? null, source, problem: problem ?? null }])) }
      streams.out(`${options['json'] === true ? JSON.stringify(json) : textOf(settings)}\n`)
      process.exitCode = wrong.length === 0 ? 0 : 2
    }))
}

/** A secret is said to be there, and no more. */
const hidden = (setting: Setting): Setting => (setting.name === 'SECRET_KEY' && setting.text !== undefined ? { ...setting, text: '(hidden)' } : setting)

const widest = (texts: string[]): number => Math.max(...texts.map(({ length }) => length))

function textOf(settings: Setting[]): string {
  const [names, values] = [settings.map(({ name }) => name), settings.map(({ text }) => text ?? '-')]
  return settings.map(({ name, source, problem }, at) => `${name.padEnd(widest(names))}  ${(values[at] ?? '').padEnd(widest(values))}  ${source}${problem === undefined ? '' : `  WRONG: ${problem}`}`).join('\n')
}
