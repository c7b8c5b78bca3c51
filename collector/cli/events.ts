import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { termsOf } from '../../shared/engine/settings.ts'
import { counted } from '../../shared/engine/words.ts'
import { EVENT_KINDS, EventsInput } from '../../shared/wire/events.ts'
import { valid } from '../http/body.ts'
import { settingsFor } from '../service/deps.ts'
import { eventJson, eventLine } from './event-text.ts'
import { merchantCommand, SIGNALS, withStream, type Options, type Streams } from './program.ts'

/** How often is looked whether another process has written. */
const LOOK_EVERY_MS = 250

const HELP = `  refledger events --kind conversion,settlement,payout --since 2026-11-01
  refledger events --no-follow --last 100 --json

It begins with the last 10 events and goes on until it is stopped. It reads the database itself, beside a running collector.
--json prints one JSON document a line, and not one in all. The newest 100,000 events of a merchant are kept.`

/** `events`: what happens, as it is recorded, until somebody stops it. */
export function eventsCommand(streams: Streams): Command {
  return merchantCommand('events', 'what happens, live', 'refledger events')
    .addHelpText('after', HELP)
    .option('--since <time>', "begin with what was recorded then: a day in the merchant's time zone, or an instant")
    .option('--last <n>', 'begin with so many of the newest (default: 10)')
    .option('--no-follow', 'end with what there is')
    .option('--kind <kinds>', `some kinds alone: ${EVENT_KINDS.join(', ')}`)
    .option('--test', 'what was reported as a test, and nothing else')
    .action((options: Options) => withStream(options, streams, async ({ services, store }) => {
      const asked = valid(EventsInput, options)
      const line = options['json'] === true ? eventJson : eventLine
      const stopped = new AbortController()
      const stop = (): void => stopped.abort()
      for (const signal of SIGNALS) process.on(signal, stop)
      try {
        for await (const { events, missed } of services.events.tell(asked, { merchantId: options.merchant, ...(options['follow'] === false ? {} : { pause: () => pause(stopped.signal) }) })) {
          const settings = settingsFor(store.directory(), options.merchant)
          if (missed > 0) streams.err(`${counted(missed, 'earlier event')} ${missed === 1 ? 'is' : 'are'} not kept any more\n`)
          const { timezone } = termsOf(settings, events.at(-1)?.atMs ?? 0).value
          streams.out(events.map((event) => `${line(event, { settings, timezone, paints: streams.outHasColor === true })}\n`).join(''))
          if (stopped.signal.aborted) return
        }
      } finally {
        for (const signal of SIGNALS) process.off(signal, stop)
      }
    }))
}

/** Waits until it is time to look again; false when it was stopped meanwhile. */
async function pause(signal: AbortSignal): Promise<boolean> {
  try {
    await setTimeout(LOOK_EVERY_MS, undefined, { signal })
    return true
  } catch {
    // Being stopped is the only way in which a timer fails.
    return false
  }
}
