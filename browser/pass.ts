/** Hands the session over to the shop's other sites: a pass in the links and forms that lead there. */
import { PASS_PARAM, PASS_RENEWAL_MS } from '../shared/limits.ts'
import type { PassReply } from '../shared/wire/script.ts'
import { allowed, post } from './beacon.ts'
import { domains, within } from './config.ts'

const KEY = '&' + PASS_PARAM + '='

let pass: string | null | undefined
let takenAt = 0

export const takePass = (given?: string | null): void => {
  pass = given
  takenAt = Date.now()
}

const renew = async (): Promise<void> => {
  if (allowed && Date.now() - takenAt > PASS_RENEWAL_MS) {
    takenAt = Date.now()
    takePass((await post<PassReply>('pass'))?.pass ?? pass)
  }
}

/** An address, with a pass where it leads to one of the shop's other sites. */
export const mark = (address: string): string => {
  try {
    const url = new URL(address, location.href)
    if (domains.some((name) => within(url.hostname, name))) {
      renew()
      // As text: a query that went through `searchParams` would be spelt anew, and may be signed.
      if (pass) url.search = url.search.replace(RegExp(KEY + '[^&]*'), '') + KEY + pass
      return url.href
    }
  } catch {
    // No address at all: the page's own business.
  }
  return address
}

/**
 * Marks links and forms when the pointer or the focus nears them, so that the pass is fresh.
 *
 * By their attributes: a form's field may be called `action` as well.
 */
export const handOver = (): void => {
  if (!domains[0]) return
  renew()
  for (const near of ['pointerover', 'focusin', 'click'])
    addEventListener(near, ({ target }) => {
      const way = (target as Element).closest?.('a,form')
      for (const name of ['href', 'action']) {
        const address = way?.getAttribute(name)
        const marked = address && mark(address)
        if (marked != address) way!.setAttribute(name, marked!)
      }
    }, true)
  // A form that is sent by GET makes the query anew, of its fields.
  addEventListener('formdata', ({ target, formData }) => {
    if (pass && (target as Element).getAttribute('action')?.includes(KEY)) formData.set(PASS_PARAM, pass)
  })
}
