import type { IdPrefix } from '../../shared/engine/ids.ts'
import { approve, reject } from '../../shared/engine/lifecycle.ts'
import { statusOf } from '../../shared/engine/settings.ts'
import type { CommissionFacts, DueCommission } from '../store/store.ts'
import { newEntityId, type Deps } from './deps.ts'

/** Commissions that are decided together, in one commit. */
const BATCH = 500

/** What becomes of commissions once they are booked. */
export function commissionService(deps: Deps) {
  const { store } = deps

  const settleOne = ({ merchantId, id }: DueCommission, nowMs: number): Promise<keyof Settled> => store.decide('commission', { merchantId, id }, (facts) => {
    const outcome = outcomeOf(facts, nowMs)
    const at = { nowMs, newId: (prefix: IdPrefix) => newEntityId(deps, prefix) }
    if (facts.commission === undefined || outcome === 'skipped') return { entries: [], result: 'skipped' as const }
    const { entries } = outcome === 'approved' ? approve(facts.commission, at) : reject(facts.commission, 'unqualified', at)
    return { entries, result: outcome }
  })

  return {
    /**
     * Approves the commissions whose hold has ended (ENGINE section 4, rule 8), and rejects those whose affiliate turned out
     * to be the buyer (section 3, rule 10). Skips affiliates who are not active, and those of whose commissions more than
     * half rest on a browser's word alone (section 2): a person looks at these.
     */
    async approveDue(): Promise<Settled> {
      const nowMs = deps.now()
      const settled: Settled = { approved: 0, rejected: 0, skipped: 0 }
      for (let after: DueCommission | undefined, more = true; more;) {
        const due: DueCommission[] = await store.read('due', { nowMs, after, limit: BATCH })
        for (const outcome of await Promise.all(due.map((one) => settleOne(one, nowMs)))) settled[outcome] += 1
        after = due.at(-1)
        more = due.length === BATCH
      }
      return settled
    },
  }
}

/** What one run of the job did, in commissions. */
type Settled = Record<'approved' | 'rejected' | 'skipped', number>

function outcomeOf({ commission, marks, affiliate, buyers, booked }: CommissionFacts, nowMs: number): keyof Settled {
  if (commission?.status !== 'PENDING' || affiliate === undefined) return 'skipped'
  if (buyers.includes(affiliate.identity)) return 'rejected'
  if (statusOf(affiliate, nowMs) !== 'ACTIVE') return 'skipped'
  const doubtful = marks.includes('UNVERIFIED_IDENTITY') && 2 * booked.unverified > booked.commissions
  return doubtful ? 'skipped' : 'approved'
}
