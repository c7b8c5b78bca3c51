import type { Receipt, ReceiptCommission, ReceiptTouch } from '../shared/client/index.ts'
import { tin } from './flags.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import type { Order } from './orders.ts'
import { euro } from './roasts.ts'

/** Where the merchant is at home; the page cannot know where the reader is. */
const WHEN = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' })

const EVIDENCE: Record<string, string> = {
  explicit: 'Affiliate named by the shop',
  click_id: 'The click itself',
  session: 'This browser’s session',
  affiliate_code: 'Code given with the order',
  coupon: 'Coupon',
  trigger: 'Coupon or e-mail trigger',
  email: 'E-mail trigger',
  identity: 'Same customer, other session',
}

const VERDICT: Record<string, string> = {
  WON: 'Won',
  SHARED: 'Shares',
  LATER_TOUCH_WON: 'A later visit won',
  EARLIER_TOUCH_WON: 'An earlier visit won',
  WEAKER_EVIDENCE: 'Stronger evidence won',
  OUTSIDE_WINDOW: 'Too long ago',
  AFTER_CONVERSION: 'Came after the order',
  UNKNOWN_CODE: 'Nobody has this code',
  AFFILIATE_INACTIVE: 'Affiliate not active',
  NOT_ENROLLED: 'Not in the campaign',
  CAMPAIGN_ARCHIVED: 'Campaign has ended',
  SELF_REFERRAL: 'Bought through own link',
  MODE_MISMATCH: 'Test and live do not mix',
  BOT: 'A robot’s visit',
}

/** A word for a code, or the code made readable where a newer collector knows more than this shop. */
const wordFor = (words: Record<string, string>, code: string): string => words[code] ?? code.toLowerCase().replaceAll('_', ' ')

export function orderPage(order: Order, receipt: Receipt | undefined): Html {
  return html`<section class="wide thanks">
    <div>
      <h1>Thank you, ${order.firstName}.</h1>
      <p class="lead">Your order is <strong>${order.id}</strong>. It goes on the drum on Tuesday.</p>
      <dl class="sheet">
        <div><dt>Roast</dt><dd><span lang="de">${order.roast.name}</span>, ${order.quantity} × 250 g</dd></div>
        <div><dt>Grind</dt><dd>${order.grind}</dd></div>
        <div><dt>Total</dt><dd>${euro(order.totalMinor)}</dd></div>
      </dl>
    </div>
    <div class="stage">${tin(order.roast.flag)}</div>
  </section>
  <section class="wide slip-wrap">
    <div class="slip" aria-labelledby="slip-title" role="region">
      <h2 id="slip-title">Who earned what, and why</h2>
      ${receipt ? decision(receipt) : noDecision(order)}
    </div>
  </section>`
}

/** The order stands either way; this says plainly what the ledger knows of it. */
function noDecision({ id, report }: Order): Html {
  const again = html`<p><a class="button quiet" href="/order/${id}">Look again</a></p>`
  if (report.state === 'refused') return html`<p class="outcome">Not in the ledger</p><p>The collector refused the report of this order: <code>${report.reason}</code>. Your order is not affected.</p>`
  if (report.state === 'booked') return html`<p class="outcome">Booked</p><p>The collector has the order as <code>${report.conversionId}</code>, but its receipt cannot be read right now.</p>${again}`
  if (report.state === 'under way') return html`<p class="outcome">Not in the ledger yet</p><p>The report of this order is still on its way to the collector. Your order is not affected.</p>${again}`
  return html`<p class="outcome">Not in the ledger yet</p>
    <p>The collector did not answer: <code>${report.reason}</code>. Your order stands, and the shop is now reporting it again. Reported twice, it still counts once.</p>${again}`
}

function decision(receipt: Receipt): Html {
  // The table below has a sentence for each touch; here stands what is left of the explanation.
  const told = new Set(receipt.touches.map(({ text }) => text))
  return html`
    ${receipt.commissions.length > 0 ? receipt.commissions.map(earned) : html`<p class="outcome">Nobody earned on this order</p>`}
    <ul class="why">${receipt.text.filter((sentence) => !told.has(sentence)).map((sentence) => html`<li>${sentence}</li>`)}</ul>
    ${receipt.touches.length > 0 && touchTable(receipt.touches)}
    ${receipt.touches.length + receipt.text.length === 0 && html`<p>The collector knows of no visit and no code that belongs to this customer.</p>`}
    <p class="small">Conversion <code>${receipt.conversionId}</code>, ${receipt.status.toLowerCase()}. ${receipt.marks.length > 0 && html`Marks: ${receipt.marks.join(', ')}. `}Times are Berlin’s.</p>`
}

function earned({ affiliateName, affiliateCode, amountMinor, rate, campaignName, status }: ReceiptCommission): Html {
  return html`<div class="earned">
    <p class="outcome">${affiliateName} <code>${affiliateCode}</code></p>
    <p class="sum">${euro(amountMinor)}</p>
    <p class="terms">${rate} in ${campaignName} <span class="state">${status.toLowerCase()}</span></p>
  </div>`
}

/** Roles are spelled out because the narrow layout takes the table display away, and with it the meaning. */
function touchTable(touches: readonly ReceiptTouch[]): Html {
  return html`<table role="table">
    <caption>Every visit and code that was considered</caption>
    <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">When</th><th role="columnheader" scope="col">Code</th><th role="columnheader" scope="col">Evidence</th><th role="columnheader" scope="col">Verdict</th></tr></thead>
    <tbody role="rowgroup">${touches.map((touch) => html`<tr role="row" ${touch.verdict === 'WON' && html`class="won"`}>
      <td role="cell" data-label="When"><time datetime="${touch.occurredAt}">${WHEN.format(new Date(touch.occurredAt))}</time></td>
      <td role="cell" data-label="Code"><code>${touch.code}</code>${touch.affiliateName && html`<small>${touch.affiliateName}</small>`}</td>
      <td role="cell" data-label="Evidence">${wordFor(EVIDENCE, touch.evidence)}</td>
      <td role="cell" data-label="Verdict"><strong>${wordFor(VERDICT, touch.verdict)}</strong><small>${touch.text}</small></td>
    </tr>`)}</tbody>
  </table>`
}
