import { Router } from '@koa/router'
import { z } from 'zod'
import { DomainError } from '../../../shared/errors.ts'
import { csvOf } from '../../http/csv.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import type { ReportFile } from '../../service/reports.ts'
import { refused, TEXTS } from './errors.ts'
import { Numeric } from './fields.ts'
import { operation } from './operation.ts'

const DOWNLOAD = '/api/reporting/download'

export const LinkBody = z.object({ report_id: Numeric })

/** Refersion's report links: made with a key, and followed by whoever has them, for two minutes. */
export function reportOperations({ services, publicUrl }: RouteDeps) {
  return {
    link: operation('reports', LinkBody, ({ key: { merchantId, mode }, body: { report_id: number } }) => {
      const link = services.reports.link({ merchantId, mode, number })
      if (link === undefined) throw refused(TEXTS.noReport)
      return { download_link: `${publicUrl()}${DOWNLOAD}/${merchantId}/${number}/${link.token}`, expire_time: Math.floor(link.expiresAtMs / 1000) }
    }),
  }
}

/** Where the links lead: a file that is written while it is sent. */
export function downloadRoutes({ services, limits, addressOf, log }: RouteDeps): Router {
  const router = new Router()

  router.get(`${DOWNLOAD}/:merchant/:report/:token`, rateLimit(limits, 'public', addressOf), (ctx) => {
    const { merchant = '', report = '', token = '' } = ctx.params as Record<string, string>
    const file = services.reports.open({ merchantId: numberIn(merchant), number: numberIn(report), token })
    if (file === undefined) throw new DomainError('NOT_FOUND', TEXTS.noFile)
    ctx.set({ 'Cache-Control': 'no-store', 'Content-Disposition': `attachment; filename="${file.name}.csv"` })
    ctx.type = 'text/csv; charset=utf-8'
    const written = csvOf(file.columns, rowsOf(file))
    written.once('error', (err) => log.error({ err, report: file.name }, 'a report broke off'))
    ctx.body = written
  })

  return router
}

async function* rowsOf({ pages }: Pick<ReportFile, 'pages'>) {
  for await (const page of pages()) yield* page
}

const numberIn = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : 0)
