import type { Issue } from '../../shared/errors.ts'
import type { ScriptTags } from '../script-tag.ts'
import type { Installed } from '../service/setup.ts'

/** The pages of the set-up, plain HTML without a script. */

export const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#d5dbe3;--back:#f6f7f9;--card:#fff;--mark:#0b6b57;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf1;--soft:#9aa6b5;--line:#323c49;--back:#12171d;--card:#1a212a;--mark:#4fc3a1;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:44rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.1rem;margin:2rem 0 .4rem}
p{margin:.4rem 0;color:var(--soft)}
form,section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.25rem 1.5rem;margin-top:1.5rem}
section h2:first-child{margin-top:0}
label{display:block;font-weight:600;margin-top:1rem}
label:first-child{margin-top:0}
small{display:block;font-weight:400;color:var(--soft)}
input{width:100%;font:inherit;color:inherit;background:var(--back);border:1px solid var(--line);border-radius:6px;padding:.55rem .7rem;margin-top:.25rem}
input:focus-visible,button:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
input[aria-invalid=true]{border-color:var(--bad)}
.error{color:var(--bad);font-weight:400;margin:.2rem 0 0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
.pair label{margin-top:1rem}
@media(max-width:34rem){.pair{grid-template-columns:1fr;gap:0}}
button{font:inherit;font-weight:600;margin-top:1.5rem;border:0;border-radius:6px;padding:.65rem 1.2rem;background:var(--mark);color:var(--card);cursor:pointer}
pre{overflow-x:auto;background:var(--back);border:1px solid var(--line);border-radius:6px;padding:.8rem;font:13px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
dt{font-weight:600;margin-top:.6rem}
dd{margin:0;font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere;user-select:all}
`

/** What was typed, and what is wrong with it. */
export interface FormState {
  values: Record<string, string>
  issues: Issue[]
}

const FIELDS = [
  { name: 'merchant', label: 'Name of the shop', hint: 'As your affiliates know it.', value: '', type: 'text', complete: 'organization' },
  { name: 'site', label: 'Address of the shop', hint: 'A host such as shop.example; its subdomains are included.', value: '', type: 'text', complete: 'url' },
  { name: 'email', label: 'Your e-mail', hint: 'The owner of this account.', value: '', type: 'email', complete: 'email' },
]
const DETAILS = [
  { name: 'currency', label: 'Currency', hint: 'Three letters, such as EUR.', value: 'EUR', type: 'text', complete: 'off' },
  { name: 'timezone', label: 'Time zone', hint: 'Such as Europe/Berlin.', value: 'UTC', type: 'text', complete: 'off' },
]

/** The form that makes the first merchant. */
export function formPage(state: FormState): string {
  return page('Set up Refledger', `
<h1>Set up Refledger</h1>
<p>One form, and the collector is ready: it makes the shop, a first campaign (10 %, 30 days) and your keys. This link works once.</p>
<form method="post">
${FIELDS.map((field) => inputOf(field, state)).join('')}
<div class="pair">${DETAILS.map((field) => `<div>${inputOf(field, state)}</div>`).join('')}</div>
<button>Set up</button>
</form>`)
}

/** The owner's page after `init` on the command line. */
export function keysPage({ merchant, site }: { merchant: string; site: string }): string {
  return page(`Install on ${site}`, `
<h1>${escape(merchant)} is set up</h1>
<p>The next page shows the script tag for ${escape(site)}, new API keys and the first calls, filled in. It shows them once: this link is spent then. Keys made before stay as they are.</p>
<form method="post"><button>Show my keys</button></form>`)
}

/** What to paste where; the only time that the keys are seen. */
export function installedPage({ site, keys, campaignId, collector, currency, tags }: Installed & { collector: string; currency: string; tags: ScriptTags }): string {
  return page('Ready', `
<h1>Ready. Keep this page.</h1>
<p>The keys are shown this once and stored nowhere. Campaign <code>${escape(campaignId)}</code> pays 10 % for 30 days.</p>
<section>
<h2>1. The script, on every page of ${escape(site)}</h2>
<pre>${escape(tags.tag)}</pre>
<p>It keeps itself up to date. A shop that lets no script change unseen pins this build instead, which stays as it is until you change the tag:</p>
<pre>${escape(tags.pinnedTag)}</pre>
<h2>2. Your keys</h2>
<dl>
<dt>RefCampaign dialect</dt><dd>${escape(keys.refcampaign)}</dd>
<dt>Refgrow dialect</dt><dd>${escape(keys.refgrow)}</dd>
<dt>Refersion dialect, public and secret</dt><dd>${escape(keys.refersion.public)}</dd><dd>${escape(keys.refersion.secret)}</dd>
</dl>
<h2>3. A first affiliate</h2>
<p>Where the collector runs, with the program as you started it: <code>./refledger</code>, <code>npx refledger</code>, or <code>npm run -s refledger --</code>.</p>
<pre>${escape(`refledger affiliate create --campaign ${campaignId} --email ana@partner.example --name Ana --code affiliate-1`)}</pre>
<h2>4. The first calls</h2>
<pre>${escape(curls({ site, token: keys.refcampaign, collector, currency }))}</pre>
<p>Sent again, the order counts once. Who earned what, and why:</p>
<pre>refledger conversion show ord_42</pre>
</section>`)
}

/** A link that leads nowhere any more. */
export const gonePage = (message: string): string => page('Link ended', `<h1>This link has ended</h1><p>${escape(message)}</p>`)

function curls({ site, token, collector, currency }: { site: string; token: string; collector: string; currency: string }): string {
  return `export REFCAMPAIGN_API_KEY='${token}'

curl -X POST ${collector}/api/v1/track/click \\
  -H "Content-Type: application/json" \\
  -d '{"tracking_url": "https://${site}/?ref=affiliate-1", "session_id": "test-session-001"}'

curl -X POST ${collector}/api/v1/conversions/track \\
  -H "Authorization: Bearer $REFCAMPAIGN_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"sessionId": "test-session-001", "amount": 49.90, "currency": "${currency}", "metadata": {"orderId": "ord_42"}}'`
}

function inputOf({ name, label, hint, value, type, complete }: (typeof FIELDS)[number], { values, issues }: FormState): string {
  const wrong = issues.find(({ path }) => path[0] === name)
  const error = wrong === undefined ? '' : `<span class="error" id="${name}-error">${escape(wrong.message)}</span>`
  const state = wrong === undefined ? '' : ` aria-invalid="true" aria-describedby="${name}-error"`
  return `<label>${escape(label)}<small>${escape(hint)}</small><input name="${name}" type="${type}" autocomplete="${complete}" required value="${escape(values[name] ?? value)}"${state}>${error}</label>\n`
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escape(title)}</title><style>${STYLE}</style></head>
<body><main>${body}</main></body></html>
`
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
