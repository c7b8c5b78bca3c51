import { DomainError } from '../../shared/errors.ts'
import { termsOf } from '../../shared/engine/settings.ts'
import { startOfDay } from '../../shared/engine/time.ts'
import type { EventsInput } from '../../shared/wire/events.ts'
import type { Event, EventFilter, EventPage } from '../store/events.ts'
import { settingsFor, type Deps } from './deps.ts'

/** Events of a merchant that are kept: the newest. */
const KEPT = 100_000
/** Events that one commit lets go of: a few milliseconds. */
const TRIMMED = 5_000
/** Events that are read at a time. */
const PAGE = 500
/** How many are shown before what happens from now on, as `tail` does. */
const LAST = 10

/** Some of what happened, and how many events between it and what was told before are not kept any more. */
export interface Told {
  events: Event[]
  missed: number
}

const heldIn = ({ upTo, oldest }: EventPage): number => upTo - oldest + 1

/** How to go on: `pause` resolves when it is time to look again, and false when nobody listens any more. */
export interface Following {
  merchantId?: number | undefined
  pause?: () => Promise<boolean>
}

/** What happens, in the order in which it is recorded; nothing is told twice and nothing is left out. */
export function eventService({ store, now }: Pick<Deps, 'store' | 'now'>) {
  return {
    /**
     * Tells what happened, and then what happens for as long as `pause` says so; without it, it ends with what there is. While
     * nothing is written, each look costs one figure. Throws `INVALID` for a time that cannot be.
     */
    async *tell({ since, last, kind, test }: EventsInput, { merchantId: asked, pause = async () => false }: Following): AsyncGenerator<Told> {
      const settings = settingsFor(store.directory(), asked)
      const merchantId = settings.merchant.id
      const filter: EventFilter = { merchantId, limit: PAGE, mode: test ? 'test' : 'live', kinds: kind ?? null }
      let seen = await store.read('writtenByOthers', {})
      let upTo: number
      if (since === undefined) {
        const page = await store.read('lastEvents', { ...filter, limit: last ?? LAST })
        upTo = page.upTo
        if (page.events.length > 0) yield { events: page.events, missed: 0 }
      } else {
        const sinceMs = since.includes('T') ? Date.parse(since) : startOfDay(since, termsOf(settings, now()).value.timezone)
        if (sinceMs > now()) throw new DomainError('INVALID', 'since: lies in the future', { issues: [{ path: ['since'], message: 'lies in the future' }] })
        upTo = yield* behind(0, { ...filter, sinceMs })
      }
      while (await pause()) {
        const version = await store.read('writtenByOthers', {})
        if (version === seen) continue
        seen = version
        upTo = yield* behind(upTo, filter)
      }
    },

    /** Lets go of what is too old to be told. */
    async trim(): Promise<void> {
      for (const merchantId of store.directory().merchants.keys()) {
        const look = (): Promise<EventPage> => store.read('lastEvents', { merchantId, limit: 0, mode: 'live', kinds: null })
        while (heldIn(await look()) > KEPT) await store.decide('nothing', { merchantId }, () => ({ entries: [{ kind: 'journal_trimmed', merchantId, keep: KEPT, limit: TRIMMED }], result: undefined }))
      }
    },
  }

  /** All that is there behind a number, page by page; the number to go on from. */
  async function* behind(from: number, filter: EventFilter): AsyncGenerator<Told, number> {
    let upTo = from
    for (;;) {
      const page: EventPage = await store.read('events', { ...filter, afterNumber: upTo })
      const missed = Math.max(0, page.oldest - 1 - upTo)
      if (page.events.length > 0 || missed > 0) yield { events: page.events, missed }
      if (page.upTo === upTo) return upTo
      upTo = page.upTo
    }
  }
}
