import { hkdfSync } from 'node:crypto'

/** The two looks outside that can prove a site; handed in, so that tests need no network. */
export interface Outside {
  /** The TXT records of a name; throws when there are none or nobody answers. */
  textRecords: (name: string) => Promise<string[]>
  /** The body of a small public page; throws on anything but a plain 200. */
  page: (url: string) => Promise<string>
}

/** What to publish, in one of two places, so that a host is known to be the merchant's. */
export interface Proof {
  token: string
  dns: { name: string; value: string }
  file: { url: string; content: string }
}

/** The proof of a merchant's host: derived from our own secret, so that nothing secret is stored and nobody else's token fits. */
export function proofOf(signing: Buffer, { merchantId, host }: { merchantId: number; host: string }): Proof {
  const token = Buffer.from(hkdfSync('sha256', signing, '', `refledger site ${merchantId} ${host}`, 16)).toString('hex')
  return {
    token,
    dns: { name: `_refledger.${host}`, value: `refledger-site=${token}` },
    file: { url: `https://${host}/.well-known/refledger.txt`, content: token },
  }
}

/** What of a proof is missing; empty when one of the two places holds it. */
export async function missingOf({ dns, file }: Proof, { textRecords, page }: Outside): Promise<string[]> {
  const inDns = await looked(async () => (await textRecords(dns.name)).some((record) => record.trim() === dns.value))
  if (inDns === true) return []
  const inFile = await looked(async () => (await page(file.url)).trim() === file.content)
  if (inFile === true) return []
  return [`TXT record ${dns.name}: ${inDns || 'other records only'}`, `${file.url}: ${inFile || 'other content'}`]
}

/** An answer, or in words why there was none: outside anything may fail, and that is no proof. */
async function looked(look: () => Promise<boolean>): Promise<boolean | string> {
  try {
    return await look()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
