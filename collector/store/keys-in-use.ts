import type { ApiKey } from './keys.ts'
import type { Directory, Store } from './store.ts'

/** Whether a key still opens anything. */
export const isInUse = ({ revokedAtMs, endsAtMs }: ApiKey, nowMs: number): boolean => revokedAtMs === null && (endsAtMs === null || nowMs < endsAtMs)

/** The store without keys that have ended: the one place where the clock is asked, so that a key ends to the millisecond and for every call alike. */
export function keysInUse(store: Store, now: () => number): Store {
  let held: { of: Directory; untilMs: number; directory: Directory } | undefined

  return {
    ...store,
    directory() {
      const of = store.directory()
      const nowMs = now()
      if (held?.of !== of || nowMs >= held.untilMs) held = { of, ...without(of, nowMs) }
      return held.directory
    },
  }
}

/** The settings without ended keys, and when the next key ends. */
function without(directory: Directory, nowMs: number): { untilMs: number; directory: Directory } {
  const keys = [...directory.keys].filter(([, key]) => isInUse(key, nowMs))
  const untilMs = Math.min(...keys.map(([, { endsAtMs }]) => endsAtMs ?? Number.POSITIVE_INFINITY))
  return { untilMs, directory: keys.length === directory.keys.size ? directory : { ...directory, keys: new Map(keys) } }
}
