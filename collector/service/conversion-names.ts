import type { Mode } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import type { Decision } from '../../shared/engine/record.ts'
import type { Entry } from '../store/store.ts'
import type { Needs, OrderFacts } from '../store/needs.ts'
import type { ConversionName, ConversionRecord } from '../store/queries.ts'
import type { Deps } from './deps.ts'

/** Whose order, and how it is named: by its id, the order id that the shop gave it, or else its number. */
export interface OrderName {
  merchantId: number
  order: string
  mode?: Mode | undefined
  /** Only the order id that the shop gave it counts, or only its number. */
  by?: 'externalId' | 'number' | undefined
}

/** The same for whatever may not be seen, so that nothing is told by it. */
export const unknownConversion = (): DomainError => new DomainError('NOT_FOUND', 'There is no such conversion.')

/** The ways in which a name is understood, in the order in which they are tried. */
export function namesOf({ order, mode, by }: Pick<OrderName, 'order' | 'mode' | 'by'>): ConversionName[] {
  const external = { externalId: order, ...(mode === undefined ? {} : { mode }) }
  const numbered = /^\d{1,15}$/.test(order) ? [{ number: Number(order) }] : []
  if (by !== undefined) return by === 'externalId' ? [external] : numbered
  return [{ id: order }, external, ...numbered]
}

/** The conversion of a name; throws `NOT_FOUND`, also for another merchant's or one of the other mode. */
export async function findConversion({ store }: Pick<Deps, 'store'>, name: OrderName): Promise<ConversionRecord> {
  for (const by of namesOf(name)) {
    const found = await store.read('conversion', { merchantId: name.merchantId, name: by })
    if (found !== undefined && (name.mode === undefined || found.order.mode === name.mode)) return found
  }
  throw unknownConversion()
}

/** Decides about an order, inside the transaction that reads it; throws `NOT_FOUND`. */
export async function orderFacts<R>(deps: Pick<Deps, 'store'>, name: OrderName & { sums?: Needs['order']['need']['sums'] }, decide: (facts: OrderFacts) => Decision<R, Entry>): Promise<R> {
  // Which order is meant never changes; what is decided is read again with it.
  const { order: { id } } = await findConversion(deps, name)
  return deps.store.decide('order', { merchantId: name.merchantId, name: { id }, ...(name.sums === undefined ? {} : { sums: name.sums }) }, (facts) => {
    if (facts === undefined) throw unknownConversion()
    return decide(facts)
  })
}
