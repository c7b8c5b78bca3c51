import { Resolver } from 'node:dns/promises'
import { get as httpsGet, type RequestOptions } from 'node:https'
import { RequestFilteringHttpsAgent } from 'request-filtering-agent'
import type { Outside } from '../service/site-proof.ts'

/** How long somebody else's server may take. */
const WAIT_MS = 5_000
/** A proof is 32 characters; a page that is much longer is none. */
const PAGE_BYTES = 1_024

/**
 * The world outside, for proofs of sites. A host is named by whoever types it: connections to private, local and
 * metadata addresses are refused after the name is resolved, redirects are not followed, and both time and size are bounded.
 */
export const outside: Outside = {
  async textRecords(name) {
    const records = await new Resolver({ timeout: WAIT_MS, tries: 1 }).resolveTxt(name)
    return records.map((parts) => parts.join(''))
  },
  page: (url) => pageAt(url, { agent: new RequestFilteringHttpsAgent({ keepAlive: false }) }),
}

/** The body of a page that answers 200 in time and is short; throws otherwise. */
export function pageAt(url: string, { get = httpsGet, waitMs = WAIT_MS, ...options }: RequestOptions & { get?: typeof httpsGet; waitMs?: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ...options, signal: AbortSignal.timeout(waitMs) }, (response) => {
      if (response.statusCode !== 200) return void request.destroy(new Error(`it answers ${response.statusCode}`))
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes <= PAGE_BYTES) return
        // Refused here: what came in one piece may have ended already, and would count as read.
        reject(new Error(`it is longer than ${PAGE_BYTES} bytes`))
        request.destroy()
      })
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}
