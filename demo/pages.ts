import { flag, mugShip, tin } from './flags.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import { GRINDS, MOST_TINS, ROASTS, euro } from './roasts.ts'
import type { Roast } from './roasts.ts'

/** An affiliate's link, for the panel that tells what to try. */
export interface AffiliateLink {
  name: string
  code: string
  /** Through the collector, which counts the click before the shop's page loads. */
  link: string
}

export function landingPage(links: readonly AffiliateLink[], shopUrl: string): Html {
  return html`
  <section class="hero">
    <div class="wide hero-inner">
      <div>
        <h1>Coffee for people who are up before the ferry.</h1>
        <p class="lead">Six roasts from a shed on the Elbe. Each flies the signal flag that says what it will do to you.</p>
        <a class="button" href="#roasts">Choose your roast</a>
      </div>
      ${mugShip()}
    </div>
    <svg class="waves" viewBox="0 0 1200 60" preserveAspectRatio="none" aria-hidden="true">
      <path class="w-back" d="M0 24c100-24 200-24 300 0s200 24 300 0 200-24 300 0 200 24 300 0v36H0z"/>
      <path class="w-front" d="M0 40c75-18 150-18 225 0s150 18 225 0 150-18 225 0 150 18 225 0 150-18 300 0v20H0z"/>
    </svg>
  </section>
  <section class="facts" aria-label="How we work">
    <ul class="wide">
      <li><strong>Tuesday</strong> we roast, twelve kilos at a time.</li>
      <li><strong>Wednesday</strong> it goes out, postage included.</li>
      <li><strong>Friday</strong> you drink it, at the latest.</li>
    </ul>
  </section>
  <section class="wide roasts" id="roasts" aria-labelledby="roasts-title">
    <h2 id="roasts-title">Six roasts, six signals</h2>
    <ul class="shelf">${ROASTS.map(card)}</ul>
  </section>
  ${counter(links, shopUrl)}`
}

function card(roast: Roast): Html {
  return html`<li class="card">
    <div class="stage">${tin(roast.flag)}</div>
    <h3><a href="/roasts/${roast.slug}" lang="de">${roast.name}</a></h3>
    <p class="signal">“${roast.signal}”</p>
    <p class="notes">${roast.notes}</p>
    <p class="price">${euro(roast.priceMinor)} <span>250 g</span></p>
  </li>`
}

/** Demo only: what to click, so that an order afterwards has something to tell. */
function counter(links: readonly AffiliateLink[], shopUrl: string): Html {
  return html`<section class="counter" id="counter" aria-labelledby="counter-title">
    <div class="wide">
      <div class="counter-how">
        <div>
          <h2 id="counter-title">Behind the counter</h2>
          <p>A real shop would not show you this. These affiliates send it customers, and Refledger works out whom each order belongs to.</p>
        </div>
        <ol>
          <li>Come in through an affiliate’s link. Try a second one too: the later visit should win.</li>
          <li>Buy a tin. The e-mail can be made up.</li>
          <li>Read, below your order, who earned what and why.</li>
        </ol>
      </div>
      <ul class="links">
        ${links.map(({ name, code, link }) => html`<li>
          <h3>${name} <code>${code}</code></h3>
          <p><span>Counted by the collector, then on to the shop</span><a href="${link}">${link}</a></p>
          <p><span>Straight to the shop, counted by the script</span><a href="/?ref=${encodeURIComponent(code)}">${shopUrl}/?ref=${encodeURIComponent(code)}</a></p>
        </li>`)}
        ${links.length === 0 && html`<li><p>No affiliate has joined yet.</p></li>`}
      </ul>
    </div>
  </section>`
}

export function roastPage(roast: Roast): Html {
  return html`<article class="wide roast">
    <div class="stage">${tin(roast.flag)}</div>
    <div>
      <p class="crumb"><a href="/#roasts">All roasts</a></p>
      <h1 lang="de">${roast.name}</h1>
      <p class="signal">${flag(roast.flag)}<span>“${roast.signal}”</span></p>
      <p class="lead">${roast.blurb}</p>
      <dl class="sheet">
        <div><dt>Tastes of</dt><dd>${roast.notes}</dd></div>
        <div><dt>Grown in</dt><dd>${roast.origin}</dd></div>
        <div><dt>Roast</dt><dd>${roast.roast}</dd></div>
        <div><dt>Good for</dt><dd>${roast.brew}</dd></div>
      </dl>
      <form class="buy" action="/checkout" method="get">
        <input type="hidden" name="roast" value="${roast.slug}">
        <p class="price">${euro(roast.priceMinor)} <span>per 250 g tin</span></p>
        <p class="field"><label for="grind">Grind</label><select id="grind" name="grind">${GRINDS.map((grind) => html`<option>${grind}</option>`)}</select></p>
        <p class="field"><label for="quantity">Tins</label><select id="quantity" name="quantity">${Array.from({ length: MOST_TINS }, (_, index) => html`<option>${index + 1}</option>`)}</select></p>
        <button class="button">Go to checkout</button>
      </form>
    </div>
  </article>`
}

export function messagePage(title: string, text: string): Html {
  return html`<section class="wide message">${flag('U')}<h1>${title}</h1><p class="lead">${text}</p><a class="button" href="/#roasts">See the roasts</a></section>`
}
