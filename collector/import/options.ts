import { campaignFrom } from '../service/import-names.ts'
import { termsOf, type Settings } from '../../shared/engine/settings.ts'
import { layoutFor, ownColumns } from './columns.ts'
import type { Reading } from './rows.ts'
import type { Noun, Vendor } from './vendor.ts'
import { VENDORS, type Format } from './vendors/all.ts'

/** What the command line says of how files are to be read. */
export interface ImportOptions {
  format: Format
  as?: Noun
  map?: string[]
  campaign?: string
  source?: string
  amounts?: 'major' | 'minor'
  dates?: 'dmy' | 'mdy'
  /** False where there are none. */
  payouts?: boolean
  refused?: string
}

/** How a file is read: its vendor's map, as the command line bends it. Throws `INVALID` for an unknown campaign. */
export function importReading({ format, map = [], campaign, source, amounts, dates, payouts }: ImportOptions, { settings, columns, noun, nowMs }: { settings: Settings; columns: string[]; noun: Noun; nowMs: number }): Reading {
  const known: Vendor = VENDORS[format]
  const vendor = source === undefined ? known : { ...known, name: source }
  return {
    vendor, layout: layoutFor(columns, { vendor, own: ownColumns(map), as: noun }), currency: settings.merchant.currency, timezone: termsOf(settings, nowMs).value.timezone, nowMs, days: dates,
    amounts: amounts ?? vendor.amounts, campaign: campaign === undefined ? undefined : campaignFrom(settings, campaign).id, paysAtOnce: payouts === false || !vendor.hasPayouts,
  }
}
