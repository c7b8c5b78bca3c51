import { afterAll } from 'vitest'

/** What must be done at the end of a file, the last begun first; for what `beforeAll` starts. */
export function sharedEnds(): (end: () => void | Promise<void>) => void {
  const ends: (() => void | Promise<void>)[] = []
  afterAll(async () => {
    for (const end of ends) await end()
  })
  return (end) => ends.unshift(end)
}
