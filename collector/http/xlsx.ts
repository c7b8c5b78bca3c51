import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { Cell } from './cells.ts'

/** What a sheet holds beside its header. */
export const MOST_SHEET_ROWS = 1_048_575
/** What a cell holds; Excel takes a file with more for a broken one. */
const CELL_CHARS = 32_767
/** Digits that a spreadsheet keeps of a number; a longer one stays exact as text. */
const NUMBER_DIGITS = 15

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const SHEET_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

/** All that a workbook of one sheet needs beside it. */
const parts = (name: string): Record<string, string> => ({
  '[Content_Types].xml': `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${SHEET_TYPE}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${SHEET_TYPE}.worksheet+xml"/></Types>`,
  '_rels/.rels': `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="${escaped(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
})

interface Sheet {
  name: string
  columns: string[]
  rows: AsyncIterable<Cell[]>
  /** When the file is made. */
  atMs: number
}

/** A table as an Excel workbook, written while it is read. Texts are typed as such, so none is ever taken for a formula. */
export function xlsxOf({ name, columns, rows, atMs }: Sheet): Readable {
  const zip = new ZipFile()
  const file = zip.outputStream as Readable
  const options = { mtime: new Date(atMs), forceDosTimestamp: true }
  for (const [path, xml] of Object.entries(parts(name))) zip.addBuffer(Buffer.from(HEAD + xml), path, options)
  const sheet = Readable.from(sheetXml(columns, rows), { objectMode: false })
  sheet.once('error', (error) => file.destroy(error))
  file.once('close', () => sheet.destroy())
  zip.addReadStream(sheet, 'xl/worksheets/sheet1.xml', options)
  zip.end()
  return file
}

async function* sheetXml(columns: string[], rows: AsyncIterable<Cell[]>): AsyncGenerator<string> {
  yield `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>${rowXml(columns)}`
  for await (const row of rows) yield rowXml(row)
  yield '</sheetData></worksheet>'
}

const rowXml = (cells: Cell[]): string => `<row>${cells.map(cellXml).join('')}</row>`

function cellXml(cell: Cell): string {
  if (cell === null) return '<c/>'
  if (typeof cell === 'boolean') return `<c t="b"><v>${cell ? 1 : 0}</v></c>`
  if (typeof cell === 'object' && cell.number.replace(/\D/g, '').length <= NUMBER_DIGITS) return `<c><v>${cell.number}</v></c>`
  const text = typeof cell === 'object' ? cell.number : cell
  return text === '' ? '<c/>' : `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text.slice(0, CELL_CHARS))}</t></is></c>`
}

/** Characters that XML cannot hold stand as `_xHHHH_`, and so does what looks like one of these. */
function escaped(text: string): string {
  return text.toWellFormed()
    .replace(/_(?=x[\dA-Fa-f]{4}_)/g, '_x005F_')
    .replace(/[^\P{Cc}\t\n]|[\uFFFE\uFFFF]/gu, (char) => `_x${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
