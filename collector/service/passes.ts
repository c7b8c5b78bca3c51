import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { PASS_MS } from '../../shared/limits.ts'

const CIPHER = 'aes-256-gcm'
const SESSION_BYTES = 16
/** Of the session and the second until which the pass lets it in. */
const TOLD_BYTES = SESSION_BYTES + 4
const NONCE_BYTES = 12
const PROOF_BYTES = 16

const ownerOf = (merchantId: number): Buffer => Buffer.from(String(merchantId))

/**
 * What lets a session into another site of its merchant: the session and until when, sealed, for that merchant alone.
 * It is read by nobody else, because a pass stands in addresses, and a session in clear would outlive it. Nothing is stored.
 */
export function sessionPasses(signing: Buffer) {
  const key = Buffer.from(hkdfSync('sha256', signing, '', 'refledger session passes', 32))

  return {
    /** A pass for a session, which is a UUID. */
    issue(merchantId: number, session: string, nowMs: number): string {
      const told = Buffer.alloc(TOLD_BYTES)
      told.write(session.replaceAll('-', ''), 'hex')
      told.writeUInt32BE(Math.floor((nowMs + PASS_MS) / 1000), SESSION_BYTES)
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(ownerOf(merchantId))
      return Buffer.concat([nonce, cipher.update(told), cipher.final(), cipher.getAuthTag()]).toString('base64url')
    },

    /** The session that a pass lets in; undefined when it is none of ours, of another merchant, or has ended. */
    sessionOf(merchantId: number, pass: string, nowMs: number): string | undefined {
      const bytes = Buffer.from(pass, 'base64url')
      if (bytes.length !== NONCE_BYTES + TOLD_BYTES + PROOF_BYTES) return undefined
      const told = opened(bytes, merchantId)
      if (told === undefined || told.readUInt32BE(SESSION_BYTES) * 1000 <= nowMs) return undefined
      return told.toString('hex', 0, SESSION_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    },
  }

  function opened(bytes: Buffer, merchantId: number): Buffer | undefined {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES)).setAAD(ownerOf(merchantId)).setAuthTag(bytes.subarray(-PROOF_BYTES))
    const told = decipher.update(bytes.subarray(NONCE_BYTES, -PROOF_BYTES))
    try {
      decipher.final()
      return told
    } catch {
      // Forged, or sealed for another merchant.
      return undefined
    }
  }
}
