import type { Context } from 'koa'
import type { Page } from '../../store/pages.ts'

/** RefCampaign's envelope around what was done or found. */
export function replies(now: () => number) {
  const meta = () => ({ timestamp: new Date(now()).toISOString() })
  return {
    one: (data: Record<string, unknown>) => ({ success: true, data, meta: meta() }),
    page: <T>({ rows, total }: Page<T>, { limit, offset }: { limit: number; offset: number }, to: (row: T) => Record<string, unknown>) =>
      ({ success: true, data: rows.map(to), meta: { ...meta(), pagination: { limit, offset, total } } }),
  }
}

/** What stands in an address behind the path; of a name that is repeated the last counts. */
export const queryOf = (ctx: Context): Record<string, string> => Object.fromEntries(new URLSearchParams(ctx.querystring))
