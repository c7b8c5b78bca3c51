import type { IdentifyBody, IdentifyReply } from '../shared/wire/script.ts'
import { post } from './beacon.ts'
import { pageUrl } from './capture.ts'
import { hex } from './uuid.ts'

/**
 * Binds the session to a customer, so that an order paid on another device still finds it.
 *
 * Only the hash leaves the page. True when the collector took it.
 */
export const identify = async (session: string | undefined, email: string | undefined): Promise<boolean> => {
  // A page may hand over anything; what is no text has no `trim`.
  const address = email?.trim?.().toLowerCase()
  if (session && address) {
    if (crypto.subtle) {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(address))
      const body: IdentifyBody = { session, emailHash: hex(new Uint8Array(digest)), url: pageUrl(location) }
      return !!(await post<IdentifyReply>('identify', body)).identified
    }
    console.warn('refledger:', 'identify needs https')
  }
  return false
}
