import { Router } from '@koa/router'
import type { Context } from 'koa'
import type { Conversion, Mode } from '../../../../shared/domain.ts'
import { DomainError } from '../../../../shared/errors.ts'
import { bearerKey } from '../../../http/auth.ts'
import { apiBody, valid } from '../../../http/body.ts'
import { once } from '../../../http/once.ts'
import { rateLimit } from '../../../http/rate-limit.ts'
import type { RouteDeps } from '../../../routes/deps.ts'
import { settingsFor } from '../../../service/deps.ts'
import type { Scope } from '../../../store/keys.ts'
import { inFields } from '../errors.ts'
import { queryOf } from '../fields.ts'
import { filterOf, fromConversion, identitiesOf, KINDS, toConversion } from './map.ts'
import { numberOf, one, page } from './reply.ts'
import { ConversionBody, ConversionQuery, ConversionUpdate } from './schema.ts'

const FIELDS = { kinds: 'type', externalId: 'reference', coupon: 'coupon_code_used', currency: 'base_value_currency', amount: 'base_value', commission: 'value' }
const METHOD = 'refgrow'

/** Conversions of Refgrow's live API: `base_value` is the order, `value` and `paid` are its commission. */
export function conversionRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router({ prefix: '/api/v1/conversions' })
  const keyWith = (ctx: Context, scope: Scope) => bearerKey(ctx, store.directory(), { dialect: 'refgrow', scope })
  const keyOf = (ctx: Context) => keyWith(ctx, 'conversions')
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id), once(services, keyOf))

  async function shown(conversions: (Conversion & { number: number })[], merchantId: number): Promise<Record<string, unknown>[]> {
    const settings = settingsFor(store.directory(), merchantId)
    const referred = await services.referrals.numbers(merchantId, conversions.flatMap(identitiesOf))
    return conversions.map((conversion) => toConversion(conversion, settings, referred))
  }
  const shownOne = async (conversion: Conversion & { number: number }, merchantId: number) => one(...await shown([conversion], merchantId) as [Record<string, unknown>])

  router.get('/', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const query = valid(ConversionQuery, queryOf(ctx))
    const { rows, total } = await services.conversions.page({ merchantId, mode, ...filterOf(query, settingsFor(store.directory(), merchantId), now()) })
    ctx.body = page({ rows: await shown(rows, merchantId), total }, query, (row) => row)
  })

  router.get('/:id', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    ctx.body = await shownOne(await numbered(ctx, merchantId, mode), merchantId)
  })

  router.post('/', async (ctx) => {
    const key = keyOf(ctx)
    const { body } = await apiBody(ctx, ConversionBody)
    if (body.paid) keyWith(ctx, 'commissions')
    const { merchantId, mode } = key
    const { referred_user_id: customer } = body
    const referred = customer === undefined || customer === null ? undefined : await services.referrals.numbered(merchantId, customer, mode)
    const report = fromConversion({ key, body, settings: settingsFor(store.directory(), merchantId), identityOf: services.identities.identityOf, referred })
    const { conversion, created } = await services.conversions.take(report, body.paid ? { acting: { actor: key.id }, method: METHOD } : undefined)
    ctx.status = created ? 201 : 200
    ctx.body = await shownOne(conversion, merchantId)
  })

  router.put('/:id', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    const { body: { value, base_value: amount, type, paid, reference, coupon_code_used: coupon, base_value_currency: currency } } = await apiBody(ctx, ConversionUpdate)
    if (value !== undefined || paid !== undefined) keyWith(ctx, 'commissions')
    const { number } = await numbered(ctx, merchantId, mode)
    const said = { kinds: type && KINDS[type], externalId: reference, coupon, currency }
    const changed = await inFields(FIELDS, () => services.orderChanges.change({ merchantId, mode, number }, { said, amount, commission: value, paid, method: METHOD }, { actor }))
    ctx.body = await shownOne(changed, merchantId)
  })

  router.delete('/:id', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    const { number } = await numbered(ctx, merchantId, mode)
    await services.orderChanges.takeBack({ merchantId, mode, number }, { actor })
    ctx.status = 204
  })

  async function numbered(ctx: Context, merchantId: number, mode: Mode) {
    try {
      return await services.conversions.numbered(merchantId, String(numberOf(ctx, 'Conversion')), mode)
    } catch (error) {
      throw error instanceof DomainError && error.code === 'NOT_FOUND' ? new DomainError('NOT_FOUND', 'Conversion not found') : error
    }
  }

  return router
}
