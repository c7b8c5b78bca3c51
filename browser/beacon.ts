import type { Refusal } from '../shared/wire/script.ts'
import { api } from './config.ts'

/** What the collector said: a reply, a refusal, or nothing when the call got lost on the way. */
export type Answer<Reply> = Partial<Reply & Refusal>

/**
 * Sends one call to the collector; never throws.
 *
 * A text body goes out as `text/plain`, which needs no preflight, and `keepalive` outlives the
 * page. A refusal means that the tag or the link is set up wrongly, which only the console can
 * tell the merchant. An answer that is not JSON counts as lost: the collector did not write it.
 */
export const post = async <Reply>(name: string, body: object): Promise<Answer<Reply>> => {
  try {
    const response = await fetch(api + '/r/' + name, {
      method: 'POST',
      keepalive: true,
      credentials: 'include',
      body: JSON.stringify(body),
    })
    if (response.status < 429) {
      const answer: Answer<Reply> = await response.json()
      if (!response.ok) console.warn('refledger:', answer.message)
      return answer
    }
  } catch {
    // Offline, blocked, or no such host: the same as an answer that never came.
  }
  return {}
}
