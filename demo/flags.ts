import { html } from './html.ts'
import type { Html } from './html.ts'

/** The international signal flags that this shop hoists. */
export type Letter = 'A' | 'D' | 'E' | 'F' | 'H' | 'K' | 'M' | 'N' | 'O' | 'P' | 'R' | 'U'

/** Each on a square of 60; colours are classes, so that the style sheet alone knows the palette. */
const CLOTH: Record<Letter, Html> = {
  A: html`<path class="f-white" d="M0 0h30v60H0z"/><path class="f-blue" d="M30 0h30L46 30l14 30H30z"/>`,
  D: html`<path class="f-yellow" d="M0 0h60v60H0z"/><path class="f-blue" d="M0 15h60v30H0z"/>`,
  E: html`<path class="f-blue" d="M0 0h60v30H0z"/><path class="f-red" d="M0 30h60v30H0z"/>`,
  F: html`<path class="f-white" d="M0 0h60v60H0z"/><path class="f-red" d="M30 3l27 27-27 27L3 30z"/>`,
  H: html`<path class="f-white" d="M0 0h30v60H0z"/><path class="f-red" d="M30 0h30v60H30z"/>`,
  K: html`<path class="f-yellow" d="M0 0h30v60H0z"/><path class="f-blue" d="M30 0h30v60H30z"/>`,
  M: html`<path class="f-blue" d="M0 0h60v60H0z"/><path class="f-white" d="M0 0h9l21 21L51 0h9v9L39 30l21 21v9h-9L30 39 9 60H0v-9l21-21L0 9z"/>`,
  N: html`<path class="f-white" d="M0 0h60v60H0z"/><path class="f-blue" d="M0 0h15v60h15V0h15v60h15V45H0V30h60V15H0z" fill-rule="evenodd"/>`,
  O: html`<path class="f-red" d="M0 0h60v60z"/><path class="f-yellow" d="M0 0v60h60z"/>`,
  P: html`<path class="f-blue" d="M0 0h60v60H0z"/><path class="f-white" d="M20 20h20v20H20z"/>`,
  R: html`<path class="f-red" d="M0 0h60v60H0z"/><path class="f-yellow" d="M23 0h14v23h23v14H37v23H23V37H0V23h23z"/>`,
  U: html`<path class="f-white" d="M0 0h60v60H0z"/><path class="f-red" d="M0 0h30v60h30V30H0z" fill-rule="evenodd"/>`,
}

/** One flag on its own. Decoration: the words beside it say the same. */
export function flag(letter: Letter): Html {
  return html`<svg class="flag" viewBox="-1 -1 62 62" aria-hidden="true">${CLOTH[letter]}${edge(letter)}</svg>`
}

/** A tin of coffee with its flag for a label. */
export function tin(letter: Letter): Html {
  return html`<svg class="tin" viewBox="0 0 200 240" aria-hidden="true">
    <ellipse class="t-shadow" cx="100" cy="226" rx="76" ry="8"/>
    <path class="t-body" d="M32 46h136v166c0 8-30 14-68 14s-68-6-68-14z"/>
    <path class="t-shine" d="M44 50h10v168c-6-1-10-3-10-5z"/>
    <path class="t-lid" d="M28 24c0-7 32-12 72-12s72 5 72 12v22c0 7-32 12-72 12s-72-5-72-12z"/>
    <ellipse class="t-top" cx="100" cy="24" rx="72" ry="12"/>
    <g transform="translate(63 94) scale(1.24)">${CLOTH[letter]}${edge(letter)}</g>
    <path class="t-rule" d="M63 182h74M63 190h46"/>
  </svg>`
}

/** The hero: an enamel mug under way, signalling its owner's name from both ends of the yard. */
export function mugShip(): Html {
  return html`<svg class="mug-ship" viewBox="0 0 520 560" role="img" aria-label="A coffee mug under way at sea; the signal flags on its mast spell Kaffee Nord">
    <path class="s-steam" d="M322 392c-20-26 22-42 2-70s22-44 4-76"/>
    <path class="s-steam" d="M292 396c-14-20 14-32 2-52"/>
    <path class="s-rope" d="M104 58v400M416 58v284"/>
    <path class="s-rope" d="M260 22L104 58M260 22l156 36"/>
    <path class="s-spar" d="M260 16v400M88 58h344"/>
    ${hoist('KAFFEE', 104)}
    ${hoist('NORD', 416)}
    <path class="m-handle" d="M352 436c52-8 62 72-8 74"/>
    <path class="m-body" d="M168 402h190l-10 130c-2 24-30 40-60 40h-50c-30 0-58-16-60-40z"/>
    <ellipse class="m-rim" cx="263" cy="402" rx="95" ry="17"/>
    <ellipse class="m-coffee" cx="263" cy="403" rx="82" ry="11"/>
    <path class="m-fleck" d="M196 446l5 3M232 470l4-3M300 440l5 2M328 482l-4 4M262 448l3 4M208 500l5 1M284 496l4-4M246 506l2 4"/>
  </svg>`
}

/** Flags below each other on one halyard, first letter on top as at sea. */
function hoist(letters: string, x: number): Html {
  const flags = Array.from(letters, (letter, index) => html`<g transform="translate(${x - 28} ${72 + index * 63}) scale(.94)">${CLOTH[letter as Letter]}${edge(letter as Letter)}</g>`)
  return html`${flags}`
}

function edge(letter: Letter): Html {
  return letter === 'A' ? html`<path class="f-edge" d="M0 0h60L46 30l14 30H0z"/>` : html`<path class="f-edge" d="M0 0h60v60H0z"/>`
}
