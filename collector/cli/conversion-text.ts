import { toMajor } from '../../shared/engine/money.ts'
import type { toReceipt } from '../service/receipts.ts'

type Shown = ReturnType<typeof toReceipt>

/** A conversion for a person: its facts in one column, then the reasons, then tables of what was booked and refunded. */
export function conversionText(shown: Shown): string {
  const { conversionId, number, externalId, kind, mode, occurredAt, currency, status, attributed, marks, lines, commissions, refunds, text } = shown
  const facts: [string, string][] = [
    ['conversion', `${conversionId}  (number ${number})`],
    ['order', `${externalId ?? '(no id)'}  ${kind}${mode === 'test' ? ', a test' : ''}`],
    ...('amountMinor' in shown ? [['amount', money(shown.amountMinor, currency)] as [string, string]] : []),
    ['placed', minuteText(occurredAt)],
    ['status', status === null ? 'no commission' : `${status.toLowerCase()}${attributed ? '' : ', nobody has won it'}`],
    ...(marks.length === 0 ? [] : [['marks', marks.join(', ')] as [string, string]]),
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  return [
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    ...section('why', text.map((one) => `  ${one}`)),
    ...section('lines', table(lines.map(({ line, sku, quantity, baseMinor }) => [String(line), sku ?? '(no SKU)', `x ${quantity}`, baseMinor === null ? '' : right(money(baseMinor, currency))]))),
    ...section('commissions', table(commissions.map((one) => [
      one.id, one.affiliateName, right(money(one.totalMinor, one.currency)), one.clawedMinor === 0 ? '' : `${money(one.clawedMinor, one.currency)} taken back`,
      statusText(one), one.rate ?? '', one.approvableAt === null || one.status !== 'PENDING' ? '' : `to be approved from ${minuteText(one.approvableAt)}`, one.unverified ? 'unverified' : '',
    ]))),
    ...section('refunds', table(refunds.map(({ id, kind: what, amountMinor, baseMinor, reason, receivedAt }) => [id, what, right(money(what === 'items' ? baseMinor : amountMinor, currency)), minuteText(receivedAt), reason ?? '']))),
  ].join('\n')
}

/** What is taken back by a transfer is booked as a refund is, and none was given. */
function statusText({ status, reason, transferred, ...more }: Shown['commissions'][number]): string {
  const to = `transferred${'transferredToName' in more && more.transferredToName !== null ? ` to ${more.transferredToName}` : ''}`
  if (transferred && reason === 'refunded') return to
  return `${status.toLowerCase()}${reason === null ? '' : ` (${reason})`}${transferred && reason === null ? `, ${to}` : ''}`
}

const money = (minor: number, currency: string): string => `${toMajor({ minor, currency })} ${currency}`
const minuteText = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`

const section = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : ['', title, ...lines])

/** A cell that is set to the right of its column, as amounts are read. */
interface Right {
  right: string
}
const right = (text: string): Right => ({ right: text })

/** Rows in columns; a column that is empty everywhere is left out. */
function table(rows: (string | Right)[][]): string[] {
  const textOf = (cell: string | Right | undefined): string => (typeof cell === 'object' ? cell.right : (cell ?? ''))
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => textOf(row[column]).length)))
  return rows.map((row) => `  ${row.flatMap((cell, column) => {
    const width = widths[column] ?? 0
    if (width === 0) return []
    return typeof cell === 'object' ? cell.right.padStart(width) : cell.padEnd(width)
  }).join('  ')}`.trimEnd())
}
