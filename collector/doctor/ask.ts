/** One request over HTTP, by the rules of a check: in bounded time and size, with the answer's headers as they came. */
import { lookup as systemLookup } from 'node:dns'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { isLocalName } from './hosts.ts'
import type { Ask } from './seen.ts'

/** How long one answer may take. */
const WAIT_MS = 10_000
/** Far more than a page that visitors wait for. */
const MOST_BYTES = 4_000_000
/** Named openly, and as a program, so that a link which counts clicks does not count this one. */
const USER_AGENT = 'Mozilla/5.0 (compatible; refledger-doctor/1.0)'

/** Requests of the doctor's: private addresses are fine, because it is run by the operator, on his own machine. */
export function asker({ waitMs = WAIT_MS, mostBytes = MOST_BYTES }: { waitMs?: number; mostBytes?: number } = {}): Ask {
  return async (url, { method = 'GET', headers = {}, body } = {}) => {
    const signal = AbortSignal.timeout(waitMs)
    try {
      const options = { method, headers: { 'User-Agent': USER_AGENT, Accept: '*/*', 'Accept-Encoding': 'identity', ...headers }, signal, agent: false, lookup } as const
      const response = await opened(url, options, body)
      return { status: response.statusCode ?? 0, headers: headersOf(response), ...await read(response, mostBytes) }
    } catch (error) {
      throw new Error(signal.aborted ? `it does not answer within ${waitMs / 1000} s` : reasonOf(error), { cause: error })
    }
  }
}

function opened(url: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, resolve)
    request.on('error', reject)
    request.end(body)
  })
}

async function read(response: IncomingMessage, mostBytes: number): Promise<{ body: Buffer; isCut: boolean }> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of decoded(response) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > mostBytes) break
  }
  response.destroy()
  return { body: Buffer.concat(chunks).subarray(0, mostBytes), isCut: bytes > mostBytes }
}

const DECODERS: Record<string, () => Transform> = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress }

/** Some servers compress unasked. */
function decoded(response: IncomingMessage): Readable {
  const decoder = DECODERS[response.headers['content-encoding']?.toLowerCase() ?? '']?.()
  if (decoder === undefined) return response
  response.on('error', (error) => decoder.destroy(error))
  return response.pipe(decoder)
}

/** Repeated headers are joined by commas, as browsers read them. */
function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(headersDistinct)) for (const value of values) headers.append(name, value)
  return headers
}

const LOOPBACK = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }]

/** As browsers do, names below `localhost` are this machine, whatever its resolver knows of them. */
const lookup: LookupFunction = (host, options, callback) => {
  if (!isLocalName(host)) return systemLookup(host, options, callback)
  if (options.all === true) return callback(null, LOOPBACK)
  callback(null, '127.0.0.1', 4)
}

const REASONS: Record<string, string> = {
  ENOTFOUND: 'there is no such host', EAI_AGAIN: 'its name could not be looked up', ECONNREFUSED: 'it refuses connections', ECONNRESET: 'it broke off the connection',
  EHOSTUNREACH: 'it cannot be reached', ENETUNREACH: 'it cannot be reached', ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host', CERT_HAS_EXPIRED: 'its certificate has expired',
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? `it gives no answer that can be read: ${error.message || code}`
}
