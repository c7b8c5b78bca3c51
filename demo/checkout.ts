import { z } from 'zod'
import { SESSION_CHARS } from '../shared/limits.ts'
import { tin } from './flags.ts'
import { html } from './html.ts'
import type { Html, Value } from './html.ts'
import type { Purchase } from './orders.ts'
import { GRINDS, MOST_TINS, euro, roastOf } from './roasts.ts'
import type { Roast } from './roasts.ts'

/** What the product page's form asks for; nonsense becomes the plainest choice, not an error page. */
export const Choice = z.object({
  roast: z.string().transform(roastOf).pipe(z.custom<Roast>((roast) => roast !== undefined)),
  quantity: z.coerce.number().int().min(1).max(MOST_TINS).catch(1),
  grind: z.enum(GRINDS).catch(GRINDS[0]),
})
export type Choice = z.infer<typeof Choice>

const Buyer = z.object({
  name: z.string().trim().min(1, 'Please tell us your name.').max(100, 'Please use a shorter name.'),
  email: z.string().trim().pipe(z.email('Please give an address like name@example.org.').max(254)),
  // A session that cannot be one is left out: it must not stand in the way of an order.
  session: z.string().min(1).max(SESSION_CHARS).optional().catch(undefined),
  attempt: z.uuid(),
})

export interface Filled {
  name: string
  email: string
  errors: { name?: string | undefined; email?: string | undefined }
}

export const BLANK: Filled = { name: '', email: '', errors: {} }

/** The purchase that a form asks for, or the form as it came with what is wrong with it. */
export function purchaseOf(choice: Choice, form: Record<string, string>): { purchase: Purchase } | { filled: Filled } {
  const buyer = Buyer.safeParse(form)
  if (buyer.success) {
    const { session, ...rest } = buyer.data
    return { purchase: { ...choice, ...rest, sessionId: session } }
  }
  const { name, email } = z.flattenError(buyer.error).fieldErrors
  return { filled: { name: form['name'] ?? '', email: form['email'] ?? '', errors: { name: name?.[0], email: email?.[0] } } }
}

export function checkoutPage(choice: Choice, filled: Filled, attempt: string): Html {
  const { roast, quantity, grind } = choice
  const total = euro(roast.priceMinor * quantity)
  return html`<section class="wide checkout">
    <form id="checkout" action="/order" method="post">
      <h1>Checkout</h1>
      <p class="lead">This is a demo: there is nothing to pay, and the address can be made up.</p>
      ${field('name', 'Name', filled, html`type="text" autocomplete="name" maxlength="100"`)}
      ${field('email', 'E-mail', filled, html`type="email" autocomplete="email" maxlength="254"`)}
      <p class="hint">Only the shop sees your e-mail. The tracker gets a hash of it.</p>
      <input type="hidden" name="roast" value="${roast.slug}">
      <input type="hidden" name="quantity" value="${quantity}">
      <input type="hidden" name="grind" value="${grind}">
      <input type="hidden" name="attempt" value="${attempt}">
      <input type="hidden" name="session" value="">
      <button class="button">Place the order, ${total}</button>
    </form>
    <aside class="basket" aria-label="Your order">
      <div class="stage">${tin(roast.flag)}</div>
      <dl>
        <div><dt><span lang="de">${roast.name}</span>, ${quantity} × 250 g</dt><dd>${total}</dd></div>
        <div><dt>Grind</dt><dd>${grind}</dd></div>
        <div><dt>Postage</dt><dd>included</dd></div>
        <div class="total"><dt>Total</dt><dd>${total}</dd></div>
      </dl>
    </aside>
  </section>`
}

function field(name: 'name' | 'email', label: string, { errors, ...values }: Filled, attributes: Value): Html {
  const error = errors[name]
  return html`<p class="field">
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" ${attributes} value="${values[name]}" required ${error && html`aria-invalid="true" aria-describedby="${name}-error"`}>
    ${error && html`<span class="error" id="${name}-error">${error}</span>`}
  </p>`
}
