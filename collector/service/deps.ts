import { randomFillSync } from 'node:crypto'
import { DomainError } from '../../shared/errors.ts'
import { entityId, uuidv7, type IdPrefix } from '../../shared/engine/ids.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import type { Secrets } from '../secrets.ts'
import type { Directory, Store } from '../store/store.ts'

/** What every use case is given: nothing in here or behind it reads a clock or makes randomness by itself. */
export interface Deps {
  store: Store
  secrets: Secrets
  now: () => number
  /** At least 10 random bytes. */
  random: () => Uint8Array
}

const pool = new Uint8Array(10)
/** Randomness for ids, from the system. */
export const systemRandom = (): Uint8Array => randomFillSync(pool)

export const newUuid = ({ now, random }: Pick<Deps, 'now' | 'random'>): string => uuidv7(now(), random())
export const newEntityId = (deps: Pick<Deps, 'now' | 'random'>, prefix: IdPrefix): string => entityId(prefix, newUuid(deps))

/** A merchant's settings; the only merchant when none is named. Throws `NOT_FOUND` or `INVALID`. */
export function settingsFor({ merchants }: Directory, merchantId?: number): Settings {
  if (merchantId !== undefined) {
    const settings = merchants.get(merchantId)
    if (settings === undefined) throw new DomainError('NOT_FOUND', `There is no merchant ${merchantId}.`)
    return settings
  }
  const [only, another] = merchants.values()
  if (only === undefined) throw new DomainError('NOT_FOUND', 'There is no merchant yet: run "refledger init" first.')
  if (another !== undefined) throw new DomainError('INVALID', 'There are several merchants: name one with --merchant ID.', { issues: [{ path: ['merchant'], message: 'is needed' }], isUnfit: true })
  return only
}
