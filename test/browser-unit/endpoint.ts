import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One call as it came over the wire. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** How the endpoint answers a call; `hangUp` breaks the connection instead. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly hangUp?: true
}

export interface Endpoint {
  readonly origin: string
  /** Calls of the script, in order; the script's own download and preflights are not among them. */
  readonly calls: Call[]
  reply: (call: Call) => Reply
  close(): Promise<void>
}

/**
 * A server that serves the bundle at any address ending in `/r.js`, records what the bundle
 * posts, and answers as the test says. It is the wire, not a collector: no rule lives here.
 */
export async function startEndpoint(script: string): Promise<Endpoint> {
  const server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*')
    response.setHeader('access-control-allow-credentials', 'true')
    const path = request.url ?? ''
    // happy-dom asks beforehand where a browser would not: it counts the text body's own type as a custom header.
    if (request.method === 'OPTIONS') response.writeHead(204, { 'access-control-allow-headers': 'content-type' }).end()
    else if (/\/r\.js(\?|$)/.test(path)) response.end(script)
    else answer({ method: request.method ?? '', path, headers: request.headers, body: await textOf(request) }, response)
  })
  const answer = (call: Call, response: ServerResponse): void => {
    endpoint.calls.push(call)
    const { status = 200, headers = {}, body = '{}', hangUp } = endpoint.reply(call)
    if (hangUp) response.destroy()
    else response.writeHead(status, headers).end(body)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const endpoint: Endpoint = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    reply: () => ({}),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return endpoint
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
