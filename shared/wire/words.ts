import type { z } from 'zod'

type Said = Parameters<z.core.$ZodErrorMap>[0]

/** What a value that is wrong is refused with, where its field has no words of its own: never the library's. */
export const inOurWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type') return `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`
  if (issue.code === 'too_big') return `must be at most ${String(issue.maximum)}${unitOf(issue)}`
  if (issue.code === 'too_small') return issue.origin === 'string' && Number(issue.minimum) === 1 ? 'must not be empty' : `must be at least ${String(issue.minimum)}${unitOf(issue)}`
  if (issue.code === 'invalid_value') return `must be one of: ${issue.values.map(String).join(', ')}`
  if (issue.code === 'invalid_format' && issue.format === 'uuid') return 'must be a UUID'
  return 'is not of a form that is taken'
}

const unitOf = ({ origin }: Said): string => (origin === 'string' ? ' characters' : '')
