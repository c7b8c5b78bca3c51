import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A process that answers one question at a time. */
export interface Child<Question, Answer> {
  ask(question: Question): Promise<Answer>
  /** Ends it at once, as a power cut would; resolves when it is gone. */
  kill(): Promise<void>
}

/** Starts a file of the bench as a process of its own. */
export function startChild<Question extends object, Answer>(file: string, ...args: string[]): Child<Question, Answer> {
  const child: ChildProcess = fork(new URL(file, import.meta.url), args)
  return {
    async ask(question) {
      const ended = new AbortController()
      const onExit = (code: number | null): void => ended.abort(new Error(`${file} ${args.join(' ')} ended with ${code}`))
      child.once('exit', onExit)
      try {
        child.send(question)
        const [answer] = await once(child, 'message', { signal: ended.signal }) as [Answer | { failed: string }]
        if (typeof answer === 'object' && answer !== null && 'failed' in answer) throw new Error(answer.failed)
        return answer as Answer
      } catch (error) {
        throw ended.signal.aborted ? ended.signal.reason : error
      } finally {
        child.off('exit', onExit)
      }
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

/** The child's side: answers every question, and ends with its parent. */
export function answerParent<Question, Answer>(answer: (question: Question) => Promise<Answer> | Answer): void {
  process.on('message', (question) => void reply(question as Question))
  process.on('disconnect', () => process.exit())

  async function reply(question: Question): Promise<void> {
    try {
      process.send?.(await answer(question))
    } catch (error) {
      process.send?.({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }
}
