import { hash } from 'node:crypto'
import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../shared/errors.ts'
import { VERSION } from '../version.ts'
import { corsForAll } from '../http/cors.ts'
import { APIS } from '../reference/apis.ts'
import { documentOf } from '../reference/document.ts'
import type { Api } from '../reference/operation.ts'
import type { RouteDeps } from './deps.ts'

/** `/openapi.json`: what is ours; `/openapi/DIALECT.json`: each dialect. Made when they are first asked for, and kept. */
export function referenceRoutes({ publicUrl }: RouteDeps): Router {
  const router = new Router()
  const allow = corsForAll('GET')
  const [own, ...dialects] = APIS
  const made = new Map<Api, { text: string; tag: string }>()

  function madeOf(api: Api): { text: string; tag: string } {
    const text = JSON.stringify(documentOf(api, { version: VERSION, publicUrl: publicUrl() }))
    return { text, tag: `"${hash('sha256', text).slice(0, 20)}"` }
  }

  function send(ctx: Context, api: Api | undefined): void {
    if (api === undefined) throw new DomainError('NOT_FOUND', `There is no document ${ctx.path.slice(0, 100)} here.`)
    const document = made.get(api) ?? madeOf(api)
    made.set(api, document)
    ctx.set({ ETag: document.tag, 'Cache-Control': 'no-cache' })
    ctx.status = 200
    ctx.type = 'application/json'
    if (ctx.fresh) ctx.status = 304
    else ctx.body = document.text
  }

  router.get('/openapi.json', allow, (ctx) => send(ctx, own))
  router.get('/openapi/:dialect.json', allow, (ctx) => send(ctx, dialects.find(({ name }) => name === ctx.params['dialect'])))

  return router
}
