import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { PASS_MS } from '../../shared/limits.ts'

const SESSION_BYTES = 16
/** Of the session and the second until which the pass lets it in. */
const TOLD_BYTES = SESSION_BYTES + 4
const PROOF_BYTES = 16

/** What lets a session into another site of its merchant: the session, until when, and a keyed hash over both; nothing is stored. */
export function sessionPasses(signing: Buffer) {
  const key = Buffer.from(hkdfSync('sha256', signing, '', 'refledger session passes', 32))
  const proofOf = (merchantId: number, told: Buffer): Buffer => createHmac('sha256', key).update(`${merchantId} `).update(told).digest().subarray(0, PROOF_BYTES)

  return {
    /** A pass for a session, which is a UUID. */
    issue(merchantId: number, session: string, nowMs: number): string {
      const told = Buffer.alloc(TOLD_BYTES)
      told.write(session.replaceAll('-', ''), 'hex')
      told.writeUInt32BE(Math.floor((nowMs + PASS_MS) / 1000), SESSION_BYTES)
      return Buffer.concat([told, proofOf(merchantId, told)]).toString('base64url')
    },

    /** The session that a pass lets in; undefined when it is none of ours, of another merchant, or has ended. */
    sessionOf(merchantId: number, pass: string, nowMs: number): string | undefined {
      const bytes = Buffer.from(pass, 'base64url')
      const told = bytes.subarray(0, TOLD_BYTES)
      if (bytes.length !== TOLD_BYTES + PROOF_BYTES || !timingSafeEqual(bytes.subarray(TOLD_BYTES), proofOf(merchantId, told))) return undefined
      if (told.readUInt32BE(SESSION_BYTES) * 1000 <= nowMs) return undefined
      return told.toString('hex', 0, SESSION_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    },
  }
}
