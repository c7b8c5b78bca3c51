import type { Build } from './script-builds.ts'

/** What a shop pastes into its pages. */
export interface ScriptTags {
  /** The script's address that stays the same. */
  src: string
  /** The address of this one build. */
  pinned: string
  integrity: string
  tag: string
  pinnedTag: string
  /** For visitors without scripts; browsers tell images no more than a page's origin, unless they are asked to. */
  noscript: string
  /** Takes the calls of pages that cannot wait for the script. */
  stub: string
}

/** The queue of early calls, as the script's own notes show it. */
const STUB = `window.refledger = window.refledger || function () {
  var args = arguments
  return new Promise(function (resolve) {
    (refledger.q = refledger.q || []).push([args, resolve])
  })
}`

/** The tags for a collector that is reached there and serves this build. */
export function scriptTags(collectorUrl: string, { name, integrity }: Pick<Build, 'name' | 'integrity'>): ScriptTags {
  // Through the parser, which leaves no quote that could end an attribute.
  const at = (path: string): string => new URL(`${collectorUrl}/${path}`).href
  const src = at('r.js')
  const pinned = at(name)
  return {
    src, pinned, integrity,
    tag: `<script async src="${src}"></script>`,
    pinnedTag: `<script async src="${pinned}" integrity="${integrity}" crossorigin="anonymous"></script>`,
    noscript: `<noscript><img src="${at('r/noscript')}" referrerpolicy="no-referrer-when-downgrade" width="1" height="1" alt=""></noscript>`,
    stub: STUB,
  }
}
