import type { Letter } from './flags.ts'

export interface Roast {
  slug: string
  name: string
  flag: Letter
  /** What the flag says at sea. */
  signal: string
  /** What that means in the morning. */
  blurb: string
  notes: string
  origin: string
  roast: string
  brew: string
  priceMinor: number
}

export const ROASTS: readonly Roast[] = [
  {
    slug: 'lotse', name: 'Lotse', flag: 'H', signal: 'I have a pilot on board.',
    blurb: 'The house espresso. It knows the way, so you need not be awake yet. Forgiving in any machine and at any hour.',
    notes: 'Hazelnut, dark chocolate, a little orange peel', origin: 'Brazil and Guatemala, washed and natural', roast: 'Medium dark', brew: 'Espresso, moka pot', priceMinor: 1290,
  },
  {
    slug: 'leinen-los', name: 'Leinen los', flag: 'P', signal: 'All aboard: we are about to put to sea.',
    blurb: 'A bright filter coffee for the minute before you leave the house. Tastes as clear as the harbour at five.',
    notes: 'Bergamot, apricot, black tea', origin: 'Guji, Ethiopia, washed', roast: 'Light', brew: 'Filter, AeroPress', priceMinor: 1490,
  },
  {
    slug: 'morgenmuffel', name: 'Morgenmuffel', flag: 'D', signal: 'Keep clear of me; I am manoeuvring with difficulty.',
    blurb: 'For those who do not talk before the second cup. Heavy, sweet and patient, and it asks nothing of you.',
    notes: 'Rye bread, molasses, dried fig', origin: 'Aceh, Sumatra, wet-hulled', roast: 'Dark', brew: 'French press, filter', priceMinor: 1350,
  },
  {
    slug: 'plausch', name: 'Plausch', flag: 'K', signal: 'I wish to communicate with you.',
    blurb: 'The afternoon coffee: round, friendly, and light enough for a third cup while the neighbour is still talking.',
    notes: 'Milk chocolate, red apple, almond', origin: 'Huila, Colombia, washed', roast: 'Medium', brew: 'Filter, espresso', priceMinor: 1390,
  },
  {
    slug: 'flaute', name: 'Flaute', flag: 'M', signal: 'My vessel is stopped and making no way.',
    blurb: 'Our decaf. All of the cup and none of the wind, taken out with mountain water and nothing else.',
    notes: 'Caramel, walnut, baked pear', origin: 'Chiapas, Mexico, mountain water process', roast: 'Medium', brew: 'Anything, at any hour', priceMinor: 1420,
  },
  {
    slug: 'nebelhorn', name: 'Nebelhorn', flag: 'U', signal: 'You are running into danger.',
    blurb: 'The strong one, with a fifth of robusta. It carries through milk, fog and the Monday meeting.',
    notes: 'Cocoa, clove, smoked malt', origin: 'India and Uganda, natural', roast: 'Very dark', brew: 'Espresso, moka pot', priceMinor: 1250,
  },
]

export const MOST_TINS = 6
export const GRINDS = ['Whole beans', 'Espresso', 'Moka pot', 'Filter', 'French press'] as const

export const roastOf = (slug: string | null | undefined): Roast | undefined => ROASTS.find((roast) => roast.slug === slug)

const EURO = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' })

/** The shop sells in euros only, so cents are hundredths here. */
export const euro = (minor: number): string => EURO.format(minor / 100)
