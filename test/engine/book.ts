import type { Arrival, Binding, Commission, Conversion, Identifier, Order } from '../../shared/domain.ts'
import type { Transaction } from '../../shared/engine/ledger.ts'
import type { Receipt } from '../../shared/engine/receipt.ts'
import { recordBinding, recordOrder, settleByArrival, type CustomerHistory, type Entry, type Recorded } from '../../shared/engine/record.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import { countedIds, MERCHANT, shop } from './builders.ts'

/** A store in memory: it gives the engine all that it knows and writes the entries that come back. */
export interface Book {
  arrivals: Arrival[]
  bindings: Binding[]
  conversions: Map<string, Conversion>
  receipts: Receipt[]
  transactions: Transaction[]
  visit: (arrival: Arrival) => Entry[]
  identify: (binding: Binding) => { identified: boolean; created: boolean }
  report: (order: Order, identifiers: Identifier[]) => Recorded
  /** The conversion of an external order id as it is kept; throws when there is none. */
  kept: (externalId?: string) => Conversion
}

const replace = (held: Commission[], changed: Commission): Commission[] => [...held.filter(({ id }) => id !== changed.id), changed]

export function book(settings: Settings = shop()): Book {
  const newId = countedIds()
  const arrivals: Arrival[] = []
  const bindings: Binding[] = []
  const conversions = new Map<string, Conversion>()
  const receipts: Receipt[] = []
  const transactions: Transaction[] = []

  const byOrder = ({ mode, kind, externalId }: Order): Conversion | undefined =>
    [...conversions.values()].find(({ order }) => externalId !== null && order.externalId === externalId && order.mode === mode && order.kind === kind)
  const history = (order?: Order): CustomerHistory => ({
    settings, arrivals: [...arrivals], bindings: [...bindings],
    conversion: order && byOrder(order),
    unsettled: [...conversions.values()].filter(({ attributed }) => !attributed),
  })

  const change = (id: string, changed: (held: Conversion) => Partial<Conversion>): void => {
    const held = conversions.get(id)
    if (held === undefined) throw new Error(`an entry is about ${id}, which is not kept`)
    conversions.set(id, { ...held, ...changed(held) })
  }

  function write(entry: Entry): void {
    switch (entry.kind) {
      case 'conversion': conversions.set(entry.order.id, { order: entry.order, attributed: entry.attributed, considered: entry.considered, marks: entry.marks, identifiers: [], commissions: [] }); return
      case 'conversion_change': change(entry.conversionId, () => ({ attributed: entry.attributed, considered: entry.considered, marks: entry.marks })); return
      case 'identifier': change(entry.order.id, ({ identifiers }) => ({ identifiers: [...identifiers, entry.identifier] })); return
      case 'binding': bindings.push(entry.binding); return
      case 'receipt': receipts.push(entry.receipt); return
      case 'commission':
      case 'commission_status': change(entry.commission.conversionId, ({ commissions }) => ({ commissions: replace(commissions, entry.commission) })); return
      case 'transaction': transactions.push(entry.transaction)
    }
  }

  return {
    arrivals, bindings, conversions, receipts, transactions,
    visit(arrival) {
      arrivals.push(arrival)
      if (!arrival.waited) return []
      const { entries } = settleByArrival(history(), { nowMs: arrival.receivedAtMs, newId })
      entries.forEach(write)
      return entries
    },
    identify(binding) {
      const { entries, result } = recordBinding(history(), MERCHANT, binding, { nowMs: binding.receivedAtMs, newId })
      entries.forEach(write)
      return result
    },
    report(order, identifiers) {
      const { entries, result } = recordOrder(history(order), { order, identifiers }, { nowMs: order.receivedAtMs, newId })
      entries.forEach(write)
      return result
    },
    kept(externalId = 'KF-1') {
      const found = [...conversions.values()].find(({ order }) => order.externalId === externalId)
      if (found === undefined) throw new Error(`no order ${externalId} is kept`)
      return found
    },
  }
}
