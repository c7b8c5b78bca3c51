/** The page itself, and the way to it. */
import { CAMPAIGN_PARAM, CLICK_PARAM } from '../../shared/limits.ts'
import { counted } from '../../shared/engine/words.ts'
import { isLocal } from './hosts.ts'
import { fail, ok, warn, type Hop, type Seen, type Verdict } from './seen.ts'

const PLACE_CHARS = 120
/** An address without its query, short enough for a line. */
export function placeOf({ origin, pathname }: URL): string {
  const place = origin + pathname
  return place.length > PLACE_CHARS ? `${place.slice(0, PLACE_CHARS - 1)}…` : place
}

/** What protections against robots like to answer. */
const GUARDED = [401, 403, 429, 503]

/** The page answers with HTML. */
export function checkPage({ loaded: { url, reply, failure }, page }: Seen): Verdict[] {
  const place = placeOf(url)
  if (reply === null) return [fail(`${place} cannot be loaded: ${failure}`, 'Open it in a browser, and name the address that it shows there.')]
  if (reply.status !== 200) {
    return [fail(`${place} answers ${reply.status}`, GUARDED.includes(reply.status) ? 'A protection against robots or a login may have answered: let "refledger-doctor" through, or write https://user:password@…' : 'Name a page that visitors come to.')]
  }
  if (page === null) return [fail(`${place} answers with ${reply.headers.get('Content-Type') ?? 'no content type'}, not with HTML`, 'Name a page that visitors come to.')]
  const { refresh } = page.markup
  return [
    page.isCut ? warn(`${place} is longer than ${Math.floor(reply.body.length / 1e6)} MB; only its beginning was read`, 'Put the tag near the top of the page.') : ok(`${place} answers 200 with HTML`),
    ...(refresh === null ? [] : [warn(`it moves on by itself to ${refresh.slice(0, PLACE_CHARS)}`, `A visitor may be gone before the script runs: redirect with status 302 and keep the query, and run "refledger doctor" on that page, too.`)]),
  ]
}

/** Browsers hash e-mail addresses on secure pages only. */
export function checkHttps({ page }: Seen): Verdict[] {
  if (page === null) return []
  const { protocol, hostname } = page.url
  if (protocol === 'https:') return [ok('the page is secure')]
  if (isLocal(hostname)) return [ok('plain http, which browsers trust on this machine')]
  return [warn('the page is plain http: refledger("identify", …) does nothing there', 'Serve the page by https, or report who the customer is from your server (POST /r/identify).')]
}

/** What each parameter is for. */
const LOSSES: Record<string, string> = {
  [CLICK_PARAM]: "the landing page's visit will not join the click of the /go link, and counts as another",
  [CAMPAIGN_PARAM]: 'links that name a campaign count for another one',
}

/** Every redirect keeps what the script reads, in the query or behind the `#`. */
export function checkRedirects({ loaded: { hops, reply }, param }: Seen): Verdict[] {
  const steps = hops.filter(({ to }) => to !== null)
  if (steps.length === 0) return reply === null ? [] : [ok('there are none')]
  const lost = [param, CLICK_PARAM, CAMPAIGN_PARAM].flatMap((name) => lossesOf(steps, name, param))
  return lost.length > 0 ? lost : [ok(`${counted(steps.length, 'redirect')} (to ${placeOf(steps.at(-1)?.to ?? new URL('about:blank'))}) kept ${param}, ${CLICK_PARAM} and ${CAMPAIGN_PARAM}`)]
}

/** The first hop that loses a parameter: behind it there is nothing left to lose. */
function lossesOf(steps: Hop[], name: string, param: string): Verdict[] {
  const lost = steps.find(({ url, to }) => to !== null && valueIn(to, name) !== valueIn(url, name))
  if (lost?.to == null) return []
  const { url, status, to } = lost
  const after = valueIn(to, name)
  const seen = `the redirect (${status}) from ${placeOf(url)} to ${placeOf(to)} ${after === undefined ? `drops "${name}"` : `makes "${after.slice(0, 50)}" of "${name}"`}`
  const advice = `Have that redirect pass the query on as it is, or link straight to ${placeOf(to)}.`
  return [name === param ? fail(`${seen}: nobody who comes that way is counted`, advice) : warn(`${seen}: ${LOSSES[name]}`, advice)]
}

/** As the script looks for it; codes are the same in capitals. */
const valueIn = ({ search, hash }: URL, name: string): string | undefined => new URLSearchParams(`${search}&${hash.replace(/^#(.*\?)?/, '')}`).get(name)?.toLowerCase() || undefined
