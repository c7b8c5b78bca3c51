/** The load generator, in a process of its own: sends a number of calls and says how long their answers took. */
import autocannon from 'autocannon'
import { answerParent } from './child.ts'
import { HEADERS, orderBodies, visitBodies } from './visits.ts'

export interface Volley {
  port: number
  connections: number
  calls: number
  /** Present for orders, of the sessions whose visits were sent last; absent for visits. */
  key?: string
}

export interface Volleyed {
  answered: number
  /** From opening the connections to the last answer. */
  seconds: number
  /** What this process used of its core meanwhile. */
  cpuShare: number
}

let visited: string[] = []

answerParent<Volley, Volleyed>(async ({ port, connections, calls, key }) => {
  const bodies = key === undefined ? visitBodies(calls, Date.now()) : orderBodies(calls, visited)
  if (key === undefined) visited = bodies
  let opened = 0
  const run = autocannon({
    url: `http://127.0.0.1:${port}${key === undefined ? '/r/visit' : '/api/v1/conversions/postback'}`, method: 'POST', connections, amount: calls,
    headers: key === undefined ? HEADERS : { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` }, sampleInt: 20,
    // Dealt out like cards, so that ids arrive in about the order in which they were made.
    setupClient(client) {
      const mine = opened++
      client.setRequests(bodies.filter((_, index) => index % connections === mine).map((body) => ({ body })))
    },
  })
  let startedAt = 0
  let endedAt = 0
  let cpu = process.cpuUsage()
  run.on('start', () => {
    startedAt = performance.now()
    cpu = process.cpuUsage()
  })
  run.on('response', () => {
    endedAt = performance.now()
  })
  const result = await run
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (endedAt - startedAt) / 1000
  if (result['2xx'] !== calls || result.errors > 0) throw new Error(`of ${calls} calls ${result['2xx']} were answered with 2xx, and ${result.errors} calls failed`)
  return { answered: result['2xx'], seconds, cpuShare: (user + system) / 1e6 / seconds }
})
