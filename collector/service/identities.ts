import type { Binding, BindingSource, Mode } from '../../shared/domain.ts'
import { isBelieved, recordBinding, sumsNeeded } from '../../shared/engine/record.ts'
import { BINDING_WAIT_MS } from '../../shared/limits.ts'
import type { CustomerNeed } from '../store/needs.ts'
import { newEntityId, type Deps } from './deps.ts'
import { identities } from './identity.ts'

export interface IdentifyReport {
  merchantId: number
  session: string
  /** SHA-256 of the customer's address, in hex. */
  emailHash: string
  /** A key's word stands above a browser's. */
  source: BindingSource
  mode: Mode
}

/** Ties sessions to customers. */
export function identityService(deps: Deps) {
  const identityOf = identities(deps.secrets.identity)

  return {
    identityOf,

    /**
     * Keeps that a session is a customer's, and settles orders of the last day that it explains; resolves once it is
     * on disk. `identified` is false when the session is another customer's, or a browser has named too many for it.
     */
    identify({ merchantId, session, emailHash, source, mode }: IdentifyReport): Promise<{ identified: boolean; created: boolean }> {
      const nowMs = deps.now()
      const identity = identityOf(merchantId, emailHash)
      const binding: Binding = { session, kind: 'identity', identity, source, mode, occurredAtMs: nowMs, receivedAtMs: nowMs }
      const need: CustomerNeed = {
        merchantId, mode, sessions: [session], identities: [identity], clicks: [], unsettledSinceMs: nowMs - BINDING_WAIT_MS,
        sums: (history) => sumsNeeded({ ...history, bindings: [...history.bindings, binding] }),
      }
      return deps.store.decide('customer', need, (history) => {
        const { entries, result } = recordBinding(history, merchantId, binding, { nowMs, newId: (prefix) => newEntityId(deps, prefix) })
        const joins = isBelieved(binding, history, { nowMs })
        return { entries, result: { identified: result.identified && joins, created: result.created && joins } }
      })
    },
  }
}
