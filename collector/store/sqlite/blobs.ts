import { isUuid } from '../../../shared/engine/ids.ts'

/**
 * Sessions and clicks as blobs: a UUID takes its 16 bytes, so that time-ordered ids stay ordered.
 * Any other text (RefCampaign lets the caller choose) is its UTF-8 bytes behind 0xFF, a byte that UTF-8
 * never holds, and behind two of them where it would be as long as a UUID.
 */

export function toBlob(id: string): Buffer {
  if (isUuid(id)) return Buffer.from(id.replaceAll('-', ''), 'hex')
  const text = Buffer.from(id)
  return Buffer.concat([Buffer.alloc(text.length === 15 ? 2 : 1, 0xff), text])
}

export function fromBlob(blob: Buffer): string {
  if (blob.length !== 16) return blob.subarray(blob.lastIndexOf(0xff) + 1).toString()
  const hex = blob.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export const toNullableBlob = (id: string | null): Buffer | null => (id === null ? null : toBlob(id))
export const fromNullableBlob = (blob: Buffer | null): string | null => (blob === null ? null : fromBlob(blob))
