import type { Affiliate } from '../../shared/domain.ts'
import { DomainError, unfit } from '../../shared/errors.ts'
import type { Settings } from '../../shared/engine/settings.ts'

/** An affiliate by id, number or any of their codes; throws `INVALID` on the field when there is none. */
export function affiliateNamed(settings: Settings, name: string, field = 'affiliate'): Affiliate {
  const coded = settings.codes.get(name.toLowerCase())
  const found = settings.affiliates.get(name)
    ?? [...settings.affiliates.values()].find(({ number }) => String(number) === name)
    ?? (coded && settings.affiliates.get(coded.affiliateId))
  if (found === undefined) throw unfit(field, `there is no affiliate ${name}`)
  return found
}

/** An affiliate by number alone; throws `NOT_FOUND`. */
export function affiliateNumbered(settings: Settings, number: number): Affiliate {
  const found = [...settings.affiliates.values()].find((affiliate) => affiliate.number === number)
  if (found === undefined) throw new DomainError('NOT_FOUND', 'Affiliate not found')
  return found
}

/** Refuses a code that is taken; throws `CONFLICT`. */
export function refuseTaken(settings: Settings, code: string, affiliateId: string | undefined): void {
  const holder = settings.codes.get(code.toLowerCase())
  if (holder === undefined) return
  const message = holder.affiliateId === affiliateId ? 'is a code of this affiliate already' : 'belongs to another affiliate'
  throw new DomainError('CONFLICT', `The code "${code}" ${message}.`, { issues: [{ path: ['code'], message }] })
}

/** A code that is free, made from a name. */
export function freeCode(settings: Settings, name: string): string {
  const stem = name.normalize('NFKD').replace(/[^\w]+/g, '').slice(0, 24).toLowerCase() || 'partner'
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? stem : `${stem}${n}`
    if (!settings.codes.has(candidate)) return candidate
  }
}
