/** Payouts of other systems are known again by their notes, an affiliate's at a time. */
export const imports = `
create index payouts_by_affiliate on payouts (merchant_id, affiliate_id, number);
`
