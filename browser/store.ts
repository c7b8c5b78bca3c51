/** What the browser keeps for this site; it may refuse to, by throwing at the very word. */
import { gpc } from './config.ts'

type Area = 'localStorage' | 'sessionStorage'

/** True where the visitor's browser asks that nothing be kept (Global Privacy Control), and the tag heeds it. */
export const keepsNothing = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl && gpc != 'ignore'

export const load = (key: string, area: Area = 'localStorage'): string | undefined => {
  try {
    return window[area][key]
  } catch {
    // Closed to us: as if nothing were there.
  }
  return undefined
}

/** Keeps a text; none, and the empty object of a list that has run empty, remove what was there. */
export const save = (key: string, text?: string, area: Area = 'localStorage'): void => {
  try {
    if (!text?.[2]) delete window[area][key]
    else if (!keepsNothing) window[area][key] = text
  } catch {
    // Full, or closed to us: what it was for lives as long as the page.
  }
}
