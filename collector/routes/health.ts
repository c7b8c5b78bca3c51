import { Router } from '@koa/router'
import type { RouteDeps } from './deps.ts'

/** `/healthz`: the process answers. `/readyz`: so does its database. */
export function healthRoutes({ store, log }: RouteDeps): Router {
  const router = new Router()
  router.get('/healthz', (ctx) => {
    ctx.body = { status: 'ok' }
  })
  router.get('/readyz', async (ctx) => {
    const ready = await store.read('ready', {}).catch((error: unknown) => {
      log.error({ err: error }, 'the database does not answer')
      return false
    })
    ctx.status = ready ? 200 : 503
    ctx.body = { status: ready ? 'ready' : 'unavailable' }
  })
  return router
}
