import { DomainError } from '../../../shared/errors.ts'
import { settingsFor } from '../../service/deps.ts'
import type { AffiliateView } from '../../service/affiliates.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { fromEdit, fromNew, searching, toFound, toListed } from './affiliate-map.ts'
import { EditBody, EditOne, GetBody, LegacyGetBody, LegacyNewBody, ListBody, NewBody, SearchBody, StandingBody } from './affiliate-schema.ts'
import { fieldOf, refused, TEXTS, told } from './errors.ts'
import { affiliateCalled, affiliateCoded, affiliateNumbered } from './names.ts'
import { operation } from './operation.ts'

/** Refersion's calls about affiliates: translate in, call the one service, translate out. No rule lives here. */
export function affiliateOperations({ services, store, publicUrl }: RouteDeps) {
  const settingsOf = (merchantId: number) => settingsFor(store.directory(), merchantId)
  /** The link in Refersion's form, where one merchant alone is meant by it. */
  const linkOf = (view: AffiliateView): string => (store.directory().merchants.size > 1 ? view.link : `${publicUrl()}/c/${encodeURIComponent(view.code)}`)

  const make = (merchantId: number, body: NewBody): Promise<AffiliateView> => told(() => services.affiliates.create(fromNew(settingsOf(merchantId), body), merchantId), (error) => {
    if (error.code !== 'CONFLICT') return undefined
    return fieldOf(error) === 'email' ? TEXTS.emailTaken : fieldOf(error) === 'coupon' ? TEXTS.triggerTaken : undefined
  })

  const listed = (merchantId: number, { limit, page, where }: { limit: number; page: number; where?: Parameters<typeof services.affiliates.page>[1]['where'] }) => {
    const { rows, total } = services.affiliates.page(merchantId, { where, limit, offset: (page - 1) * limit })
    return { total, results: rows.map((view) => toListed(settingsOf(merchantId), view)) }
  }

  function found(merchantId: number, affiliateId: string | undefined): Record<string, unknown> {
    const view = affiliateId === undefined ? undefined : services.affiliates.find(merchantId, affiliateId)
    if (view === undefined) throw refused(TEXTS.noAffiliate)
    return toFound(settingsOf(merchantId), view, linkOf(view))
  }

  async function change(merchantId: number, body: EditOne): Promise<void> {
    const settings = settingsOf(merchantId)
    const affiliate = affiliateNumbered(settings, body.id)
    if (affiliate === undefined) throw refused(TEXTS.noAffiliate)
    await told(() => services.affiliates.update(affiliate.id, fromEdit(settings, body), merchantId), (error) => (error.code === 'CONFLICT' && fieldOf(error) === 'email' ? TEXTS.emailTaken : undefined))
  }

  const search = operation('affiliates', SearchBody, ({ key: { merchantId }, body }) => {
    const { profiles } = store.directory()
    const reply = listed(merchantId, { ...body, where: searching(settingsOf(merchantId), profiles, body) })
    if (reply.total === 0) throw refused(TEXTS.noneFound)
    return reply
  })

  return {
    create: operation('affiliates', NewBody, async ({ key, body }) => {
      const made = await make(key.merchantId, body)
      return { id: made.code, link: linkOf(made), message: `The affiliate ${made.number} has been created with the status of ${made.status}.` }
    }),
    createLegacy: operation('affiliates', LegacyNewBody, async ({ key, body }) => {
      const made = await make(key.merchantId, body)
      return { id: made.code, link: linkOf(made) }
    }),
    get: operation('affiliates', GetBody, ({ key: { merchantId }, body: { id, affiliate_code } }) => {
      if (id === undefined && affiliate_code === undefined) throw refused(TEXTS.noFilter)
      const settings = settingsOf(merchantId)
      return found(merchantId, (id === undefined ? affiliateCoded(settings, affiliate_code ?? '') : affiliateCalled(settings, id))?.id)
    }),
    getLegacy: operation('affiliates', LegacyGetBody, ({ key: { merchantId }, body }) => found(merchantId, affiliateCoded(settingsOf(merchantId), body.affiliate_code)?.id)),
    edit: operation('affiliates', EditBody, ({ key: { merchantId }, body }) => eachById(body.affiliates, ({ id }) => id, (one) => change(merchantId, one))),
    editLegacy: operation('affiliates', EditOne, async ({ key: { merchantId }, body }) => {
      await change(merchantId, body)
      return { response: 'success' }
    }),
    list: operation('affiliates', ListBody, ({ key: { merchantId }, body }) => listed(merchantId, body)),
    search,
    status: operation('affiliates', StandingBody, ({ key: { merchantId }, body: { ids, status } }) => eachById([...new Set(ids)], (id) => id, async (id) => {
      const affiliate = affiliateNumbered(settingsOf(merchantId), id)
      if (affiliate === undefined || services.affiliates.find(merchantId, affiliate.id)?.status === status) throw refused(TEXTS.noAffiliate)
      await services.affiliates.update(affiliate.id, { status: ({ ACTIVE: 'active', DENIED: 'denied', DISABLED: 'disabled' } as const)[status] }, merchantId)
    })),
  }
}

/** Does something to each by itself, in their order, and tells by ids whom it was done to; a refusal keeps none of the others from it. */
export async function eachById<T>(all: T[], idOf: (one: T) => number, does: (one: T) => Promise<unknown>): Promise<{ ids_changed: number[]; ids_not_changed: number[] }> {
  const changed = new Set<number>()
  for (const one of all) {
    try {
      await does(one)
      changed.add(idOf(one))
    } catch (error) {
      if (!(error instanceof DomainError) || error.code === 'UNAVAILABLE') throw error
    }
  }
  const ids = [...new Set(all.map(idOf))]
  return { ids_changed: ids.filter((id) => changed.has(id)), ids_not_changed: ids.filter((id) => !changed.has(id)) }
}
