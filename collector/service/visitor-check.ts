import { hkdfSync, timingSafeEqual } from 'node:crypto'

/** A visitor of an affiliate, as a page of Refersion's remembers one. */
export interface RememberedVisitor {
  merchantId: number
  session: string
  /** The affiliate's number. */
  affiliate: string
}

/** Shows that a visitor was handed out here: derived from our own secret, so that nothing is stored for it. */
export const visitorCheck = (signing: Buffer, { merchantId, session, affiliate }: RememberedVisitor): string =>
  Buffer.from(hkdfSync('sha256', signing, '', `refledger visitor ${merchantId} ${session} ${affiliate}`, 12)).toString('hex')

/** Compares in a time that does not tell where they differ. */
export function isGenuine(signing: Buffer, visitor: RememberedVisitor, check: string): boolean {
  const [expected, given] = [Buffer.from(visitorCheck(signing, visitor)), Buffer.from(check)]
  return expected.length === given.length && timingSafeEqual(expected, given)
}
