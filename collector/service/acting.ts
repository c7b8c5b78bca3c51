import type { Mode } from '../../shared/domain.ts'
import type { IdPrefix } from '../../shared/engine/ids.ts'
import type { At } from '../../shared/engine/lifecycle.ts'
import type { Entry } from '../store/store.ts'
import { newEntityId, type Deps } from './deps.ts'

/** Who does something by hand: `cli`, or the id of a key. */
export interface Acting {
  actor: string
}

/** A decision by hand: when, and by whom. */
export interface Doing {
  now: At
  acting: Acting
}

/** This instant, and new ids, for a decision. */
export const at = (deps: Pick<Deps, 'now' | 'random'>): At => ({ nowMs: deps.now(), newId: (prefix: IdPrefix) => newEntityId(deps, prefix) })

/** A row of the audit chain: who did what to which thing, and how. */
export const auditOf = ({ actor }: Acting, { now, about, action, subject, detail }: { now: At; about: { merchantId: number; mode: Mode }; action: string; subject: string; detail: Record<string, unknown> }): Entry => ({
  kind: 'audit', audit: { merchantId: about.merchantId, mode: about.mode, atMs: now.nowMs, actor, action, subject, detail },
})
