import { randomUUID } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { Command } from 'commander'
import { invalid } from '../../shared/errors.ts'
import { counted } from '../../shared/engine/words.ts'
import { AffiliateCode } from '../../shared/wire/text.ts'
import { asker } from '../doctor/ask.ts'
import { examine } from '../doctor/examine.ts'
import { isLocal } from '../doctor/hosts.ts'
import { look, type World } from '../doctor/look.ts'
import type { Finding, Level, Seen } from '../doctor/seen.ts'
import { valid } from '../http/body.ts'
import type { Output, Streams } from './program.ts'

/** A code that needs no affiliate: nothing is counted. */
const CODE = 'refledger-doctor'
const DNS_WAIT_MS = 5_000

const HELP = `
It follows the redirects, reads the tag, the script and the page's policies, and asks the collector one harmless
question. It needs no database and writes nothing: run it anywhere, on any page that it can reach.

Each line is ok, warn (some visitors are lost, or will be) or FAIL (visits are lost); exit 1 when one says FAIL.

Example:
  refledger doctor https://www.shop.example/
  refledger doctor https://www.shop.example/ --tag https://track.shop.example/r.js`

/** `doctor`: checks a page of the shop from outside. What is outside can be handed in. */
export function doctorCommand(streams: Streams, worldOf: () => World = realWorld): Command {
  // It takes no configuration: whatever collector the page names is asked.
  return new Command('doctor').summary('check the tag on a page of the shop, and all that it leads to').description('check the tag on a page of the shop, and all that it leads to').addHelpText('after', HELP)
    .argument('<url>', 'a page that affiliates link to')
    .option('--code <code>', "what the page is asked with, as an affiliate's code", CODE)
    .option('--tag <url>', 'the address of the script, where it is not called r.js or something inserts its tag')
    .option('--json', 'print one JSON document on stdout')
    .action(async (given: string, { code, tag, json }: { code: string; tag?: string; json?: true }) => {
      const url = addressOf(given)
      if (tag !== undefined && !/^https?:$/.test(URL.parse(tag, url)?.protocol ?? '')) throw invalid('tag', 'must be the address of a script')
      const seen = await look({ url, code: valid(AffiliateCode, code), tag, session: randomUUID() }, worldOf())
      const output = outputOf(seen, examine(seen))
      streams.out(`${json === true ? JSON.stringify(output.json) : output.text}\n`)
      process.exitCode = output.exitCode ?? 0
    })
}

/** The network, and this machine's clock, read as the start of the process and the time since. */
const realWorld = (): World => ({ ask: asker(), lookups: new Resolver({ timeout: DNS_WAIT_MS, tries: 1 }), now: () => performance.timeOrigin + performance.now() })

/** A page's address; a bare host is one, too. */
function addressOf(text: string): URL {
  const bare = text.includes('://') ? null : URL.parse(`https://${text}`)
  if (bare !== null && isLocal(bare.hostname)) bare.protocol = 'http:'
  const url = bare ?? URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid('url', 'must be an http or https URL, such as https://www.shop.example/')
  return url
}

/** Much of it was said by a stranger's page, which must not move the terminal's cursor or turn its text round. */
const printable = (line: string): string => line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')

const WORDS: Record<Level, string> = { ok: 'ok', warn: 'warn', fail: 'FAIL' }

function outputOf({ loaded, code, setup }: Seen, checks: Finding[]): Output {
  const [failed, warned] = (['fail', 'warn'] as const).map((level) => checks.filter((check) => check.level === level).length) as [number, number]
  const width = Math.max(...checks.map(({ check }) => check.length))
  const lines = checks.flatMap(({ check, level, seen, advice }) => [`${WORDS[level].padEnd(4)}  ${check.padEnd(width)}  ${seen}`, ...(advice === null ? [] : [`${' '.repeat(width + 8)}${advice}`])].map(printable))
  const sum = failed + warned === 0 ? 'All is as it must be.' : [...(failed > 0 ? [`${failed} failed`] : []), ...(warned > 0 ? [counted(warned, 'warning')] : [])].join(', ')
  return {
    json: { ok: failed === 0, url: loaded.url.href, code, script: setup?.tag.url.href ?? null, collector: setup?.calls?.href ?? null, checks },
    text: [...lines, '', `${sum}${setup === null ? '; nothing more can be checked until that is mended' : ''}`].join('\n'),
    exitCode: failed > 0 ? 1 : 0,
  }
}
