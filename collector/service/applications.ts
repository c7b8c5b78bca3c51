import type { Affiliate } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import type { Page } from '../store/pages.ts'
import type { Decision, affiliateService } from './affiliates.ts'
import type { AffiliateView } from './affiliate-view.ts'
import { settingsFor, type Deps } from './deps.ts'

/** `WITHDRAWN` is the applicant's own doing. */
export type ApplicationStatus = 'PENDING' | 'APPROVED' | 'REJECTED' | 'WITHDRAWN'

/** Somebody who asked to refer, and what became of it. */
export interface ApplicationView {
  affiliate: AffiliateView
  status: ApplicationStatus
  reason: string | null
  appliedAtMs: number
  decidedAtMs: number | null
}

/**
 * Applications: the record of an affiliate who was pending once. What was decided is the standing that came after that, whatever
 * came later.
 */
export function applicationService({ store }: Pick<Deps, 'store'>, affiliates: ReturnType<typeof affiliateService>) {
  const affiliateOf = (merchantId: number, id: string): Affiliate | undefined => settingsFor(store.directory(), merchantId).affiliates.get(id)

  function viewOf(merchantId: number, view: AffiliateView): ApplicationView {
    const found = applicationOf(affiliateOf(merchantId, view.id))
    if (found === undefined) throw unknownApplication(view.id)
    return { affiliate: view, ...found }
  }

  function find(merchantId: number, id: string): ApplicationView {
    const view = applicationOf(affiliateOf(merchantId, id)) === undefined ? undefined : affiliates.find(merchantId, id)
    if (view === undefined) throw unknownApplication(id)
    return viewOf(merchantId, view)
  }

  return {
    /** One application, by its affiliate's id; throws `NOT_FOUND`. */
    find,

    /** A page of applications, the first made first. */
    page(merchantId: number, { status, ...page }: { status?: ApplicationStatus | undefined; limit: number; offset: number }): Page<ApplicationView> {
      const { rows, total } = affiliates.page(merchantId, {
        ...page, where: (affiliate) => {
          const found = applicationOf(affiliate)
          return found !== undefined && (status === undefined || found.status === status)
        },
      })
      return { rows: rows.map((view) => viewOf(merchantId, view)), total }
    },

    /** Decides about applications, all or none; throws `NOT_FOUND`, `CONFLICT` for one that was decided already, and `INVALID` for one who would be in no campaign. */
    async decide({ merchantId, ids, decision }: { merchantId: number; ids: string[]; decision: Decision }): Promise<ApplicationView[]> {
      // Who applied once has always applied: only their standing is looked at again when it is decided.
      for (const id of ids) find(merchantId, id)
      const views = await affiliates.decide({ merchantId, names: ids, decision })
      return views.map((view) => viewOf(merchantId, view))
    },
  }
}

const unknownApplication = (id: string): DomainError => new DomainError('NOT_FOUND', `There is no application ${id}.`)

/** The newest time that somebody was pending, and what followed; undefined for one who never was. */
function applicationOf(affiliate: Affiliate | undefined): Omit<ApplicationView, 'affiliate'> | undefined {
  const versions = affiliate?.versions ?? []
  const index = versions.findLastIndex(({ value }) => value.status === 'PENDING')
  const [applied, decided] = [versions[index], versions[index + 1]]
  if (applied === undefined) return undefined
  if (decided === undefined) return { status: 'PENDING', reason: null, appliedAtMs: applied.validFromMs, decidedAtMs: null }
  return { status: decided.value.status === 'ACTIVE' ? 'APPROVED' : 'REJECTED', reason: decided.value.reason ?? null, appliedAtMs: applied.validFromMs, decidedAtMs: decided.validFromMs }
}
