import type { Context } from 'koa'
import { DomainError } from '../../../shared/errors.ts'
import type { Render } from '../../http/errors.ts'

/** Refersion's own sentences, by which clients know a refusal. */
export const TEXTS = {
  noBody: 'Bad request, no body',
  tooMany: 'Too many requests',
  elements: (most: number) => `Max number of elements on attribute (${most}) reached.`,
  missing: (field: string) => `Missing required field ${field}`,
  notAllowed: (value: string, field: string) => `${value} is not a allowed value for field ${field}`,
  tooLong: 'Value exceed the char limit',
  emailTaken: 'The email you have entered is taken by another Affiliate.',
  noFilter: 'Request filter not provided.',
  noAffiliate: 'Affiliate not found.',
  noneFound: 'Could not find affiliates with this keyword.',
  triggerTaken: 'Conversion trigger already exists for same or another affiliate.',
  unknownAffiliates: (names: string) => `The following affiliates does not exist in our records: ${names}.`,
  unknownTriggers: (names: string) => `The following conversion trigger does not exist in our records: ${names}.`,
  invalidOrder: 'Invalid order ID (error 5)',
  invalidAffiliate: 'Invalid affiliate ID (error 2).',
  invalidCurrency: (currency: string) => `${currency} is not a valid currency`,
  creditedAlready: 'The affiliate you provided has already been manually credited for this order ID. (Error 6)',
  wrongStatus: 'The conversion cannot have this status',
  cannotDeny: 'Cannot deny an approved conversion',
  cannotApprove: 'Cannot approve a denied conversion',
  manySkus: 'Only 50 sku records can be processed per request.',
  noOffer: 'Offer ID does not exist',
  noReport: 'Report ID not Found or Expired (error 5).',
  noFile: 'File is not available',
} as const

/** A refusal of values, one sentence each. */
export const refused = (...texts: string[]): DomainError => new DomainError('UNPROCESSABLE', texts.join(' '), { issues: texts.map((message) => ({ path: [], message })) })

const VALUES = ['INVALID', 'UNPROCESSABLE', 'KEY_REUSED', 'CONFLICT']

/** Refersion's error: one sentence, and for values that are wrong a list of them. What is unknown or taken is such a value, too; what only has to wait is none. */
export const renderRefersion: Render = (ctx: Context, error) => {
  if (error === undefined) ctx.body = { error: 'Something went wrong on our side; please try again.' }
  else if (VALUES.includes(error.code) && error.retryAfterSeconds === undefined) {
    ctx.status = 422
    ctx.body = { errors: error.issues.length > 0 ? error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)) : [error.message] }
  } else ctx.body = { error: error.code === 'RATE_LIMITED' && error.retryAfterSeconds !== undefined ? TEXTS.tooMany : error.message }
}

/** What a call says when it meets a refusal of ours: the sentence that `said` knows for it, else the refusal's own. */
export async function told<T>(does: () => Promise<T>, said: (error: DomainError) => string | undefined): Promise<T> {
  try {
    return await does()
  } catch (error) {
    const text = error instanceof DomainError ? said(error) : undefined
    throw text === undefined ? error : refused(text)
  }
}

/** The field that a refusal is about. */
export const fieldOf = ({ issues }: DomainError): string | undefined => issues[0]?.path.join('.')
