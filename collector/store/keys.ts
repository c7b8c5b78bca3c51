import type { Mode } from '../../shared/domain.ts'

export interface ApiKey {
  id: string
  merchantId: number
  dialect: Dialect
  mode: Mode
  scopes: Scope[]
  /** The public half of a key pair, null for a bearer key. */
  publicId: string | null
  /** SHA-256 of the whole secret, in hex; the secret itself is shown once and kept nowhere. */
  secretHash: string
  createdAtMs: number
  revokedAtMs: number | null
  /** When it ends because another has taken its place; null as long as none has. */
  endsAtMs: number | null
}

export const DIALECTS = ['refcampaign', 'refgrow', 'refersion'] as const
export type Dialect = (typeof DIALECTS)[number]
/** What a key may do. */
export const SCOPES = ['conversions', 'tracking', 'commissions', 'payouts', 'reports', 'campaigns', 'affiliates'] as const
export type Scope = (typeof SCOPES)[number]
