import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { Router } from '@koa/router'
import type { RouteDeps } from './deps.ts'

/** The script's bytes in each encoding that browsers ask for, made once. */
export interface Assets {
  script: { plain: Buffer; br: Buffer; gzip: Buffer; etag: string }
}

/** Reads the built script; throws a sentence that says what to do when it was not built. */
export function loadAssets(file: string): Assets {
  let plain: Buffer
  try {
    plain = readFileSync(file)
  } catch (error) {
    throw new Error(`the browser script is missing (${file}): run "npm run build"`, { cause: error })
  }
  return { script: { plain, br: brotliCompressSync(plain), gzip: gzipSync(plain), etag: `W/"${hash('sha256', plain).slice(0, 20)}"` } }
}

/** Minutes that a browser may keep the script before it asks again. */
const FRESH_SECONDS = 600

/** `GET /r.js`: the script for merchants' pages. */
export function scriptRoutes({ assets: { script } }: RouteDeps): Router {
  const router = new Router()
  router.get('/r.js', (ctx) => {
    ctx.type = 'text/javascript; charset=utf-8'
    ctx.set({ 'Cache-Control': `public, max-age=${FRESH_SECONDS}`, ETag: script.etag, Vary: 'Accept-Encoding', 'Cross-Origin-Resource-Policy': 'cross-origin', 'Access-Control-Allow-Origin': '*' })
    ctx.status = 200
    if (ctx.fresh) {
      ctx.status = 304
      return
    }
    // Browsers name gzip first and rate all alike: asked for all at once they would never get the smallest.
    const encoding = (['br', 'gzip'] as const).find((name) => ctx.acceptsEncodings(name) === name)
    if (encoding !== undefined) ctx.set('Content-Encoding', encoding)
    ctx.body = encoding === undefined ? script.plain : script[encoding]
  })
  return router
}
