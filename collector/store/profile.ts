/** Who an affiliate is, as was last said; texts are empty where nothing was. */
export interface AffiliateProfile {
  firstName: string
  lastName: string
  company: string
  address1: string
  address2: string
  city: string
  state: string
  zip: string
  /** ISO 3166, two letters. */
  country: string
  phone: string
  /** How they want to be paid, in the merchant's words. */
  payoutMethod: string
  /** Name of their page at the merchant's. */
  partnerSlug: string
  /** What the merchant's own system calls them. */
  merchantReference: string
  customFields: Record<string, Json>
}

/** Values that survive a trip through JSON. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
