import type { Command } from 'commander'
import { counted } from '../../shared/engine/words.ts'
import { EraseInput, PersonInput } from '../../shared/wire/privacy.ts'
import { valid } from '../http/body.ts'
import { accountsText, type Erased, type ErasedCounts } from '../service/privacy.ts'
import { CLI } from './commission.ts'
import { group, merchantCommand, withData, type Options, type Streams } from './program.ts'

/** `privacy export` and `erase`: what a person has a right to. */
export function privacyCommands(streams: Streams): Command {
  const parent = group('privacy', "a person's right to be told what is kept about them, and to have it erased")
  parent.addCommand(merchantCommand('export', 'all that is kept about whoever has an address, for them to read', 'refledger privacy export --email kim@customer.example > kim.json')
    .requiredOption('--email <mail>', "the customer's or affiliate's address")
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const json = await services.privacy.export(valid(PersonInput, options), options.merchant)
      return { json, text: JSON.stringify(json, null, 2) }
    })))
  parent.addCommand(merchantCommand('erase', 'erase a person; what was ordered and earned stays, and leads to nobody', 'refledger privacy erase --email kim@customer.example --dry-run')
    .requiredOption('--email <mail>', "the customer's or affiliate's address")
    .option('--affiliate', 'an affiliate of this address as well: their name, addresses and password; they are disabled, codes and commissions stay')
    .option('--dry-run', 'says what would be erased, and writes nothing')
    .action((options: Options) => withData(options, streams, async ({ services }) => {
      const erased = await services.privacy.erase(valid(EraseInput, options), CLI, options.merchant)
      const { dryRun, counts, accounts, filesClean } = erased
      return {
        json: { dryRun, counts, accounts: accounts.map(({ account, currency, minor, mode }) => ({ account, mode, currency, minor: String(minor) })), filesClean },
        text: erasedText(erased), exitCode: filesClean === false ? 1 : 0,
      }
    })))
  return parent
}

const WORDS: Record<Exclude<keyof ErasedCounts, 'sharedSessions'>, [one: string, several?: string]> = {
  identifies: ['link of a session to their address', 'links of sessions to their address'], visits: ['visit'], sessions: ['session'], orders: ['order that names them', 'orders that name them'],
  metadata: ['text of an order', 'texts of orders'], notes: ['note'], carts: ['cart'], referrals: ['referral'], triggers: ['e-mail trigger'], answers: ['kept answer'], affiliates: ['affiliate'],
}

function erasedText({ dryRun, counts, accounts, filesClean }: Erased): string {
  const found = Object.entries(WORDS).flatMap(([name, [one, several]]) => {
    const count = counts[name as keyof typeof WORDS]
    return count === 0 ? [] : `  ${counted(count, one, several)}`
  })
  if (found.length === 0) return ['nothing is kept about this address', ...logText(filesClean)].join('\n')
  return [
    dryRun ? 'would be erased:' : 'erased:', ...found,
    ...(counts.sharedSessions === 0 ? [] : [`${counted(counts.sharedSessions, 'session')} of theirs ${counts.sharedSessions === 1 ? 'is' : 'are'} known by another address, too: the visits stay, and lead to the other alone`]),
    ...(accounts.length === 0 ? [] : [`in the accounts of the affiliate: ${accountsText(accounts)}`]),
    ...(dryRun ? [] : ['Backups that were made before still hold all of it: delete them, or erase again where one is restored.']),
    ...logText(filesClean),
  ].join('\n')
}

const logText = (filesClean: boolean | null): string[] => (filesClean === false ? ['Another process stands in the way of emptying the log beside the database, which still holds it: run this again.'] : [])
