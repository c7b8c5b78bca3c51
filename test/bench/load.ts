/** The load generator, in a process of its own: sends a number of visits and says how long their answers took. */
import autocannon from 'autocannon'
import { answerParent } from './child.ts'
import { HEADERS, visitBodies } from './visits.ts'

export interface Volley {
  port: number
  connections: number
  visits: number
}

export interface Volleyed {
  answered: number
  /** From opening the connections to the last answer. */
  seconds: number
  /** What this process used of its core meanwhile. */
  cpuShare: number
}

answerParent<Volley, Volleyed>(async ({ port, connections, visits }) => {
  const bodies = visitBodies(visits, Date.now())
  let opened = 0
  const run = autocannon({
    url: `http://127.0.0.1:${port}/r/visit`, method: 'POST', headers: HEADERS, connections, amount: visits, sampleInt: 20,
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
  if (result['2xx'] !== visits || result.errors > 0) throw new Error(`of ${visits} visits ${result['2xx']} were answered with 2xx, and ${result.errors} calls failed`)
  return { answered: result['2xx'], seconds, cpuShare: (user + system) / 1e6 / seconds }
})
