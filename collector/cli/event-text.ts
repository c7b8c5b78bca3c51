import { styleText } from 'node:util'
import { listText, moneyText, withoutEmails } from '../../shared/engine/words.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import type { EventKind } from '../../shared/wire/events.ts'
import { codeOf } from '../service/receipts.ts'
import type { Event } from '../store/events.ts'

/** What a line is written with. */
export interface Writing {
  settings: Settings
  /** In which its times are shown. */
  timezone: string
  paints: boolean
}

type Of<K extends EventKind> = Extract<Event, { kind: K }>

const COLORS: Partial<Record<EventKind, Parameters<typeof styleText>[0]>> = { click: 'gray', conversion: 'green', settlement: 'green', approval: 'green', refund: 'red', rejection: 'red', payout: 'cyan', credit: 'yellow', audit: 'magenta' }
/** The longest word of a kind. */
const KIND_CHARS = 10
const CODE_CHARS = 12

/** Codes, hosts and order ids come from outside: they must not move the terminal's cursor, and some are addresses. */
const printable = (text: string): string => withoutEmails(text).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')

/** One line for a person: when in the merchant's zone, what, and about whom. */
export function eventLine(event: Event, { settings, timezone, paints }: Writing): string {
  const kind = event.kind.padEnd(KIND_CHARS)
  const color = COLORS[event.kind]
  return `${timeText(event.atMs, timezone)}  ${paints && color !== undefined ? styleText(color, kind, { validateStream: false }) : kind}  ${printable(textOf(event, settings))}`
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** "2026-11-20 09:00:00". */
function timeText(atMs: number, timezone: string): string {
  const format = formats.get(timezone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' })
  formats.set(timezone, format)
  return format.format(atMs)
}

function textOf(event: Event, settings: Settings): string {
  const who = (affiliateId: string): string => (codeOf(settings, affiliateId) ?? affiliateId).padEnd(CODE_CHARS)
  switch (event.kind) {
    case 'click': return clickText(event)
    case 'identify': return `a visitor is a customer, said the ${event.toldBy === 'browser' ? 'page' : 'server'}`
    case 'forgotten': return `a visitor was forgotten, and ${event.clicks === 1 ? 'a click has' : `${event.clicks} clicks have`} no session any more`
    case 'conversion': return `${orderText(event)}  ${event.conversionKind === 'sale' ? '' : `${event.conversionKind}  `}${moneyText(event.amount)}  ${wonText(event, settings)}`
    case 'settlement': return `${orderText(event)}  ${moneyText(event.amount)}  settled: ${wonText(event, settings)}`
    case 'refund': return `${orderText(event)}  ${moneyText(event.amount)} given back`
    case 'approval': return `${who(event.affiliateId)}  ${moneyText(event.amount)}${ofOrder(event)}`
    case 'rejection': return `${who(event.affiliateId)}  ${moneyText(event.amount)}${ofOrder(event)}${event.reason === null ? '' : `  ${event.reason}`}`
    case 'credit': return `${who(event.affiliateId)}  ${moneyText(event.amount)}${ofOrder(event)}`
    case 'payout': return `${who(event.affiliateId)}  ${moneyText(event.amount)}  payout ${event.payoutNumber} ${event.status === 'OPEN' ? 'made' : event.status.toLowerCase()}`
    case 'audit': return `${event.action} ${event.subject}, by ${event.actor}`
  }
}

function clickText({ code, campaign, host, isBot, isAdopted, joinedTo }: Of<'click'>): string {
  const became = isBot ? 'a bot, not counted' : isAdopted ? "taken over from another system's cookie" : joinedTo === null ? 'counted' : 'joined an earlier click'
  return `${code.padEnd(CODE_CHARS)}  ${host ?? 'by a link'}  ${campaign === null ? '' : `campaign ${campaign}  `}${became}`
}

const orderText = ({ externalId, conversionNumber }: Of<'conversion' | 'settlement' | 'refund'>): string => (externalId ?? `#${conversionNumber}`).padEnd(CODE_CHARS)
const ofOrder = ({ externalId }: Of<'approval' | 'rejection' | 'credit'>): string => (externalId === null ? '' : ` of ${externalId}`)

function wonText({ attributed, earned, amount: { currency } }: Of<'conversion' | 'settlement'>, settings: Settings): string {
  if (!attributed) return 'nobody won it'
  return earned.length === 0 ? 'attributed, and nobody earns' : listText(earned.map(({ affiliateId, minor }) => `${codeOf(settings, affiliateId) ?? affiliateId} earns ${moneyText({ minor, currency })}`))
}

/** The same as one JSON document, with amounts in minor units. */
export function eventJson({ atMs, number, mode, kind, ...event }: Event, { settings }: Writing): string {
  const { amount, ...told } = { amount: undefined, ...event }
  const named = 'affiliateId' in told ? { affiliateCode: codeOf(settings, told.affiliateId) } : {}
  const earned = 'earned' in told ? { earned: told.earned.map(({ affiliateId, minor }) => ({ affiliateId, affiliateCode: codeOf(settings, affiliateId), amountMinor: minor })) } : {}
  return JSON.stringify({ number, at: new Date(atMs).toISOString(), mode, kind, ...told, ...named, ...earned, ...(amount === undefined ? {} : { amountMinor: amount.minor, currency: amount.currency }) }, (_key, value: unknown) => (typeof value === 'string' ? withoutEmails(value) : value))
}
