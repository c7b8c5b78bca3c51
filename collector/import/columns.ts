import { DomainError, invalid } from '../../shared/errors.ts'
import type { Row } from './row.ts'
import { columnKey, FIELDS, NEEDED, NOUNS, type Noun, type Vendor } from './vendor.ts'

/** Which columns say what of a noun: the first that is not empty counts. */
export interface Layout {
  noun: Noun
  keys: ReadonlyMap<string, readonly string[]>
}

/** A value, and the column that it stood in, by its key. */
export interface Cell {
  text: string
  key: string
}

/** What a row says of a field; undefined where it says nothing. */
export function cellOf({ keys }: Layout, { values }: Row, field: string): Cell | undefined {
  for (const key of keys.get(field) ?? []) {
    const text = values.get(key)?.trim()
    if (text !== undefined && text !== '') return { text, key }
  }
  return undefined
}

/** `column=field` pairs as they were typed; throws `INVALID` for a field that no noun has. */
export function ownColumns(pairs: string[]): { column: string; field: string }[] {
  const known = new Set<string>(NOUNS.flatMap((noun) => FIELDS[noun]))
  return pairs.map((pair) => {
    const at = pair.lastIndexOf('=')
    const [column, field] = [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()]
    if (column === '' || !known.has(field)) throw invalid('map', `"${pair}" must be a column of the file, "=", and one of: ${[...known].toSorted().join(', ')}`)
    return { column, field }
  })
}

/** A vendor's layout of a noun, with the columns that were named by hand in front. */
function layoutOf(vendor: Vendor, noun: Noun, own: { column: string; field: string }[]): Layout {
  const columns: Partial<Record<string, readonly string[]>> = vendor.files[noun]?.columns ?? {}
  return {
    noun,
    keys: new Map(FIELDS[noun].map((field) => [field, [...own.filter((pair) => pair.field === field).map(({ column }) => column), ...(columns[field] ?? [])].map(columnKey)])),
  }
}

/** Fields of which no column is there, as the lists of `NEEDED`. */
const missing = ({ noun, keys }: Layout, present: ReadonlySet<string>): (readonly string[])[] =>
  NEEDED[noun].filter((fields) => !fields.some((field) => keys.get(field)?.some((key) => present.has(key)) ?? false))

/**
 * What the rows are: as it was said, else the noun of which most columns are there. Throws `INVALID` where a column that is
 * needed is missing or stands there twice, or where nothing fits.
 */
export function layoutFor(columns: readonly string[], { vendor, own, as }: { vendor: Vendor; own: { column: string; field: string }[]; as: Noun | undefined }): Layout {
  const present = new Set(columns.map(columnKey))
  const absent = own.find(({ column }) => !present.has(columnKey(column)))
  if (absent !== undefined) throw invalid('map', `the file has no column "${absent.column}"`)
  const layout = as === undefined ? guess(vendor, own, present) : layoutOf(vendor, as, own)
  const lacking = missing(layout, present)
  if (lacking.length > 0) throw new DomainError('INVALID', `These are no ${layout.noun} of ${vendor.name}: there is no column for ${lacking.map((fields) => fields.join(' or ')).join(', nor for ')}. Looked for ${lacking.flat().flatMap((field) => vendor.files[layout.noun]?.columns[field as never] ?? []).join(', ')}; name another with --map COLUMN=${lacking[0]?.[0] ?? ''}.`, { isUnfit: true })
  const used = new Set([...layout.keys.values()].flat())
  const twice = columns.find((column, index) => used.has(columnKey(column)) && columns.findIndex((other) => columnKey(other) === columnKey(column)) !== index)
  if (twice !== undefined) throw new DomainError('INVALID', `The column "${twice}" stands there twice: rename one of them.`, { isUnfit: true })
  return layout
}

function guess(vendor: Vendor, own: { column: string; field: string }[], present: ReadonlySet<string>): Layout {
  const fitting = NOUNS.filter((noun) => vendor.files[noun] !== undefined).map((noun) => layoutOf(vendor, noun, own)).filter((layout) => missing(layout, present).length === 0)
  const found = fitting.map((layout) => ({ layout, columns: [...layout.keys.values()].filter((keys) => keys.some((key) => present.has(key))).length })).toSorted((a, b) => b.columns - a.columns || a.layout.keys.size - b.layout.keys.size)
  const [best, next] = found
  // Of two with as many columns there, the one that has fewer others is meant.
  if (best === undefined || (best.columns === next?.columns && best.layout.keys.size === next.layout.keys.size)) throw new DomainError('INVALID', `The columns do not tell what the rows are: say --as ${NOUNS.join(', --as ')}.`, { isUnfit: true })
  return best.layout
}
