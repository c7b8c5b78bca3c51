import type { VisitBody, VisitReply } from '../shared/wire/script.ts'
import { post } from './beacon.ts'
import { capture } from './capture.ts'
import { days, params } from './config.ts'
import { readSession, writeSession } from './session.ts'
import { uuidv7 } from './uuid.ts'

/**
 * Reports this page's arrival, if it is one, and keeps its session; resolves to the visitor's session.
 *
 * A call that got lost keeps the session too: the order that names it can still be settled.
 * A refused one keeps nothing. A cookie that the server set is left alone, because browsers
 * shorten the life of one that a script wrote.
 */
export const visit = async (): Promise<string | undefined> => {
  const known = readSession()
  const arrival = capture(location, document.referrer, params)
  if (!arrival) return known

  const session = known ?? uuidv7()
  const body: VisitBody = { id: uuidv7(), session, days, ...arrival }
  const { message, cookie, domain } = await post<VisitReply>('visit', body)
  if (message) return known

  if (!cookie) writeSession(session, domain)
  return session
}
