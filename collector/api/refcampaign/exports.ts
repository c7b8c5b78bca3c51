import { Router } from '@koa/router'
import type { Context } from 'koa'
import { invalid } from '../../../shared/errors.ts'
import { bearerKey } from '../../http/auth.ts'
import { valid } from '../../http/body.ts'
import { csvOf } from '../../http/csv.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import { MOST_SHEET_ROWS, xlsxOf } from '../../http/xlsx.ts'
import { settingsFor } from '../../service/deps.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { EXPORT_COLUMNS, toCells } from './export-map.ts'
import { queryOf } from './reply.ts'
import { ExportQuery } from './schema.ts'

/** Conversions as a file, newest first, of any number: read and sent some at a time. */
export function exportRoutes({ services, store, limits, now, log }: RouteDeps): Router {
  const router = new Router({ prefix: '/api/v1/conversions/export' })
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign', scope: 'reports' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id))

  const filterOf = (ctx: Context) => {
    const { merchantId, mode } = keyOf(ctx)
    const { from, to, ...query } = valid(ExportQuery, queryOf(ctx))
    return { merchantId, mode, ...query, fromMs: from, toMs: to }
  }

  async function* rowsOf(filter: ReturnType<typeof filterOf>) {
    const settings = settingsFor(store.directory(), filter.merchantId)
    for await (const conversion of services.conversions.rows(filter)) yield toCells(conversion, settings)
  }

  router.get('/csv', (ctx) => {
    const file = csvOf(EXPORT_COLUMNS, rowsOf(filterOf(ctx)))
    file.once('error', (err) => log.error({ err }, 'export failed'))
    ctx.set({ 'Content-Disposition': 'attachment; filename="conversions.csv"', 'Cache-Control': 'no-store' })
    ctx.type = 'text/csv; charset=utf-8'
    ctx.body = file
  })

  router.get('/xlsx', async (ctx) => {
    const filter = filterOf(ctx)
    const { total } = await services.conversions.page({ ...filter, limit: 1, offset: 0 })
    if (total > MOST_SHEET_ROWS) throw invalid('from', `${total} conversions are more than the ${MOST_SHEET_ROWS} rows of a sheet: ask for a shorter time, or for CSV`)
    const file = xlsxOf({ name: 'Conversions', columns: EXPORT_COLUMNS, rows: rowsOf(filter), atMs: now() })
    file.once('error', (err) => log.error({ err }, 'export failed'))
    ctx.set({ 'Content-Disposition': 'attachment; filename="conversions.xlsx"', 'Cache-Control': 'no-store' })
    ctx.type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
    ctx.body = file
  })

  return router
}
