import { Command } from 'commander'
import { join } from 'node:path'
import { NOTICES, shipped } from '../files.ts'
import type { Streams } from './program.ts'

/** `licenses`: the notices that go with every copy, also where the program is a single file. */
export function licensesCommand(streams: Streams, assetsDir: string): Command {
  const summary = 'print the licences of what others wrote of this program'
  return new Command('licenses').summary(summary).description(summary).addHelpText('after', '\nExample:\n  refledger licenses | less')
    .option('--json', 'print one JSON document on stdout')
    .action(({ json }: { json?: true }) => {
      const text = shipped(join(assetsDir, NOTICES)).toString()
      streams.out(json === true ? `${JSON.stringify({ text })}\n` : text)
    })
}
