import type { Command } from 'commander'
import { invalid } from '../../shared/errors.ts'
import { DIALECTS, SCOPES, type Dialect, type Scope } from '../store/keys.ts'
import { group, merchantCommand, withData, type Options, type Streams } from './program.ts'

/** `key create`, `list`, `revoke`. */
export function keyCommands(streams: Streams): Command {
  const parent = group('key', 'make, list and revoke API keys')
  parent.addCommand(merchantCommand('create', 'make a key; it is shown this once', 'refledger key create --dialect refcampaign --test')
    .requiredOption('--dialect <dialect>', DIALECTS.join(', '))
    .option('--test', 'a key whose orders are tests')
    .option('--scope <scope...>', `what it may do: ${SCOPES.join(', ')} (default: all)`)
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const key = await services.keys.create({ dialect: oneOf(DIALECTS, options['dialect'], 'dialect'), mode: options['test'] === true ? 'test' : 'live', scopes: scopesOf(options['scope']) }, options.merchant)
      return { json: key, text: 'token' in key ? `${key.id}\n${key.token}` : `${key.id}\n${key.public}\n${key.secret}` }
    })))
  parent.addCommand(merchantCommand('list', 'list the keys in use', 'refledger key list').action((options: Options) => withData(options, streams, ({ services }) => {
    const keys = services.keys.list(options.merchant).map(({ createdAtMs, ...key }) => ({ ...key, createdAt: new Date(createdAtMs).toISOString() }))
    return { json: keys, text: keys.map(({ id, dialect, mode, scopes, createdAt }) => [id, dialect, mode, scopes.join(','), createdAt].join('  ')).join('\n') || 'no keys in use' }
  })))
  parent.addCommand(merchantCommand('revoke', 'end a key at once, for good', 'refledger key revoke key_01K...').argument('<id>').action((id: string, options: Options) => withData(options, streams, async ({ services }) => {
    const { revokedAtMs } = await services.keys.revoke(id, options.merchant)
    return { json: { id, revokedAt: new Date(revokedAtMs).toISOString() }, text: `${id} is revoked` }
  })))
  return parent
}

const scopesOf = (given: unknown): Scope[] => (Array.isArray(given) ? given.map((scope) => oneOf(SCOPES, scope, 'scope')) : [])

function oneOf<T extends Dialect | Scope>(known: readonly T[], given: unknown, field: string): T {
  const found = known.find((one) => one === given)
  if (found === undefined) throw invalid(field, `must be one of: ${known.join(', ')}`)
  return found
}
