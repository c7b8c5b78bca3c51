/** The tag, and what it says to the script. */
import { MOST_SESSION_DAYS } from '../../shared/limits.ts'
import { listText } from '../../shared/engine/words.ts'
import { placeOf } from './check-page.ts'
import { fail, ok, warn, type Page, type Seen, type Setup, type Tag, type Verdict } from './seen.ts'
import { ATTRIBUTES, listed, paramsOf } from './tag.ts'

/** There is one, and it runs. */
export function checkTag({ page, setup }: Seen): Verdict[] {
  if (page === null) return []
  if (setup === null) return [missing(page)]
  const { tag } = setup
  if (!tag.isOnPage) return [warn(`the HTML of the page holds no tag for ${placeOf(tag.url)}`, `${page.markup.managers[0] ?? 'A tag manager'} or a script must insert it, and doctor cannot see whether it does; what follows is about that address alone, without attributes.`)]
  const running = page.tags.filter(({ idleIn }) => idleIn === null).length
  const problems = [
    ...(running > 1 ? [warn(`${running} tags load the script`, 'Remove all but one: only the first that runs is heeded.')] : []),
    ...runs(tag),
  ]
  return problems.length > 0 ? problems : [ok(`<script ${tag.attributes['async'] === undefined ? 'defer' : 'async'} src="${tag.src}">`)]
}

function missing({ tags, isCut, markup: { mentioned, managers } }: Page): Verdict {
  const [idle] = tags
  if (idle !== undefined) return fail(`the only tag is inside <${idle.idleIn}>, where scripts do not run`, 'Move it out, into the <head> of the page.')
  const seen = 'no <script> of the page loads r.js'
  const [mention] = mentioned
  if (mention !== undefined) return fail(seen, `An inline script names ${mention}: run this again with --tag ${mention}`)
  if (managers.length > 0) return fail(seen, `${listText(managers)} may insert it: run this again with --tag and the script's address. Better paste the tag into the page: blockers stop tag managers.`)
  return fail(isCut ? `${seen}, as far as it was read` : seen, 'Paste the tag that "refledger tag" prints into the <head> of every page. If the script has another name there, run this again with --tag and its address.')
}

const JAVASCRIPT = /^\s*((text|application)\/(x-)?(java|ecma)script)?\s*$/i

function runs({ attributes }: Tag): Verdict[] {
  const { type = '', nomodule, async, defer } = attributes
  if (type.toLowerCase() === 'module') return [fail('the tag is a module, which cannot see its own address and attributes', 'Remove type="module" from the tag.')]
  if (nomodule !== undefined) return [fail('the tag says nomodule, so that no browser of today runs it', 'Remove nomodule from the tag.')]
  if (!JAVASCRIPT.test(type)) return [warn(`the tag is of type "${type}", which does not run until another script changes that`, 'If a consent banner does, rather let the script load and wait by itself: data-consent="required".')]
  if (async === undefined && defer === undefined) return [warn('the tag is neither async nor defer: the page waits for the script', 'Add async to the tag.')]
  return []
}

/** What the tag asks for makes sense together. */
export function checkAttributes({ tag: { attributes, isOnPage }, tag, page }: Setup): Verdict[] {
  if (!isOnPage) return []
  const given = Object.keys(attributes)
  const told = given.filter((name) => ATTRIBUTES.some((one) => name === `data-${one}`))
  const problems = [...given.flatMap(misspelt), ...valuesOf(tag), ...hidesReferrer(page, tag)]
  if (problems.length > 0) return problems
  const notes = [
    ...(attributes['data-consent'] === 'required' ? [`nothing is kept or sent before refledger("consent", "granted")`] : []),
    ...(attributes['data-manual'] === undefined ? [] : [`arrivals count only by refledger("click")`]),
  ]
  return [ok([told.length === 0 ? 'none, so everything is as usual' : listText(told), ...notes].join('; '))]
}

const LONGEST = Math.max(...ATTRIBUTES.map(({ length }) => length))

/** An attribute that looks like one of ours and is not: the script does not see it. */
function misspelt(name: string): Verdict[] {
  const bare = name.replace(/^data[-_]?/, '')
  const known = ATTRIBUTES.find((one) => one === bare.replaceAll(/[-_]/g, ''))
  if (known !== undefined) return name === `data-${known}` ? [] : [warn(`the script does not see the attribute ${name}`, `Write data-${known}.`)]
  if (!name.startsWith('data-')) return []
  if (bare.length > LONGEST + 2) return []
  const [nearest] = ATTRIBUTES.map((one) => ({ one, distance: distanceOf(bare, one) })).toSorted((a, b) => a.distance - b.distance)
  if (nearest === undefined || nearest.distance > (nearest.one.length > 4 ? 2 : 1)) return []
  return [warn(`the script knows no attribute ${name}`, `Write data-${nearest.one}, if that is meant.`)]
}

/** How many letters must be added, removed, replaced or swapped with their neighbour. */
function distanceOf(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const isSwap = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      row.push(Math.min(
        (rows[i - 1]?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (rows[i - 1]?.[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1),
        ...(isSwap ? [(rows[i - 2]?.[j - 2] ?? 0) + 1] : []),
      ))
    }
    rows.push(row)
  }
  return rows.at(-1)?.at(-1) ?? 0
}

/** A pass counts only for visitors of whom the other site sees that they come from this one. */
function hidesReferrer({ headers, markup }: Page, { attributes }: Tag): Verdict[] {
  // Of several values the last counts, as those before it are for older browsers.
  const policy = (markup.referrerPolicy ?? headers.get('Referrer-Policy') ?? '').split(',').at(-1)?.trim().toLowerCase() ?? ''
  if (attributes['data-domains'] === undefined || !['no-referrer', 'same-origin'].includes(policy)) return []
  return [warn(`the page's Referrer-Policy is ${policy}: the sites of data-domains take no visitor over`, 'Set it to strict-origin-when-cross-origin, or another that tells other sites the origin.')]
}

function valuesOf(tag: Tag): Verdict[] {
  const { 'data-consent': consent, 'data-gpc': gpc, 'data-days': days, 'data-coupon': coupon, 'data-domains': domains } = tag.attributes
  const params = paramsOf(tag)
  const strange = listed(domains).filter((name) => !/^[a-z\d_-]+(\.[a-z\d_-]+)*$/.test(name))
  const isDays = Number.isInteger(Number(days)) && Number(days) >= 1 && Number(days) <= MOST_SESSION_DAYS
  return [
    ...(params.includes('ref') ? [] : [warn(`data-param="${params.join(',')}" leaves out ref, which /go links carry`, 'Add ref to data-param.')]),
    ...(consent !== undefined && consent !== 'required' ? [warn(`data-consent="${consent}" means nothing: the script does not wait for consent`, 'Write data-consent="required", or remove it.')] : []),
    ...(gpc !== undefined && gpc !== 'ignore' ? [warn(`data-gpc="${gpc}" means nothing: visitors who ask that nothing be kept are heeded`, 'Write data-gpc="ignore", or remove it.')] : []),
    ...(days !== undefined && !isDays ? [warn(`data-days="${days}" is brought into bounds`, `Write a whole number from 1 to ${MOST_SESSION_DAYS}.`)] : []),
    ...(coupon && params.includes(coupon) ? [warn(`"${coupon}" is read as a code and as a coupon`, 'Name another parameter in data-coupon.')] : []),
    ...(strange.length > 0 ? [warn(`data-domains holds ${strange.join(', ')}, which is no host as browsers spell it`, 'Name hosts, such as blog.example, without https:// and path, in lower case; letters beyond a to z as xn--….')] : []),
  ]
}
