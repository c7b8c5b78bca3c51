import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from '../../collector/config.ts'
import type { Collector } from '../../collector/serve.ts'
import { apisOf } from './routes.ts'
import { problemsOf, type Exchange } from './told.ts'

/** What listens at a port, and what it answered that its documents do not say. */
interface Watched {
  basePath: string
  apisOf: ReturnType<typeof apisOf>
  problems: Set<string>
}

const byPort = new Map<number, Watched>()

/** A collector whose every reply is held against the API reference: `close` throws when one was not as its document says. */
export function watched<C extends Collector>(collector: C, { basePath }: Pick<Config, 'basePath'>): C {
  const watch: Watched = { basePath, apisOf: apisOf(collector), problems: new Set() }
  byPort.set(collector.port, watch)
  return {
    ...collector,
    async close() {
      await collector.close()
      byPort.delete(collector.port)
      if (watch.problems.size > 0) throw new Error(`not as the API reference says:\n${[...watch.problems].join('\n')}`)
    },
  }
}

// Node tells of every request of this process: nothing in the collector has to know that somebody looks on.
subscribe('http.server.request.start', (message) => {
  const { request, response, server } = message as { request: IncomingMessage; response: ServerResponse; server: Server }
  const watch = byPort.get((server.address() as AddressInfo | null)?.port ?? 0)
  if (watch !== undefined) look(request, response, watch)
})

function look(request: IncomingMessage, response: ServerResponse, { basePath, apisOf: speaking, problems }: Watched): void {
  const [sent, answered] = [chunksOf(request, 'emit', (name, chunk) => (name === 'data' ? chunk : undefined)), chunksOf(response, 'write', (chunk) => chunk)]
  const last = chunksOf(response, 'end', (chunk) => chunk)
  response.on('finish', () => {
    const path = decoded((request.url ?? '').split('?')[0] ?? '')
    if (!path.startsWith(basePath)) return
    const { method = '', headers } = request
    const local = path.slice(basePath.length)
    const exchange: Exchange = {
      method, path: local, headers, status: response.statusCode, sent: sent(), answered: Buffer.concat([answered(), last()]), answerHeaders: response.getHeaders(),
    }
    for (const problem of problemsOf(speaking(headers, local), exchange)) problems.add(problem)
  })
}

/** Listens in on a method: what it was called with, as `of` finds it. */
function chunksOf(owner: object, name: string, of: (...given: unknown[]) => unknown): () => Buffer {
  const chunks: Buffer[] = []
  const methods = owner as Record<string, (...given: unknown[]) => unknown>
  const method = methods[name]
  if (method === undefined) throw new Error(`there is no ${name} to listen in on`)
  methods[name] = (...given) => {
    const chunk = of(...given)
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string))
    return method.apply(owner, given)
  }
  return () => Buffer.concat(chunks)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    // Not decodable: then it is no path of ours either.
    return path
  }
}
