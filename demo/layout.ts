import { flag } from './flags.ts'
import { html } from './html.ts'
import type { Html, Value } from './html.ts'

export interface Page {
  title: string
  /** Where the tracker comes from. */
  collectorUrl: string
  body: Value
  /** The page's own script, beside the tracker. */
  script?: string
}

/** The frame of every page. The tracker's tag is the one line that a merchant pastes; the stub before it keeps early calls. */
export function layout({ title, collectorUrl, body, script }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <link rel="icon" href="/favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/shop.css">
  <link rel="stylesheet" href="/receipt.css">
  <script src="/stub.js"></script>
  <script async src="${collectorUrl}/r.js"></script>
  ${script && html`<script defer src="${script}"></script>`}
</head>
<body>
  <a class="skip" href="#main">Skip to the content</a>
  <header class="top wide">
    <a class="mark" href="/" lang="de">${flag('K')}<span>Kaffee Nord</span></a>
    <nav aria-label="Shop">
      <a href="/#roasts">Roasts</a>
      <a href="/#counter">Behind the counter</a>
    </nav>
  </header>
  <main id="main" tabindex="-1">${body}</main>
  <footer class="foot">
    <div class="wide">
      <p><strong lang="de">Kaffee Nord</strong> is a made-up shop that shows Refledger at work. Nothing is charged and nothing is shipped.</p>
      <p class="hoist">${flag('N')}${flag('O')}${flag('R')}${flag('D')}</p>
    </div>
  </footer>
</body>
</html>`
}
