import { hash } from 'node:crypto'
import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../shared/errors.ts'
import { InitInput } from '../../shared/wire/settings.ts'
import { textBody, valid } from '../http/body.ts'
import { STATUS } from '../http/errors.ts'
import { rateLimit } from '../http/rate-limit.ts'
import { scriptTags } from '../script-tag.ts'
import { settingsFor } from '../service/deps.ts'
import type { RouteDeps } from './deps.ts'
import { formPage, gonePage, installedPage, keysPage, STYLE, type FormState } from './setup-page.ts'

const POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

/**
 * The one-time set-up page: it does what `init` does, or hands the owner the keys, and shows them once.
 * Whoever has the link is the owner; it is spent in the transaction that uses it.
 */
export function setupRoutes({ services, store, limits, addressOf, publicUrl, assets }: RouteDeps): Router {
  const router = new Router()

  router.use('/setup/:token', rateLimit(limits, 'public', addressOf), async (ctx, next) => {
    ctx.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer', 'Content-Security-Policy': POLICY })
    try {
      await next()
    } catch (error) {
      const gone = error instanceof DomainError && (error.code === 'NOT_FOUND' || error.code === 'CONFLICT')
      if (!gone) throw error
      show(ctx, gonePage(error.message), STATUS[error.code])
    }
  })

  router.get('/setup/:token', async (ctx) => {
    const link = await services.setup.linkOf(tokenOf(ctx))
    if (link.merchantId === null) return show(ctx, formPage({ values: {}, issues: [] }))
    const { merchant, sites } = settingsFor(store.directory(), link.merchantId)
    show(ctx, keysPage({ merchant: merchant.name, site: sites[0] ?? '' }))
  })

  router.post('/setup/:token', async (ctx) => {
    const token = tokenOf(ctx)
    const link = await services.setup.linkOf(token)
    const values = Object.fromEntries(new URLSearchParams(await textBody(ctx)))
    try {
      const installed = link.merchantId === null ? await services.setup.installByLink(token, valid(InitInput, values)) : await services.setup.keysByLink(token)
      const { merchant: { currency } } = settingsFor(store.directory(), installed.merchantId)
      show(ctx, installedPage({ ...installed, currency, collector: publicUrl(), tags: scriptTags(publicUrl(), assets.script) }))
    } catch (error) {
      if (!(error instanceof DomainError) || error.issues.length === 0) throw error
      show(ctx, formPage({ values, issues: error.issues } satisfies FormState), 400)
    }
  })

  return router
}

const tokenOf = (ctx: Context): string => (ctx['params'] as { token?: string }).token ?? ''

function show(ctx: Context, html: string, status = 200): void {
  ctx.status = status
  ctx.type = 'text/html; charset=utf-8'
  ctx.body = html
}
