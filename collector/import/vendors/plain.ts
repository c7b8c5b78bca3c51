import { FIELDS, type Vendor } from '../vendor.ts'

/** Every field under its own name. */
const own = <F extends string>(fields: readonly F[]): { columns: Partial<Record<F, readonly string[]>> } => {
  const columns: Partial<Record<F, readonly string[]>> = {}
  for (const field of fields) columns[field] = [field]
  return { columns }
}

/** Our own plain columns, for whatever system has no map here. Amounts are in major units. */
export const plain: Vendor = {
  name: 'another system', amounts: 'major', hasPayouts: true,
  files: { affiliates: own(FIELDS.affiliates), clicks: own(FIELDS.clicks), conversions: own(FIELDS.conversions), payouts: own(FIELDS.payouts) },
}
