import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenCall {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: unknown
}

/** How the stub answers its n-th call; `silent` never answers, `hang up` drops the connection. */
export type Answer = 'silent' | 'hang up' | { status: number; body: unknown; headers?: Record<string, string> }

export interface CollectorStub {
  url: string
  calls: SeenCall[]
  close(): Promise<void>
}

/** A real HTTP server that gives the answers in turn, the last one for ever. */
export async function collectorStub(...answers: [Answer, ...Answer[]]): Promise<CollectorStub> {
  const calls: SeenCall[] = []
  const server = createServer(async (request, response) => {
    const body = await readJson(request)
    const answer = answers[Math.min(calls.length, answers.length - 1)] ?? 'silent'
    calls.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    give(answer, response)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () => new Promise((resolve) => {
      server.close(() => { resolve() })
      server.closeAllConnections()
    }),
  }
}

/** The envelope of a success. */
export function data(status: number, value: unknown): Answer {
  return { status, body: { success: true, data: value, meta: { timestamp: '2026-11-20T09:00:00.000Z' } } }
}

/** The envelope of a refusal. */
export function refusal(status: number, code: string, more: { details?: unknown; headers?: Record<string, string> } = {}): Answer {
  return {
    status,
    body: {
      success: false,
      error: { code, message: `refused with ${code}`, details: more.details ?? null },
      meta: { timestamp: '2026-11-20T09:00:00.000Z', requestId: 'req_7Qm2' },
    },
    ...(more.headers && { headers: more.headers }),
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
  return text === '' ? undefined : JSON.parse(text)
}

function give(answer: Answer, response: ServerResponse): void {
  if (answer === 'silent') return
  if (answer === 'hang up') {
    response.destroy()
    return
  }
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
  response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
}
