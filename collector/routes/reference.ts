import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../shared/errors.ts'
import { shipped } from '../files.ts'
import { corsForAll } from '../http/cors.ts'
import { sendZipped, zippedOf, type Zipped } from '../http/zipped.ts'
import { APIS } from '../reference/apis.ts'
import { documentOf } from '../reference/document.ts'
import type { Api } from '../reference/operation.ts'
import { PAGE, POLICY } from '../reference/page.ts'
import { VERSION } from '../version.ts'
import type { RouteDeps } from './deps.ts'

/** What the page loads, by its type; built into files of gzip. */
const FILES: Record<string, string> = { 'swagger-ui-bundle.js': 'text/javascript', 'swagger-ui.css': 'text/css', 'docs.js': 'text/javascript' }

/** The API reference. All of it is made or read when it is first asked for, and kept. */
export function referenceRoutes({ publicUrl, assets }: RouteDeps): Router {
  const router = new Router()
  const allow = corsForAll('GET')
  const [own, ...dialects] = APIS
  const keptAs = new Map<string, Zipped>()

  function kept(name: string, make: () => Zipped): Zipped {
    const known = keptAs.get(name) ?? make()
    keptAs.set(name, known)
    return known
  }

  function sendDocument(ctx: Context, api: Api | undefined): void {
    if (api === undefined) throw new DomainError('NOT_FOUND', `There is no document ${ctx.path.slice(0, 100)} here.`)
    sendZipped(ctx, kept(api.name, () => zippedOf('application/json', gzipSync(JSON.stringify(documentOf(api, { version: VERSION, publicUrl: publicUrl() }))))))
  }

  // A preflight is answered by what allows.
  router.options(['/openapi.json', '/openapi/:dialect.json'], allow, () => undefined)
  router.get('/openapi.json', allow, (ctx) => sendDocument(ctx, own))
  router.get('/openapi/:dialect.json', allow, (ctx) => sendDocument(ctx, dialects.find(({ name }) => name === ctx.params['dialect'])))

  router.get('/docs', (ctx) => {
    // Everything in the page is named relative to here, so that it holds on a proxied path as well.
    if (ctx.path.endsWith('/')) return ctx.redirect('../docs')
    ctx.set({ 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-cache', 'Referrer-Policy': 'no-referrer' })
    ctx.type = 'text/html; charset=utf-8'
    ctx.body = PAGE
  })

  router.get('/docs/:file', (ctx) => {
    const file = ctx.params['file'] ?? ''
    const type = Object.hasOwn(FILES, file) ? FILES[file] : undefined
    if (type === undefined) throw new DomainError('NOT_FOUND', `There is no ${ctx.path.slice(0, 100)} here.`)
    sendZipped(ctx, kept(file, () => zippedOf(`${type}; charset=utf-8`, shipped(join(assets.folder, 'docs', `${file}.gz`)))))
  })

  return router
}
