import { Option, type Command } from 'commander'
import { invalid } from '../../shared/errors.ts'
import { RotationInput } from '../../shared/wire/keys.ts'
import { valid } from '../http/body.ts'
import { rotateSecret } from '../secrets.ts'
import type { NewKey } from '../service/keys.ts'
import { DIALECTS, SCOPES, type Dialect, type Scope } from '../store/keys.ts'
import { group, merchantCommand, placeOf, tell, withData, type Options, type Streams } from './program.ts'

/** `key create`, `list`, `rotate`, `revoke`. */
export function keyCommands(streams: Streams): Command {
  const parent = group('key', 'make, list, replace and revoke API keys')
  parent.addCommand(merchantCommand('create', 'make a key; it is shown this once', 'refledger key create --dialect refcampaign --test')
    .requiredOption('--dialect <dialect>', DIALECTS.join(', '))
    .option('--test', 'a key whose orders are tests')
    .option('--scope <scope...>', `what it may do: ${SCOPES.join(', ')} (default: all)`)
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const key = await services.keys.create({ dialect: oneOf(DIALECTS, options['dialect'], 'dialect'), mode: options['test'] === true ? 'test' : 'live', scopes: scopesOf(options['scope']) }, options.merchant)
      return { json: key, text: shownText(key) }
    })))
  parent.addCommand(merchantCommand('list', 'list the keys in use', 'refledger key list').action((options: Options) => withData(options, streams, ({ services }) => {
    const keys = services.keys.list(options.merchant).map(({ createdAtMs, endsAtMs, ...key }) => ({ ...key, createdAt: timeOf(createdAtMs), endsAt: endsAtMs === null ? null : timeOf(endsAtMs) }))
    return { json: keys, text: keys.map(({ id, dialect, mode, scopes, createdAt, endsAt }) => [id, dialect, mode, scopes.join(','), createdAt, ...(endsAt === null ? [] : [`ends ${endsAt}`])].join('  ')).join('\n') || 'no keys in use' }
  })))
  parent.addCommand(rotateCommand(streams))
  parent.addCommand(merchantCommand('revoke', 'end a key at once, for good', 'refledger key revoke key_01K...').argument('<id>').action((id: string, options: Options) => withData(options, streams, async ({ services }) => {
    const { revokedAtMs } = await services.keys.revoke(id, options.merchant)
    return { json: { id, revokedAt: timeOf(revokedAtMs) }, text: `${id} is revoked` }
  })))
  return parent
}

/** One key, or the secret behind all of them. */
function rotateCommand(streams: Streams): Command {
  return merchantCommand('rotate', 'put another key in the place of one, which goes on for a grace; or change SECRET_KEY', 'refledger key rotate key_01K... --grace 24h')
    .argument('[id]', 'the key to replace; its dialect, mode and scopes are kept')
    .option('--grace <time>', 'how long the old one goes on: 30m, 24h, 7d (default: 24h)')
    .addOption(new Option('--now', 'end the old one at once, when it has got into wrong hands').conflicts('grace'))
    .addOption(new Option('--secret', 'another data/secret.key instead: see "Keys" in the README').conflicts(['grace', 'now']))
    .action(async (id: string | undefined, options: Options) => {
      if ((id === undefined) !== (options['secret'] === true)) throw invalid('id', 'name a key, or --secret')
      if (id === undefined) {
        const file = rotateSecret(placeOf(options))
        tell({ json: { file }, text: `${file} holds another secret: start the collector again.\nAPI keys and set-up links go on. Passes between sites, links to reports, proofs of sites that are not proved yet and what Refersion's script remembers of a visitor are made anew.` }, options, streams)
        return
      }
      const { grace, now } = valid(RotationInput, options)
      await withData(options, streams, async ({ services }) => {
        const { shown, replaced } = await services.keys.rotate(id, { graceMs: now ? 0 : grace }, options.merchant)
        const endsAt = timeOf(replaced.endsAtMs)
        return { json: { ...shown, replaced: { id, endsAt } }, text: `${shownText(shown)}\n${id} ${now ? 'is revoked' : `ends ${endsAt}`}` }
      })
    })
}

const timeOf = (atMs: number): string => new Date(atMs).toISOString()
const shownText = (key: NewKey): string => ('token' in key ? [key.id, key.token] : [key.id, key.public, key.secret]).join('\n')

const scopesOf = (given: unknown): Scope[] => (Array.isArray(given) ? given.map((scope) => oneOf(SCOPES, scope, 'scope')) : [])

function oneOf<T extends Dialect | Scope>(known: readonly T[], given: unknown, field: string): T {
  const found = known.find((one) => one === given)
  if (found === undefined) throw invalid(field, `must be one of: ${known.join(', ')}`)
  return found
}
