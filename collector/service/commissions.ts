import type { Commission } from '../../shared/domain.ts'
import { approve } from '../../shared/engine/lifecycle.ts'
import { statusOf } from '../../shared/engine/settings.ts'
import type { CommissionFacts, DueCommission } from '../store/store.ts'
import { newEntityId, type Deps } from './deps.ts'

/** Commissions that are decided together, in one commit. */
const BATCH = 500

/** What becomes of commissions once they are booked. */
export function commissionService(deps: Deps) {
  const { store } = deps

  const approveOne = ({ merchantId, id }: DueCommission, nowMs: number): Promise<boolean> => store.decide('commission', { merchantId, id }, (facts) => {
    const commission = approvable(facts, nowMs)
    if (commission === undefined) return { entries: [], result: false }
    return { entries: approve(commission, { nowMs, newId: (prefix) => newEntityId(deps, prefix) }).entries, result: true }
  })

  return {
    /**
     * Approves the commissions whose hold has ended (ENGINE section 4, rule 8). Skips affiliates who are not active, and
     * those of whose commissions more than half rest on a browser's word alone (section 2): a person looks at these.
     */
    async approveDue(): Promise<{ approved: number; skipped: number }> {
      const nowMs = deps.now()
      let approved = 0
      let skipped = 0
      for (let after: DueCommission | undefined, more = true; more;) {
        const due: DueCommission[] = await store.read('due', { nowMs, after, limit: BATCH })
        const results = await Promise.all(due.map((one) => approveOne(one, nowMs)))
        approved += results.filter(Boolean).length
        skipped += results.filter((done) => !done).length
        after = due.at(-1)
        more = due.length === BATCH
      }
      return { approved, skipped }
    },
  }
}

function approvable({ commission, marks, affiliate, booked }: CommissionFacts, nowMs: number): Commission | undefined {
  if (commission?.status !== 'PENDING' || affiliate === undefined || statusOf(affiliate, nowMs) !== 'ACTIVE') return undefined
  const doubtful = marks.includes('UNVERIFIED_IDENTITY') && 2 * booked.unverified > booked.commissions
  return doubtful ? undefined : commission
}
