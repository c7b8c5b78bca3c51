/** What of a page's HTML matters to a tag. */
import { Parser } from 'htmlparser2'

/** A `<script>` with an address. */
export interface ScriptElement {
  src: string
  attributes: Record<string, string>
  /** How many elements began before it. */
  position: number
  /** The element around it that keeps it from running. */
  idleIn: string | null
}

export interface Markup {
  base: string | null
  scripts: ScriptElement[]
  /** Policies in `<meta>`, where browsers heed them. */
  policies: { content: string; position: number }[]
  /** Where `<meta http-equiv="refresh">` leads. */
  refresh: string | null
  /** Images inside `<noscript>`. */
  images: { src: string; referrerPolicy: string | null }[]
  /** Addresses in inline scripts that look like our script's. */
  mentioned: string[]
  /** Tag managers that the page loads, by name. */
  managers: string[]
}

const MANAGERS: Record<string, RegExp> = {
  'Google Tag Manager': /googletagmanager\.com\/(gtm|gtag)/, 'Tealium iQ': /tags\.tiqcdn\.com/, 'Adobe Tags': /assets\.adobedtm\.com/, 'Matomo Tag Manager': /\/container_\w+\.js/, Segment: /cdn\.segment\.com/,
}
/** An address in quotes whose file is `r.js`, or one build of it. */
const MENTION = /["'`]([^"'`\s]*\/r(?:\.[0-9a-f]+)?\.js)(?:\?[^"'`\s]*)?["'`]/g
/** Elements whose scripts do not run. */
const IDLE = ['noscript', 'template', 'svg', 'textarea', 'iframe']

/** Reads a page; HTML has no errors, so this never throws. */
export function readMarkup(html: string): Markup {
  const markup: Markup = { base: null, scripts: [], policies: [], refresh: null, images: [], mentioned: [], managers: Object.keys(MANAGERS).filter((name) => MANAGERS[name]?.test(html)) }
  const around: string[] = []
  let position = 0
  let inBody = false

  const opened: Record<string, (attributes: Record<string, string>) => void> = {
    body: () => {
      inBody = true
    },
    base: ({ href }) => {
      markup.base ??= href ?? null
    },
    script: (attributes) => {
      if (attributes['src'] !== undefined) markup.scripts.push({ src: attributes['src'], attributes, position, idleIn: around.find((name) => IDLE.includes(name)) ?? null })
    },
    img: ({ src, referrerpolicy }) => {
      if (src !== undefined && around.includes('noscript')) markup.images.push({ src, referrerPolicy: referrerpolicy ?? null })
    },
    meta: ({ 'http-equiv': equivalent = '', content = '' }) => {
      // Inside `<noscript>` it is for visitors whom no script counts; in the body browsers take no policy.
      if (around.includes('noscript')) return
      if (equivalent.toLowerCase() === 'content-security-policy' && !inBody) markup.policies.push({ content, position })
      if (equivalent.toLowerCase() === 'refresh') markup.refresh ??= /^[\s\d.]*[;,]\s*(?:url\s*=\s*)?["']?([^"']+)/i.exec(content)?.[1]?.trim() ?? null
    },
  }

  const parser = new Parser({
    onopentag(name, attributes) {
      opened[name]?.(attributes)
      around.push(name)
      position += 1
    },
    ontext(text) {
      if (around.at(-1) === 'script') markup.mentioned.push(...[...text.matchAll(MENTION)].map(([, address = '']) => address))
    },
    onclosetag(name) {
      if (name === 'head') inBody = true
      if (around.includes(name)) around.length = around.lastIndexOf(name)
    },
  })
  parser.end(html)
  return markup
}
