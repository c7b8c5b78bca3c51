import { dirname } from 'node:path'
import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../shared/errors.ts'
import type { Log } from '../http/log.ts'
import { ENCODINGS, keepBuilds, loadBuild, type Build } from '../script-builds.ts'
import type { RouteDeps } from './deps.ts'

/** The present build of the script, by hash every one that is served, and the folder where all that was built lies. */
export interface Assets {
  folder: string
  script: Build
  builds: ReadonlyMap<string, Build>
}

/** Reads the built script, and keeps it beside the earlier ones where a folder for them is named. */
export function loadAssets(file: string, kept?: { folder: string; log: Log }): Assets {
  const script = loadBuild(file)
  return { folder: dirname(file), script, builds: kept === undefined ? new Map([[script.hash, script]]) : keepBuilds(script, kept.folder, kept.log) }
}

/** Ten minutes that a browser may keep the script before it asks again. */
const FRESH = 'public, max-age=600'
/** A build never changes: its address holds its hash. */
const FOR_EVER = 'public, max-age=31536000, immutable'

/** `GET /r.js`: the script for merchants' pages, which names its build; `GET /r.<hash>.js`: one build, for ever. */
export function scriptRoutes({ assets: { script, builds } }: RouteDeps): Router {
  const router = new Router()

  router.get('/r.js', (ctx) => {
    // Relative, so that it holds on a proxied path as well.
    ctx.set('Link', `<${script.name}>; rel="alternate"; integrity="${script.integrity}"`)
    send(ctx, script, FRESH)
  })

  router.get('/r.:hash.js', (ctx) => {
    const build = builds.get(ctx.params['hash'] ?? '')
    if (build === undefined) {
      ctx.set('Cache-Control', 'no-store')
      throw new DomainError('NOT_FOUND', `There is no build ${ctx.path.slice(0, 100)} here.`)
    }
    send(ctx, build, FOR_EVER)
  })

  return router
}

function send(ctx: Context, { hash, plain, encoded }: Build, cached: string): void {
  ctx.type = 'text/javascript; charset=utf-8'
  ctx.set({ 'Cache-Control': cached, ETag: `W/"${hash}"`, Vary: 'Accept-Encoding', 'Cross-Origin-Resource-Policy': 'cross-origin', 'Access-Control-Allow-Origin': '*' })
  ctx.status = 200
  if (ctx.fresh) {
    ctx.status = 304
    return
  }
  const encoding = ENCODINGS.find((name) => ctx.acceptsEncodings(name) === name)
  if (encoding !== undefined) ctx.set('Content-Encoding', encoding)
  ctx.body = encoding === undefined ? plain : encoded(encoding)
}
