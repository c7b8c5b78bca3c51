import type { Identifier } from '../../../shared/domain.ts'
import type { Settings } from '../../../shared/engine/settings.ts'

/** The code that an answer shows: the one that the order named, where it is the winner's or nobody won; else what the winner hands out today. */
export function codeShown(settings: Settings, affiliateId: string | undefined, identifiers: Identifier[]): string | null {
  const named = identifiers.find(({ kind }) => kind === 'code')?.value
  if (affiliateId === undefined) return named === undefined ? null : (spelled(settings, named) ?? named)
  const isTheirs = named !== undefined && settings.codes.get(named)?.affiliateId === affiliateId
  return (isTheirs ? spelled(settings, named) : undefined) ?? settings.affiliates.get(affiliateId)?.codes.at(-1)?.code ?? null
}

/** A code as it was given to its affiliate; undefined when it is nobody's. */
export function spelled(settings: Settings, code: string): string | undefined {
  const holder = settings.codes.get(code.toLowerCase())
  return holder && settings.affiliates.get(holder.affiliateId)?.codes.find((own) => own.code.toLowerCase() === code.toLowerCase())?.code
}
