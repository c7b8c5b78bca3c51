/** The part of autocannon that the bench uses; the package brings no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  interface Client {
    setRequests(requests: { body: string }[]): void
  }
  interface Options {
    url: string
    method: string
    headers: Record<string, string>
    connections: number
    /** Answers to wait for, shared among the connections. */
    amount: number
    /** Milliseconds between two looks at whether all are there. */
    sampleInt: number
    setupClient(client: Client): void
  }
  interface Result {
    errors: number
    '2xx': number
  }
  export default function autocannon(options: Options): EventEmitter & PromiseLike<Result>
}
