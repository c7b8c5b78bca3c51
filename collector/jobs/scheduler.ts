import type { Log } from '../http/log.ts'

/** Work that comes round again. */
export interface Job {
  name: string
  everyMs: number
  /** Counts of what was done, for the log; a job may have none. */
  run: () => Promise<Record<string, number> | void>
}

/** Runs jobs on their intervals, never one on top of itself; what is returned stops them and waits for those at work. */
export function startJobs(jobs: Job[], log: Log): () => Promise<void> {
  const running = new Map<string, Promise<void>>()
  const timers = jobs.map((job) => setInterval(() => {
    if (!running.has(job.name)) running.set(job.name, runOnce(job, log).finally(() => running.delete(job.name)))
  }, job.everyMs).unref())

  return async () => {
    for (const timer of timers) clearInterval(timer)
    await Promise.all(running.values())
  }
}

async function runOnce(job: Job, log: Log): Promise<void> {
  try {
    const counts = await job.run()
    if (counts !== undefined && Object.values(counts).some((count) => count > 0)) log.info({ job: job.name, ...counts }, 'job done')
  } catch (error) {
    log.error({ err: error, job: job.name }, 'job failed')
  }
}
