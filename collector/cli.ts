import { Command } from 'commander'
import { conversionCommands, verifyCommand } from './cli/book.ts'
import { failure, type Streams } from './cli/program.ts'
import { serveCommand } from './cli/serve.ts'
import { affiliateCommands, campaignCommands, initCommand, keyCommands } from './cli/settings.ts'

export interface CliOptions {
  version: string
  /** Where the built browser script lies. */
  assetsDir: string
  streams: Streams
}

/** Runs one command line; returns the exit code: 0 done, 1 refused or failed, 2 wrong usage. */
export async function runCli(args: string[], { version, assetsDir, streams }: CliOptions): Promise<number> {
  const program = new Command('refledger')
    .description('Self-hosted affiliate and referral tracking.')
    .version(version)
    .showHelpAfterError('(add --help for what a command takes)')
  const commands = [serveCommand(streams, assetsDir), initCommand(streams), campaignCommands(streams), affiliateCommands(streams), keyCommands(streams), conversionCommands(streams), verifyCommand(streams)]
  for (const command of commands) program.addCommand(command)
  for (const command of withSubcommands(program)) command.exitOverride().configureOutput({ writeOut: streams.out, writeErr: streams.err })

  process.exitCode = 0
  try {
    await program.parseAsync(args, { from: 'user' })
    return process.exitCode
  } catch (error) {
    return failure(error, { json: args.includes('--json'), streams })
  }
}

const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)]
