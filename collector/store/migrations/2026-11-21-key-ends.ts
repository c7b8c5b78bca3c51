/** When a key ends that another one has taken the place of. */
export const keyEnds = `
alter table keys add column ends_at_ms integer;
`
