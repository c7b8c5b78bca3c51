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
  /** What `<meta name="referrer">` says; the last one counts. */
  referrerPolicy: string | null
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
/** An address in quotes whose file is `r.js`, or one build of it; of a length that no hostile page can make slow. */
const MENTION = /["'`]([^"'`\s]{0,300}\/r(?:\.[0-9a-f]{1,40})?\.js)(?:\?[^"'`\s]{0,300})?["'`]/g
/** Elements whose scripts do not run. */
const IDLE = ['noscript', 'template', 'svg', 'textarea', 'iframe']

/** Deeper than any page that somebody wrote: the parser would take hours over it. */
const DEEPEST = 1000
const PIECE_CHARS = 4096

/** Reads a page, until it is deeper than pages are; HTML has no errors, so this never throws. */
export function readMarkup(html: string): Markup {
  const markup: Markup = { base: null, scripts: [], policies: [], referrerPolicy: null, refresh: null, images: [], mentioned: [], managers: Object.keys(MANAGERS).filter((name) => MANAGERS[name]?.test(html)) }
  /** Of the elements that are open, those that matter: a page may open a million others. */
  const around: string[] = []
  let position = 0
  let depth = 0
  let inline = ''
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
    meta: ({ 'http-equiv': equivalent = '', name = '', content = '' }) => {
      // Inside `<noscript>` it is for visitors whom no script counts; in the body browsers take no policy.
      if (around.includes('noscript')) return
      if (equivalent.toLowerCase() === 'content-security-policy' && !inBody) markup.policies.push({ content, position })
      if (name.toLowerCase() === 'referrer' && content !== '') markup.referrerPolicy = content
      if (equivalent.toLowerCase() === 'refresh') markup.refresh ??= /^[\s\d.]*[;,]\s*(?:url\s*=\s*)?["']?([^"']+)/i.exec(content)?.[1]?.trim() ?? null
    },
  }

  const parser = new Parser({
    onopentag(name, attributes) {
      opened[name]?.(attributes)
      if (name === 'script' || IDLE.includes(name)) around.push(name)
      position += 1
      depth += 1
    },
    ontext(text) {
      if (around.at(-1) === 'script') inline += text
    },
    onclosetag(name) {
      depth -= 1
      if (name === 'script') {
        markup.mentioned.push(...[...inline.matchAll(MENTION)].map(([, address = '']) => address))
        inline = ''
      }
      if (name === 'head') inBody = true
      const at = name === 'script' || IDLE.includes(name) ? around.lastIndexOf(name) : -1
      if (at !== -1) around.length = at
    },
  })
  const isTooDeep = (): boolean => depth >= DEEPEST
  for (let at = 0; at < html.length && !isTooDeep(); at += PIECE_CHARS) parser.write(html.slice(at, at + PIECE_CHARS))
  // To end what is too deep would be to close all of it.
  if (!isTooDeep()) parser.end()
  return markup
}
