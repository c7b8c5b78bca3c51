import { debug } from './config.ts'

/** Tells the console: aloud what the merchant should mend, the rest where the tag asks for it. */
export const say = (words: string, aloud = debug != null): void => {
  if (aloud) console.warn('refledger: ' + words)
}
