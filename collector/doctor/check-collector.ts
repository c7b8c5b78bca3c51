/** The collector behind the script: it answers, and it knows this page's site. */
import { z } from 'zod'
import { PassReply, Refusal } from '../../shared/wire/script.ts'
import { placeOf } from './check-page.ts'
import { isLocal } from './hosts.ts'
import { fail, ok, warn, type Reply, type Setup, type Verdict } from './seen.ts'
import { isOurs } from './tag.ts'

/** Asked for a pass, which stores nothing, it names the page's site as one of its own. */
export function checkCollector({ page, tag, calls, collector }: Setup): Verdict[] {
  const { hostname, origin } = page.url
  if (calls === null || collector === null) return [fail(`data-api="${tag.attributes['data-api']}" is no address`, 'Name the folder of the script, such as https://track.shop.example, or remove data-api.')]
  const place = placeOf(collector.url)
  const { reply, failure } = collector
  if (reply === null) return [fail(`${place} gives no answer: ${failure}`, whereTo(tag))]
  const [to] = collector.hops.map((hop) => hop.to)
  if (reply.status >= 300 && reply.status < 400 && to) return [fail(`${place} redirects to ${placeOf(to)}, where the script's calls lose their body`, 'Name that address in the tag.')]
  if (reply.status === 429) return [warn(`${place} answers that there were too many calls`, 'Run this again in a minute. If all visitors share one address there, set TRUST_PROXY.')]

  const answer = answerOf(reply)
  if (answer === undefined || reply.status >= 500) return [fail(`${place} answers ${reply.status}, not as a collector does`, reply.status >= 500 ? "Look into the collector's log." : whereTo(tag))]
  if ('message' in answer) return [refused(answer, hostname)]
  if (collector.url.origin === origin) return [ok(`${place} answers, and ${hostname} is a site of a merchant there`)]
  const { headers } = reply
  const isReadable = headers.get('Access-Control-Allow-Origin') === origin && headers.get('Access-Control-Allow-Credentials') === 'true'
  return [isReadable ? ok(`${place} answers, and ${hostname} is a site of a merchant there`) : fail(`${place} answers without letting ${origin} read it`, 'Let whatever stands before the collector pass its Access-Control headers on, and Vary: Origin.')]
}

/** A script of another name does not know which part of its address is its name. */
const whereTo = ({ url, attributes }: Setup['tag']): string => (attributes['data-api'] || isOurs(url)
  ? 'See that the collector is reached there; with data-api, that it names the folder in which r.js is.'
  : 'The script is not called r.js here, so it cannot tell where its collector is: name it in data-api, such as https://track.shop.example.')

const Answer = z.union([PassReply, Refusal])

function answerOf({ body }: Reply): z.infer<typeof Answer> | undefined {
  try {
    return Answer.safeParse(JSON.parse(body.toString())).data
  } catch {
    // No JSON: somebody else answers there.
    return undefined
  }
}

function refused({ code, message }: z.infer<typeof Refusal>, host: string): Verdict {
  if (code === 'INVALID' && message.startsWith('url: ')) return fail(`${host} is not a site of any merchant on the collector: its visits are refused`, `Run "refledger site add ${host}" there, then "refledger site prove ${host}".`)
  if (code === 'FORBIDDEN') return fail(`the collector refuses the page: ${message}`, `See with "refledger site list" whose site ${host} is.`)
  return fail(`the collector refuses the page: ${message}`, 'See that the tag names the right collector.')
}

/** A secure page loads nothing insecure. */
export function checkMixedContent({ page, script, collector }: Setup): Verdict[] {
  if (page.url.protocol !== 'https:') return []
  const open = [...script.hops, ...(collector?.hops ?? [])].map(({ url }) => url).concat(collector === null ? [] : [collector.url]).filter(({ protocol, hostname }) => protocol === 'http:' && !isLocal(hostname))
  const [first] = open
  return [first === undefined ? ok('the script and its calls are secure, like the page') : fail(`the page is secure, and ${placeOf(first)} is not: browsers refuse it`, 'Serve the collector by https, and name it so in the tag.')]
}
