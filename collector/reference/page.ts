import { hash } from 'node:crypto'
import { APIS } from './apis.ts'

const STYLE = `
body{margin:0}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;padding:1rem 1.25rem;background:#1c2430;font:16px/1.5 system-ui,sans-serif}
nav a{color:#d5dbe3;text-decoration:none}
nav a[aria-current]{color:#fff;font-weight:600;border-bottom:2px solid #4fc3a1}
nav a:focus-visible{outline:3px solid #4fc3a1;outline-offset:2px}
#reference{max-width:1460px;margin:0 auto}
#reference>p{padding:1rem 1.25rem;font:16px/1.5 system-ui,sans-serif}
`

/** Nothing from elsewhere, nothing inline but this page's own style; calls are tried on this collector alone. */
export const POLICY = `default-src 'none'; script-src 'self'; style-src 'self' 'sha256-${hash('sha256', STYLE, 'base64')}'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const LINKS = APIS.map(({ name, title }, index) => (index === 0
  ? `<a href="?" data-document="openapi.json">${title}</a>`
  : `<a href="?api=${name}" data-api="${name}" data-document="openapi/${name}.json">${title}</a>`)).join('\n')

/** The page that shows the documents, one at a time. */
export const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>API reference</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="docs/swagger-ui.css"><style>${STYLE}</style>
<script defer src="docs/swagger-ui-bundle.js"></script><script defer src="docs/docs.js"></script></head>
<body><nav aria-label="APIs">
${LINKS}
</nav><main id="reference"><noscript><p>The page needs JavaScript; the documents behind it are at <a href="openapi.json">openapi.json</a>.</p></noscript></main></body></html>
`
