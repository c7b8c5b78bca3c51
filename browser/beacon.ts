import { ANSWER_MS } from '../shared/limits.ts'
import type { Refusal } from '../shared/wire/script.ts'
import { pageUrl } from './capture.ts'
import { api, consent } from './config.ts'
import { say } from './say.ts'
import { readSession } from './session.ts'

/** What the collector said: a reply, a refusal, or nothing when the call got lost on the way. */
export type Answer<Reply> = (Reply & { message?: undefined }) | (Refusal & Partial<Record<keyof Reply, undefined>>) | undefined

/** Whether the visitor allows anything to be written or sent. */
export let allowed = consent != 'required'

/** The visitor's word, `granted` or another; says what it means. */
export const allow = (word: string | undefined): boolean => (allowed = word === 'granted')

/**
 * Sends one call to the collector, with the session and the page; never throws. Without
 * a session there is nothing to say, and without consent only a wish to be forgotten goes out.
 *
 * A text body goes out as `text/plain`, which needs no preflight, and `keepalive` outlives the
 * page. A refusal means that the tag or the link is set up wrongly, which only the console can
 * tell the merchant. An answer that is not JSON counts as lost: the collector did not write it.
 */
export const post = async <Reply>(name: string, body?: object): Promise<Answer<Reply>> => {
  try {
    const session = readSession()
    if (!session || !(allowed || name == 'forget')) return undefined
    const response = await fetch(api + '/r/' + name, {
      credentials: 'include',
      keepalive: true,
      method: 'POST',
      body: JSON.stringify({ session, url: pageUrl(), ...body }),
      signal: AbortSignal.timeout?.(ANSWER_MS),
    })
    const answer = await response.json()
    // The visitor may have asked to be forgotten in the meantime.
    if (response.ok && readSession()) return answer
    // Only a refusal of the collector's own: others in between speak JSON as well.
    if (response.status < 429 && answer.code) {
      say(answer.message, true)
      return answer
    }
  } catch {
    // Offline, blocked, or no such host: the same as an answer that never came.
  }
  return undefined
}
