/** The page's Content-Security-Policies let the script load, and call home. */
import { placeOf } from './check-page.ts'
import { allows, allowsScript, directiveFor } from './csp.ts'
import { fail, ok, warn, type Policy, type Setup, type Verdict } from './seen.ts'
import { CALLS } from './tag.ts'

/** Every policy counts: what one of them refuses is refused. One that only reports is judged aloud, and stops nothing. */
export function checkPolicies(setup: Setup): Verdict[] {
  const enforced = setup.page.policies.filter(({ isEnforced }) => isEnforced)
  const reported = setup.page.policies.filter(({ isEnforced }) => !isEnforced).flatMap((policy) => verdictsOn(policy, setup))
  const problems = enforced.flatMap((policy) => verdictsOn(policy, setup))
  if (problems.length > 0) return problems
  const would = reported.some(({ level }) => level === 'fail') ? '; a Report-Only policy would stop the tag once it is enforced' : ''
  return [ok(`${enforced.length === 0 ? 'the page has no Content-Security-Policy' : 'the Content-Security-Policy lets the script load and call'}${would}`)]
}

const verdictsOn = (policy: Policy, setup: Setup): Verdict[] => [...onScript(policy, setup), ...onCalls(policy, setup), ...onImage(policy, setup), ...onSandbox(policy)]

/** `default-src` binds much else: better a directive of its own. */
const amended = (kind: string, directive: string, { origin }: URL): string => (directive === 'default-src' ? `Add ${kind} with what default-src holds, and ${origin}.` : `Add ${origin} to ${directive}.`)
const whose = (name: string, { position }: Policy): string => `${name} of the Content-Security-Policy ${position === null ? 'header' : 'in a <meta>'}`

function onScript(policy: Policy, { page, tag, script }: Setup): Verdict[] {
  const directive = directiveFor('script', policy)
  // A policy in a <meta> binds what stands behind it.
  if (directive === undefined || (policy.position !== null && policy.position > tag.position && tag.isOnPage)) return []
  const { nonce = '', integrity = '' } = tag.attributes
  if (allowsScript(directive.sources, { hops: script.hops.map(({ url }) => url), origin: page.url, nonce, integrity, isParserInserted: tag.isOnPage })) return []
  const isByNonce = directive.sources.some((source) => /^'(strict-dynamic|nonce-.+)'$/i.test(source))
  return [fail(`${whose(directive.name, policy)} does not allow ${placeOf(tag.url)}`, isByNonce ? "Give the tag the page's nonce, as its other scripts have it." : amended('script-src', directive.name, tag.url))]
}

function onCalls(policy: Policy, { page, calls }: Setup): Verdict[] {
  const directive = directiveFor('connect', policy)
  if (directive === undefined || calls === null) return []
  const refused = CALLS.map((call) => new URL(call, calls)).filter((url) => !allows(directive.sources, { hops: [url], origin: page.url }))
  const [first] = refused
  if (first === undefined) return []
  return [fail(`${whose(directive.name, policy)} does not allow calls to ${placeOf(refused.length === CALLS.length ? calls : first)}`, amended('connect-src', directive.name, calls))]
}

/** The image for visitors without scripts, where the page has it. */
function onImage(policy: Policy, { page, calls }: Setup): Verdict[] {
  const directive = directiveFor('img', policy)
  const image = noscriptImageOf({ page, calls })
  if (directive === undefined || image === undefined || allows(directive.sources, { hops: [image.url], origin: page.url })) return []
  return [warn(`${whose(directive.name, policy)} does not allow the image ${placeOf(image.url)}`, amended('img-src', directive.name, image.url))]
}

function onSandbox({ directives }: Policy): Verdict[] {
  const sandbox = directives.get('sandbox')?.map((word) => word.toLowerCase())
  const missing = sandbox === undefined ? [] : ['allow-scripts', 'allow-same-origin'].filter((word) => !sandbox.includes(word))
  return missing.length === 0 ? [] : [fail(`sandbox of the Content-Security-Policy header lacks ${missing.join(' and ')}`, `Add ${missing.join(' ')} to sandbox.`)]
}

/** The image that counts visitors without scripts, if its address reaches the collector with the page's own. */
export function checkNoscript({ page, calls }: Pick<Setup, 'page' | 'calls'>): Verdict[] {
  const image = noscriptImageOf({ page, calls })
  if (image === undefined) return []
  const tells = /^(unsafe-url|no-referrer-when-downgrade)$/i
  const policy = image.referrerPolicy ?? page.headers.get('Referrer-Policy')?.split(',').at(-1)?.trim() ?? ''
  if (tells.test(policy) || (image.url.origin === page.url.origin && !/^(no-referrer|origin|strict-origin)$/i.test(policy))) return [ok('the image for visitors without scripts tells the whole address')]
  return [warn('the image for visitors without scripts tells the host of the page alone, and no code', 'Add referrerpolicy="no-referrer-when-downgrade" to it.')]
}

function noscriptImageOf({ page, calls }: Pick<Setup, 'page' | 'calls'>): { url: URL; referrerPolicy: string | null } | undefined {
  const images = page.markup.images.map(({ src, referrerPolicy }) => ({ url: URL.parse(src, page.base), referrerPolicy }))
  return images.find((image): image is { url: URL; referrerPolicy: string | null } => calls !== null && image.url?.pathname === new URL('noscript', calls).pathname && image.url.host === calls.host)
}
