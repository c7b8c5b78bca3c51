import { request, type IncomingHttpHeaders } from 'node:http'
import { BROWSER, type Answer } from './collector.ts'

/** An answer with its bytes as they came, not decompressed. */
export type RawAnswer = Answer & { bytes: Buffer; raw: IncomingHttpHeaders }

interface RawCall {
  /** The name that the collector is called by. */
  host?: string
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer
}

/** A call that `fetch` would not let through as it is: under any host name, with any bytes, with the headers given and no others. */
export function rawCall({ port }: { port: number }, path: string, { host, method = 'POST', headers = {}, body }: RawCall = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, method, agent: false, headers: { 'User-Agent': BROWSER, ...(host === undefined ? {} : { Host: host }), ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const text = bytes.toString()
        const given = Object.entries(response.headers).flatMap(([name, values]) => [values ?? []].flat().map((value): [string, string] => [name, value]))
        const isJson = response.headers['content-type']?.includes('json') === true && text !== ''
        resolve({ status: response.statusCode ?? 0, headers: new Headers(given), raw: response.headers, bytes, text, body: (isJson ? JSON.parse(text) : {}) as Answer['body'] })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
