import { Command } from 'commander'
import { affiliateCommands } from './cli/affiliate.ts'
import { backupCommand, restoreCommand } from './cli/backup.ts'
import { conversionCommands, verifyCommand } from './cli/book.ts'
import { campaignCommands } from './cli/campaign.ts'
import { commissionCommands, decisionCommands } from './cli/commission.ts'
import { configCommands } from './cli/config.ts'
import { demoCommand } from './cli/demo.ts'
import { doctorCommand } from './cli/doctor.ts'
import { eventsCommand } from './cli/events.ts'
import { exportCommand } from './cli/export.ts'
import { healthCommand } from './cli/health.ts'
import { importCommand } from './cli/import.ts'
import { initCommand } from './cli/init.ts'
import { keyCommands } from './cli/key.ts'
import { licensesCommand } from './cli/licenses.ts'
import { merchantCommands } from './cli/merchant.ts'
import { recordCommand, refundCommand } from './cli/order.ts'
import { migrateCommand } from './cli/migrate.ts'
import { payoutCommands } from './cli/payout.ts'
import { privacyCommands } from './cli/privacy.ts'
import { failure, type Streams } from './cli/program.ts'
import { rateCommands } from './cli/rate.ts'
import { replayCommand } from './cli/replay.ts'
import { serveCommand } from './cli/serve.ts'
import { siteCommands } from './cli/site.ts'
import { tagCommand } from './cli/tag.ts'
import { triggerCommands } from './cli/trigger.ts'
import { outside as realOutside } from './http/outside.ts'
import type { Outside } from './service/site-proof.ts'

export interface CliOptions {
  version: string
  /** Where the built browser script lies. */
  assetsDir: string
  streams: Streams
  /** Where proofs of sites are looked for. */
  outside?: Outside
}

/** Runs one command line; returns the exit code: 0 done, 1 refused or failed, 2 wrong usage. */
export async function runCli(args: string[], { version, assetsDir, streams, outside = realOutside }: CliOptions): Promise<number> {
  const program = new Command('refledger')
    .description('Self-hosted affiliate and referral tracking.')
    .version(version)
    .showHelpAfterError('(add --help for what a command takes)')
  for (const [heading, commands] of chaptersOf({ assetsDir, streams, outside })) {
    program.commandsGroup(`${heading}:`)
    for (const command of commands) program.addCommand(command)
  }
  program.addHelpCommand(new Command('help').argument('[command]').summary('what a command does').helpGroup('Help:'))
  for (const command of withSubcommands(program)) command.exitOverride().configureOutput({ writeOut: streams.out, writeErr: streams.err })

  process.exitCode = 0
  try {
    await program.parseAsync(args, { from: 'user' })
    return process.exitCode
  } catch (error) {
    return failure(error, { json: args.includes('--json'), streams })
  }
}

/** All commands, by what somebody wants to do. */
function chaptersOf({ assetsDir, streams, outside }: { assetsDir: string; streams: Streams; outside: Outside }): [heading: string, commands: Command[]][] {
  return [
    ['Begin', [serveCommand(streams, assetsDir), initCommand(streams), demoCommand(streams, assetsDir), tagCommand(streams, assetsDir), doctorCommand(streams), importCommand(streams)]],
    ['The program', [merchantCommands(streams), siteCommands(streams, outside), campaignCommands(streams), rateCommands(streams), affiliateCommands(streams), triggerCommands(streams), keyCommands(streams)]],
    ['Orders and money', [conversionCommands(streams).addCommand(recordCommand(streams)), refundCommand(streams), commissionCommands(streams), ...decisionCommands(streams), payoutCommands(streams)]],
    ['The book', [verifyCommand(streams), replayCommand(streams), eventsCommand(streams), exportCommand(streams), privacyCommands(streams)]],
    ['Operations', [backupCommand(streams), restoreCommand(streams), migrateCommand(streams), configCommands(streams), healthCommand(streams), licensesCommand(streams, assetsDir)]],
  ]
}

const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)]
