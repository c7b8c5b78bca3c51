import type { z } from 'zod'
import type { JsonNumber } from '../../collector/http/json.ts'
import type { IdentifyBody, PostbackBody, RefundBody, TrackBody } from '../../collector/api/refcampaign/schema.ts'
import type { ConversionData, IdentifyInput, Metadata, PostbackInput, RefundInput, TrackInput } from '../../shared/client/index.ts'

/**
 * The client's inputs are written by hand, so that nobody who reports orders needs zod. `npm run types` holds them to
 * the collector's schemas here: every line of `Held` below must be `true`.
 */
export type Held = [
  Same<TrackInput, z.input<typeof TrackBody>>,
  Same<PostbackInput, z.input<typeof PostbackBody>>,
  // The refund's own id travels as a header.
  Same<Omit<RefundInput, 'refundId'>, z.input<typeof RefundBody>>,
  // Both spellings of its fields are optional in the schema, which looks for one of them itself.
  Same<IdentifyInput, z.input<typeof IdentifyBody>>,
  // What `RefCampaignServer` passes on under the same name; the rest it fills in.
  Same<Omit<ConversionData, 'orderId' | 'metadata'>, z.input<typeof PostbackBody>, Exclude<keyof z.input<typeof PostbackBody>, 'externalId' | 'conversionType'>>,
  Allows<Plain<z.input<typeof TrackBody>['metadata']>, Metadata>,
  Equal<Plain<NonNullable<z.input<typeof PostbackBody>['metadata']>['orderId']>, Metadata['orderId']>,
]
export const held: Held = [true, true, true, true, true, true, true]

/** A number's text is a number where it is sent. */
type Plain<T> = T extends JsonNumber ? number : T extends object ? { [K in keyof T]: Plain<T[K]> } : T
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Allows<Wide, Narrow extends Wide> = Narrow extends Wide ? true : false
type RequiredOf<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T]

/** `true`, or the fields that differ: unknown to the schema, of another type there, or required there alone. */
type Same<Client, Schema, Looked extends keyof Schema = keyof Schema> = [Strangers<Client, Schema> | Others<Client, Schema> | Exclude<RequiredOf<Pick<Schema, Looked>>, RequiredOf<Client>>] extends [infer Wrong] ? ([Wrong] extends [never] ? true : Wrong) : never
type Strangers<Client, Schema> = Exclude<keyof Client, keyof Schema>
/** Metadata is looked at by itself: the schema takes any member, the client what JSON can carry. */
type Others<Client, Schema> = { [K in keyof Client & keyof Schema]: K extends 'metadata' ? never : Equal<NonNullable<Client[K]>, Plain<NonNullable<Schema[K]>>> extends true ? never : K }[keyof Client & keyof Schema]
