import { hash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import type { Context } from 'koa'

/** Something that does not change while the program runs, kept as gzip. */
export interface Zipped {
  type: string
  tag: string
  bytes: Buffer
}

export const zippedOf = (type: string, bytes: Buffer): Zipped => ({ type, tag: `W/"${hash('sha256', bytes).slice(0, 20)}"`, bytes })

/** Answers with it; who has it already is told so, and who takes no gzip gets it as it was. */
export function sendZipped(ctx: Context, { type, tag, bytes }: Zipped): void {
  ctx.set({ ETag: tag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' })
  ctx.status = 200
  if (ctx.fresh) {
    ctx.status = 304
    return
  }
  const isZipped = ctx.acceptsEncodings('gzip') === 'gzip'
  ctx.type = type
  if (isZipped) ctx.set('Content-Encoding', 'gzip')
  ctx.body = isZipped ? bytes : gunzipSync(bytes)
}
