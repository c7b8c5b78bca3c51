import { hash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import type { Context } from 'koa'

/** Something that does not change while the program runs, kept as gzip. */
export interface Zipped {
  type: string
  tag: string
  bytes: Buffer
  /** What it is of, for who takes no gzip; made once, because unpacking it at every call would hold up everybody else's. */
  plain: () => Buffer
}

export function zippedOf(type: string, bytes: Buffer): Zipped {
  let plain: Buffer | undefined
  return { type, tag: `W/"${hash('sha256', bytes).slice(0, 20)}"`, bytes, plain: () => (plain ??= gunzipSync(bytes)) }
}

/** Answers with it; who has it already is told so, and who takes no gzip gets it as it was. */
export function sendZipped(ctx: Context, { type, tag, bytes, plain }: Zipped): void {
  ctx.set({ ETag: tag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' })
  ctx.status = 200
  if (ctx.fresh) {
    ctx.status = 304
    return
  }
  const isZipped = ctx.acceptsEncodings('gzip') === 'gzip'
  ctx.type = type
  if (isZipped) ctx.set('Content-Encoding', 'gzip')
  ctx.body = isZipped ? bytes : plain()
}
