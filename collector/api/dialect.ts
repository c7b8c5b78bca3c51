import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { DomainError } from '../../shared/errors.ts'
import { renderErrors, type Render } from '../http/errors.ts'
import type { Log } from '../http/log.ts'

/** One vendor's HTTP shapes over our one service. */
export interface Dialect {
  routes: Router[]
  render: Render
  /** Whether a call is made in it; `path` is the call's without the collector's own base path. */
  speaks: (ctx: Context, path: string) => boolean
}

/** Dialects behind one listener, the first that speaks a call's words answers it; what no route knows is refused in those words, too. */
export function dialects(spoken: Dialect[], { basePath, log }: { basePath: string; log: Log }): Middleware[] {
  const pathOf = (ctx: Context): string => ctx.path.slice(basePath.length)
  const served = spoken.map(({ routes, render, speaks }) => {
    const errors = renderErrors(render, log)
    return { speaks, errors, routers: routes.map((router) => new Router({ prefix: basePath }).use(errors, router.routes()).routes() as unknown as Middleware) }
  })
  return [
    ...served.flatMap(({ speaks, routers }) => routers.map((router): Middleware => (ctx, next) => (speaks(ctx, pathOf(ctx)) ? router(ctx, next) : next()))),
    (ctx, next) => {
      const dialect = served.find(({ speaks }) => speaks(ctx, pathOf(ctx)))
      return dialect === undefined ? next() : dialect.errors(ctx, async () => {
        throw new DomainError('NOT_FOUND', `There is no ${ctx.method} ${ctx.path.slice(0, 100)} here.`)
      })
    },
  ]
}
