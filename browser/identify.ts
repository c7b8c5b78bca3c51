import type { IdentifyReply } from '../shared/wire/script.ts'
import { post } from './beacon.ts'
import { say } from './say.ts'
import { hex } from './uuid.ts'

/**
 * Binds the session to a customer, so that an order paid on another device still finds it.
 *
 * Only the hash leaves the page. True when the collector took it.
 */
export const identify = async (email: string | undefined): Promise<boolean> => {
  // A page may hand over anything; what is no text has no `trim`.
  const address = email?.trim?.().toLowerCase()
  if (!address) return false
  if (!crypto.subtle) {
    say('no https, POST /r/identify', true)
    return false
  }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(address))
  return !!(await post<IdentifyReply>('identify', { emailHash: hex(new Uint8Array(digest)) }))?.identified
}
