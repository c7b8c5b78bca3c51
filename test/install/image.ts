import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DockerfileParser, type Instruction } from 'dockerfile-ast'

/** What the Dockerfile says of the image, as far as its commands can be run without it. */
export interface Image {
  /** What is taken from the repository, and by which path it is known while the image is built. */
  sources: string[]
  /** What the image holds beside its base, by path: the path that the building stage made it under. */
  files: Record<string, { from: string; owner: string | undefined }>
  env: Record<string, string>
  /** Number of the user and of its group. */
  user: string
  /** What runs, and what tells how it is. */
  command: string[]
  health: string[]
}

export const DOCKERFILE = readFileSync(join(import.meta.dirname, '../../collector/Dockerfile'), 'utf8')

export function readImage(): Image {
  const instructions = DockerfileParser.parse(DOCKERFILE).getInstructions()
  const last = instructions.findLastIndex((instruction) => instruction.getKeyword() === 'FROM')
  const final = instructions.slice(last)
  const json = (keyword: string): string[] => JSON.parse(/\[.*\]/.exec(named(keyword, final).join())?.[0] ?? '[]') as string[]
  return {
    sources: named('COPY', instructions.slice(0, last)).flatMap((copy) => wordsOf(copy).slice(0, -1)),
    files: Object.fromEntries(named('COPY', final).map((copy) => {
      const [from = '', to = ''] = wordsOf(copy)
      return [to, { from, owner: /--chown=(\S+)/.exec(String(copy))?.[1] }]
    })),
    env: Object.fromEntries(named('ENV', final).flatMap(wordsOf).map((pair) => pair.split('=') as [string, string])),
    user: named('USER', final).flatMap(wordsOf).join(),
    command: [...json('ENTRYPOINT'), ...json('CMD')],
    health: json('HEALTHCHECK'),
  }
}

const named = (keyword: string, among: Instruction[]): Instruction[] => among.filter((instruction) => instruction.getKeyword() === keyword)
const wordsOf = (instruction: Instruction): string[] => instruction.getArguments().map((argument) => argument.getValue())
