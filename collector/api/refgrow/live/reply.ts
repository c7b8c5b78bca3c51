import type { Context } from 'koa'
import { DomainError } from '../../../../shared/errors.ts'
import type { Page } from '../../../store/pages.ts'

/** Refgrow's flat envelope. */
export const one = (data: Record<string, unknown>): Record<string, unknown> => ({ success: true, data })

export const page = <T>({ rows, total }: Page<T>, { limit, offset }: { limit: number; offset: number }, to: (row: T) => Record<string, unknown>): Record<string, unknown> =>
  ({ success: true, data: rows.map(to), pagination: { limit, offset, total, has_more: offset + rows.length < total } })

/** The number that an address names; `what` is unknown where it names none. */
export function numberOf(ctx: Context, what: string): number {
  const text = String((ctx['params'] as Record<string, string>)['id'])
  if (!/^\d{1,15}$/.test(text)) throw new DomainError('NOT_FOUND', `${what} not found`)
  return Number(text)
}

/** The e-mail in an address, percent-decoded: a plus in it is a plus. */
export const emailOf = (ctx: Context): string => String((ctx['params'] as Record<string, string>)['email'])
