/** What totals, timelines and exports of a campaign are read by. */
export const campaignTotals = `
create index commissions_by_campaign on commissions (merchant_id, campaign_id, mode) where campaign_id is not null;
create index conversions_by_time on conversions (merchant_id, mode, occurred_at_ms);
create index daily_clicks_by_campaign on daily_clicks (merchant_id, campaign_id, mode, day);
`
