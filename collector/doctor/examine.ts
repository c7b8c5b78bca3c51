/** All checks over what was seen, in the order in which somebody would mend things. */
import { checkAttributes, checkTag } from './check-tag.ts'
import { checkClock } from './check-clock.ts'
import { checkCollector, checkMixedContent } from './check-collector.ts'
import { checkCookie, checkSafari } from './check-cookie.ts'
import { checkHttps, checkPage, checkRedirects } from './check-page.ts'
import { checkIntegrity, checkScript } from './check-script.ts'
import { checkNoscript, checkPolicies } from './check-csp.ts'
import type { Finding, Seen, Setup, Verdict } from './seen.ts'

type Check<What> = readonly [name: string, check: (what: What) => Verdict[]]

const ON_PAGE: Check<Seen>[] = [['page', checkPage], ['https', checkHttps], ['redirects', checkRedirects], ['tag', checkTag]]
const ON_SETUP: Check<Setup>[] = [
  ['attributes', checkAttributes], ['script', checkScript], ['integrity', checkIntegrity], ['collector', checkCollector], ['mixed content', checkMixedContent],
  ['csp', checkPolicies], ['noscript', checkNoscript], ['cookie', checkCookie], ['safari', checkSafari], ['clock', checkClock],
]

/** What there is to say. A check that does not apply says nothing. */
export function examine(seen: Seen): Finding[] {
  const { setup } = seen
  return [...findings(ON_PAGE, seen), ...(setup === null ? [] : findings(ON_SETUP, setup))]
}

const findings = <What>(checks: Check<What>[], what: What): Finding[] => checks.flatMap(([check, judge]) => judge(what).map((verdict) => ({ check, ...verdict })))
