import type { Streams } from './program.ts'

/** How far long work is, while somebody watches. */
export interface Progress {
  /** So much is done, of so much where that is known; `what` changes what is counted. */
  at: (done: number, total?: number, what?: string) => void
  /** Clears the line: to be called however the work ends. */
  end: () => void
}

const BAR = 20
const CLEAR = '\r\u001B[K'
const [GREEN, PLAIN] = ['\u001B[32m', '\u001B[39m']

/**
 * A bar on stderr that counts `what`, such as "conversions": drawn on a terminal, and nowhere else, because a pipe would
 * keep every line of it. It draws when there is a percent more to tell, so work may report as often as it likes.
 */
export function progress({ err, isTerminal, hasColor = false }: Streams, what: string): Progress {
  if (!isTerminal) return { at: () => undefined, end: () => undefined }
  let counted = what
  let drawn = ''

  return {
    at(done, total, now) {
      counted = now ?? counted
      const share = total === undefined ? undefined : total === 0 ? 1 : Math.min(1, done / total)
      const line = `${counted}: ${share === undefined ? done : Math.floor(share * 100)}`
      if (line === drawn) return
      drawn = line
      err(`${CLEAR}${share === undefined ? '' : `${drawing(share, hasColor)} `}${counted}: ${done}${total === undefined ? '' : ` of ${total}`}`)
    },
    end() {
      if (drawn !== '') err(CLEAR)
      drawn = ''
    },
  }
}

/** Does the work, and clears the line whether it succeeds or not. */
export async function watched<R>(shown: Progress, work: (shown: Progress) => Promise<R> | R): Promise<R> {
  try {
    return await work(shown)
  } finally {
    shown.end()
  }
}

function drawing(share: number, hasColor: boolean): string {
  const filled = Math.floor(share * BAR)
  const done = '#'.repeat(filled)
  return `[${hasColor ? `${GREEN}${done}${PLAIN}` : done}${' '.repeat(BAR - filled)}]`
}
