/** `npm run bench:script`: what the browser script weighs by feature, and how long it keeps a page busy next to an empty one. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { chromium } from 'playwright-core'
import { buildScript } from '../../browser/build.ts'
import { FLAGS, unpacked } from '../browser/one-browser.ts'

/** A feature is left out by edits of the sources: the file, what stands there, and what instead. */
type Edit = readonly [file: string, from: string, to: string]
const FEATURES: Record<string, readonly Edit[]> = {
  'cross-domain passes, link': [
    ['index.ts', '  handOver()\n', ''], ['index.ts', '  then(renew)\n', ''], ['index.ts', '        return then(renew)\n', '        return done\n'],
    ['index.ts', '    link: async (address) => {\n      await renew()\n      return mark(address)\n    },\n', ''],
    ['visit.ts', '  takePass(answer.pass)\n', ''], ['visit.ts', '  takePass()\n', ''], ['capture.ts', ', pass: tell(PASS_PARAM)', ''],
  ],
  'identify': [['index.ts', '    identify,\n', '']],
  'cart': [['index.ts', '    cart: attach,\n', '']],
  'single-page applications': [['index.ts', '  watchAddress(start)\n', '']],
  'prerender': [['index.ts', "  if ((document as { prerendering?: boolean }).prerendering) then(() => new Promise((resolve) => addEventListener('prerenderingchange', resolve)))\n", '']],
  'kept and sent again': [['visit.ts', 'return { ...JSON.parse(load(KEPT)!), ...open }', 'return open'], ['visit.ts', 'save(KEPT, JSON.stringify(open))', '{}'], ['visit.ts', '  save(KEPT)\n', ''], ['index.ts', "  addEventListener('online', start)\n", '']],
  'reload and back': [['visit.ts', "load(SEEN, 'sessionStorage') ?? ''", "''"], ['visit.ts', 'performance.navigation?.type', 'false'], ['visit.ts', "    save(SEEN, seen, 'sessionStorage')\n", ''], ['visit.ts', "  save(SEEN, '', 'sessionStorage')\n", '']],
  'one session for several tabs': [['visit.ts', 'await navigator.locks.request(SESSION_COOKIE, openSession)', 'openSession()']],
  'consent and forget': [
    ['index.ts', "    if (command === 'consent') {\n      if (allow(given)) {\n        then(flush)\n        return then(renew)\n      }\n      command = 'forget'\n    }\n    // A visitor's no waits for no call in flight, and is heard again in its turn.\n    if (command === 'forget') done = Promise.all([done, forget()])\n", ''],
    ['index.ts', '    forget,\n', ''], ['index.ts', '  if (keepsNothing) then(forget)\n', ''], ['beacon.ts', "!session || !(allowed || name == 'forget')", '!session'], ['visit.ts', "  if (!allowed) return say('no consent')\n", ''],
  ],
  'Global Privacy Control': [['store.ts', "(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl && gpc != 'ignore'", 'false']],
  'cookies of other systems': [['visit.ts', 'capture() ?? (code && !readSession() && !seen ? arrivalBy({ ref: code, adopted: true }) : undefined)', 'capture()'], ['visit.ts', '  const code = foreignCode()\n', ''], ['session.ts', ", Cookies.get('_rc_sid')]", ']'], ['session.ts', '[SESSION_COOKIE, \'_rc_sid\', ...FOREIGN]', '[SESSION_COOKIE]']],
  'aliases': [['config.ts', "(dataset['aliases'] == null ? '' : ',' + ALIAS_PARAMS)", "''"]],
  'coupon parameter': [['capture.ts', ', coupon: tell(coupon)', '']],
  'fragments': [['capture.ts', " + '&' + rest.hash.replace(/^#(.*\\?)?/, '')", '']],
  'clean address': [['visit.ts', "    if (clean != null) history.replaceState(history.state, '', rest)\n", ''], ['capture.ts', '    rest.searchParams.delete(name!)\n', '']],
  'fields filled': [['index.ts', "  addEventListener('submit', fillFields, true)\n", ''], ['index.ts', 'result.then(fillFields)', 'result']],
  'debug words': [['say.ts', 'aloud = debug != null', 'aloud = false'], ...["  say('counted')\n", " say('kept')", " say('no consent')", " say('GPC')"].map((words): Edit => ['visit.ts', words, '']), ...["say('no code')", "say('seen')"].map((words): Edit => ['visit.ts', words, '{}'])],
  'answers bounded in time': [['beacon.ts', '      signal: AbortSignal.timeout?.(ANSWER_MS),\n', '']],
}
const ROUNDS = 40

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const sourceOf = (file: string): string => readFileSync(join(import.meta.dirname, '../../browser', file), 'utf8')

const directory = mkdtempSync(join(tmpdir(), 'refledger-bench-'))
try {
  await weigh()
  await time()
} finally {
  rmSync(directory, { recursive: true })
}

async function weigh(): Promise<void> {
  const outfile = join(directory, 'r.js')
  const cookies = join(import.meta.dirname, '../../node_modules/js-cookie/dist/js.cookie.mjs')
  const whole = (await buildScript(outfile)).brotliBytes
  console.log(`r.js: ${whole} B brotli; js-cookie alone ${await without(outfile, [['index.ts', sourceOf('index.ts'), `import Cookies from ${JSON.stringify(cookies)}\nwindow.Cookies = Cookies`]])} B. Left out, each by itself:`)
  for (const [feature, edits] of Object.entries(FEATURES)) console.log(`  ${feature.padEnd(30)} ${String(whole - (await without(outfile, edits))).padStart(5)} B`)
}

/** The size of a script without a feature; throws when an edit fits nowhere any more. */
async function without(outfile: string, edits: readonly Edit[]): Promise<number> {
  const applied = new Set<Edit>()
  const { brotliBytes } = await buildScript(outfile, [{
    name: 'without',
    setup: (build) => build.onLoad({ filter: /[/]browser[/][\w-]+\.ts$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8')
      for (const edit of edits) {
        const [file, from, to] = edit
        if (file !== basename(path) || !contents.includes(from)) continue
        contents = contents.replace(from, to)
        applied.add(edit)
      }
      return { contents, loader: 'ts' }
    }),
  }])
  for (const edit of edits) if (!applied.has(edit)) throw new Error(`nothing to leave out in ${edit[0]}: ${edit[1]}`)
  return brotliBytes
}

/** Pages take turns: without a script, with it and no arrival, with it and one. */
async function time(): Promise<void> {
  const script = readFileSync(join(import.meta.dirname, '../../dist/r.js'))
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/r/')) return void response.end('{"click":"c","session":"01a1fe88-8780-7b0c-846f-c529321cca56","cookie":false,"attributes":{"expires":90,"sameSite":"Lax","secure":false},"pass":"p"}')
    if (request.url === '/r.js') return void response.setHeader('Content-Type', 'text/javascript').end(script)
    response.setHeader('Content-Type', 'text/html').end(`<!doctype html><link rel="icon" href="data:,">${request.url?.startsWith('/empty') ? '' : '<script async src="/r.js"></script>'}<p>Shop</p>`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM_PATH'] ?? (await unpacked()), args: FLAGS })
  const pages = { 'empty page': '/empty', 'script, no arrival': '/', 'script, an arrival': '/?ref=ana' }
  const found = Object.fromEntries(Object.keys(pages).map((name) => [name, { script: [] as number[], task: [] as number[] }]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, path] of Object.entries(pages)) {
      const context = await browser.newContext()
      const page = await context.newPage()
      const devtools = await context.newCDPSession(page)
      await devtools.send('Performance.enable')
      await page.goto(origin + path, { waitUntil: 'networkidle' })
      const { metrics } = await devtools.send('Performance.getMetrics')
      const ms = (metric: string): number => (metrics.find((one) => one.name === metric)?.value ?? 0) * 1000
      found[name]?.script.push(ms('ScriptDuration'))
      found[name]?.task.push(ms('TaskDuration'))
      await context.close()
    }
  }
  await browser.close()
  server.close()
  console.log(`\nmedians of ${ROUNDS} loads each, in turns, without any cache; CPU that is slow here is slow for all three`)
  for (const [name, { script: scripts, task }] of Object.entries(found)) console.log(`  ${name.padEnd(20)} scripts ${median(scripts).toFixed(2)} ms   all tasks of the page ${median(task).toFixed(2)} ms`)
}
