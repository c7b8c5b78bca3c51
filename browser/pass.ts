/** Hands the session over to the shop's other sites: a pass in the links and forms that lead there. */
import { PASS_PARAM, PASS_RENEWAL_MS } from '../shared/limits.ts'
import type { PassReply } from '../shared/wire/script.ts'
import { allowed, post } from './beacon.ts'
import { domains, within } from './config.ts'

const KEY = '&' + PASS_PARAM + '='

let pass: string | null | undefined
let takenAt = 0
let renewal: Promise<void> | undefined

export const takePass = (given?: string | null): void => {
  takenAt = Date.now()
  pass = given
}

/** Asks for a pass where none is at hand that lasts long enough to be used; resolves when there is one, or the call was lost. */
export const renew = (): Promise<void> | undefined => {
  if (allowed && Date.now() - takenAt > PASS_RENEWAL_MS && domains[0]) {
    takenAt = Date.now()
    renewal = post<PassReply>('pass').then((answer) => takePass(answer?.pass ?? pass))
  }
  return renewal
}

/** An address, with a pass where it leads to one of the shop's other sites. */
export const mark = (address: string): string => {
  try {
    const url = new URL(address, location.href)
    if (domains.some((name) => within(url.hostname, name))) {
      // As text: a query that went through `searchParams` would be spelt anew, and may be signed.
      url.search = url.search.replace(/[?&]rlp=[^&]*/, '') + (pass ? KEY + pass : '')
      return url.href
    }
  } catch {
    // No address at all: the page's own business.
  }
  return address
}

/** Where the pointer or the focus has come to: by attributes, because a form's field may be called `action` as well. */
const near = (event: Event): void => {
  renew()
  const way = (event.composedPath()[0] as Element).closest?.('form,a')
  for (const name of ['href', 'action']) {
    const address = way?.getAttribute(name)
    const marked = mark(address!)
    if (marked != address) way!.setAttribute(name, marked)
  }
}

/** Marks links and forms when somebody nears them, so that the pass is fresh; a window that gets the focus back asks for one in time. */
export const handOver = (): void => {
  if (!domains[0]) return
  for (const kind of ['focus', 'click', 'pointerover']) addEventListener(kind, near, true)
  // A form that is sent by GET makes the query anew, of its fields.
  addEventListener('formdata', ({ target, formData }) => {
    if ((target as Element).getAttribute('action')?.includes(KEY)) formData.set(PASS_PARAM, pass ?? '')
  })
}
