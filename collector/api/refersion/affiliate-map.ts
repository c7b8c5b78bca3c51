import type { Affiliate } from '../../../shared/domain.ts'
import type { Settings } from '../../../shared/engine/settings.ts'
import type { AffiliateView } from '../../service/affiliates.ts'
import type { AffiliateInput, AffiliateChange } from '../../../shared/wire/settings.ts'
import type { AffiliateProfile, Json } from '../../store/profile.ts'
import type { EditOne, NewBody, SearchBody } from './affiliate-schema.ts'
import { affiliateCoded, affiliateNumbered, offerNumbered } from './names.ts'

type Said = Partial<Omit<EditOne, 'id'>>

/** What of a call belongs to who they are; money goes to the address at PayPal. */
function profileIn({ first_name: firstName, last_name: lastName, company, address1, address2, city, zip, country, state, phone, custom_fields: customFields, paypal_email }: Said): NonNullable<AffiliateChange['profile']> {
  return { firstName, lastName, company, address1, address2, city, zip, country, state, phone, customFields, payoutMethod: paypal_email === undefined ? undefined : 'paypal' }
}

export function fromNew(settings: Settings, body: NewBody): AffiliateInput {
  return {
    email: body.email, password: body.password, known: 'refuse', status: body.status === 'ACTIVE' ? 'active' : 'pending', coupon: body.conversion_trigger_coupon, payoutEmail: body.paypal_email,
    campaign: body.offer === undefined ? undefined : offerNumbered(settings, body.offer).id, profile: { ...profileIn(body), merchantReference: body.unique_merchant_id },
  }
}

export function fromEdit(settings: Settings, body: EditOne): AffiliateChange {
  return { email: body.email, payoutEmail: body.paypal_email, profile: profileIn(body), ...(body.offer === undefined ? {} : { move: offerNumbered(settings, body.offer).id }) }
}

const has = (text: string | undefined, part: string | undefined): boolean => part === undefined || (text ?? '').toLowerCase().includes(part.toLowerCase())

/** Who a search means: a number or a code exactly, or a part of the address; and parts of the names, where those are named. */
export function searching(settings: Settings, profiles: ReadonlyMap<string, AffiliateProfile>, { keyword, first_name, last_name }: SearchBody): (affiliate: Affiliate) => boolean {
  const exact = [affiliateCoded(settings, keyword), /^\d{1,15}$/.test(keyword) ? affiliateNumbered(settings, Number(keyword)) : undefined]
  return (affiliate) => {
    const profile = profiles.get(affiliate.id)
    return (exact.includes(affiliate) || has(affiliate.email, keyword)) && has(profile?.firstName, first_name) && has(profile?.lastName, last_name)
  }
}

const shownField = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** An affiliate in a list, named by their code. */
export function toListed(settings: Settings, { code, status, email, campaigns: [campaignId = ''], profile }: AffiliateView): Record<string, unknown> {
  return {
    id: code, offer_id: String(settings.campaigns.get(campaignId)?.number ?? ''), status, first_name: profile.firstName, last_name: profile.lastName, email,
    custom_fields: Object.entries(profile.customFields).map(([label, value]) => ({ label, value: shownField(value) })),
  }
}

/** One affiliate, named by their number. */
export function toFound(settings: Settings, view: AffiliateView, link: string): Record<string, unknown> {
  const { custom_fields, ...listed } = toListed(settings, view)
  return { ...listed, id: view.number, company_name: view.profile.company, link, custom_fields }
}
