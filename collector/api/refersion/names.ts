import type { Affiliate, Campaign } from '../../../shared/domain.ts'
import type { Settings } from '../../../shared/engine/settings.ts'
import { refused, TEXTS } from './errors.ts'

/** The affiliate of a number. Numbers and codes are apart: a code may well be made of digits. */
export const affiliateNumbered = ({ affiliates }: Settings, number: number): Affiliate | undefined => [...affiliates.values()].find((affiliate) => affiliate.number === number)

/** The affiliate of a code, also of one that they had before. */
export function affiliateCoded({ affiliates, codes }: Settings, code: string): Affiliate | undefined {
  const coded = codes.get(code.trim().toLowerCase())
  return coded && affiliates.get(coded.affiliateId)
}

/** The affiliate of a number, else of a code; the landing parameter's form `NUMBER.CODE` is a number, too. */
export function affiliateCalled(settings: Settings, name: string): Affiliate | undefined {
  const number = /^(\d{1,15})(\.|$)/.exec(name)?.[1]
  return (number === undefined ? undefined : affiliateNumbered(settings, Number(number))) ?? affiliateCoded(settings, name)
}

/** The campaign of an offer's id; refused when there is none. */
export function offerNumbered({ campaigns }: Settings, id: string): Campaign {
  const campaign = [...campaigns.values()].find(({ number }) => String(number) === id)
  if (campaign === undefined) throw refused(TEXTS.noOffer)
  return campaign
}
