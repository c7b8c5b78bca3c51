import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The README as it is. */
export const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')

/** A fenced block, by the heading right above it. */
export interface Snippet {
  title: string
  language: string
  text: string
}

/** All of them, from top to bottom. */
export function allSnippets(): Snippet[] {
  const found: Snippet[] = []
  let title = ''
  for (const [, heading, language, text] of README.matchAll(/^##+ (.*)$|^```(\w+)\n([\s\S]*?)^```$/gm)) {
    title = heading ?? title
    if (language !== undefined && text !== undefined) found.push({ title, language, text })
  }
  return found
}

/** The blocks of a language right below a heading; throws where there are not as many as the caller tests. */
export function snippets(title: string, language: string, count = 1): string[] {
  const found = allSnippets().filter((snippet) => snippet.title === title && snippet.language === language).map(({ text }) => text)
  if (found.length !== count) throw new Error(`the README has ${found.length} blocks of ${language} below "${title}", and ${count} are tested`)
  return found
}
