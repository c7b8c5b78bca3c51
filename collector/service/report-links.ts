import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Mode } from '../../shared/domain.ts'

/** How long a link leads to its file. */
export const LINK_MS = 120_000
const MODES: Mode[] = ['live', 'test']

/** What a link is for. */
export interface Linked {
  merchantId: number
  mode: Mode
  number: number
}

/** Links to files that prove themselves, so that none is stored: the second at which one ends, and a keyed hash over that and what it is for. */
export function reportLinks(signing: Buffer) {
  const key = Buffer.from(hkdfSync('sha256', signing, '', 'refledger report links', 32))
  const proofOf = ({ merchantId, mode, number }: Linked, until: string): string => createHmac('sha256', key).update(JSON.stringify([merchantId, mode, number, until])).digest('hex').slice(0, 32)

  return {
    make(linked: Linked, nowMs: number): { token: string; expiresAtMs: number } {
      const seconds = Math.floor((nowMs + LINK_MS) / 1000)
      const until = seconds.toString(16).padStart(8, '0')
      return { token: until + proofOf(linked, until), expiresAtMs: seconds * 1000 }
    },

    /** The mode that a token was made for; undefined when it is none of ours, or has ended. */
    modeOf({ merchantId, number, token }: Omit<Linked, 'mode'> & { token: string }, nowMs: number): Mode | undefined {
      if (!/^[0-9a-f]{40}$/.test(token) || Number.parseInt(token.slice(0, 8), 16) * 1000 <= nowMs) return undefined
      const given = Buffer.from(token.slice(8))
      return MODES.find((mode) => timingSafeEqual(given, Buffer.from(proofOf({ merchantId, mode, number }, token.slice(0, 8)))))
    },
  }
}
