import { DomainError, invalid } from '../../../shared/errors.ts'

/** Runs a use case whose refusals name our fields, and lets them name the call's own. */
export async function naming<R>(names: Record<string, string>, use: () => R | Promise<R>): Promise<R> {
  try {
    return await use()
  } catch (error) {
    throw error instanceof DomainError && error.issues.length > 0 ? renamed(error, names) : error
  }
}

function renamed(error: DomainError, names: Record<string, string>): DomainError {
  const issues = error.issues.map(({ path: [field = '', ...rest], message }) => ({ path: [names[field] ?? field, ...rest], message }))
  const [first] = issues
  // A value that is taken is told in words of its own.
  if (error.code !== 'INVALID' || first === undefined) return new DomainError(error.code, error.message, { issues, cause: error.cause, isUnfit: error.isUnfit })
  return invalid(first.path.join('.'), first.message)
}

/** Refuses ids of campaigns that are not the merchant's; throws `NOT_FOUND` on the field, as everywhere in this dialect. */
export function refuseUnknownCampaigns(campaigns: ReadonlyMap<string, unknown>, ids: string[], field: string): void {
  const unknown = ids.find((id) => !campaigns.has(id))
  if (unknown !== undefined) throw new DomainError('NOT_FOUND', `There is no campaign ${unknown}.`, { issues: [{ path: [field], message: `there is no campaign ${unknown}` }] })
}
