import { createHmac, hash } from 'node:crypto'

/** The SHA-256 of an address as every client sends it: trimmed and lower-cased. */
export const emailHash = (email: string): string => hash('sha256', email.trim().toLowerCase())

/** The same for a merchant's own id of a customer; no e-mail hashes to it. */
export const customerHash = (customerId: string): string => hash('sha256', `customer id ${customerId}`)

/** Turns an e-mail's hash into a merchant's identity: keyed, so that a copy of the database names nobody. */
export type IdentityOf = (merchantId: number, hashOfEmail: string) => string

export function identities(key: Buffer): IdentityOf {
  return (merchantId, hashOfEmail) => createHmac('sha256', key).update(`${merchantId}:${hashOfEmail.toLowerCase()}`).digest('hex').slice(0, 32)
}
