import type { ReplayReport, ReplayRow } from './replay.ts'

/** A replay's report as JSON: amounts in minor units, exact however large. */
export const replayJson = ({ fromMs, toMs, mode, change, orders, rows, apart }: ReplayReport) => ({
  from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), mode,
  policy: { model: change.model ?? null, windowDays: change.windowDays ?? null, couponFirst: change.couponFirst ?? null },
  orders, affiliates: rows.map(rowJson), apart: apart.map((one) => ({ reason: one.reason, orders: one.orders, affiliates: one.rows.map(rowJson) })),
})

const rowJson = ({ bookedMinor, wouldMinor, ...row }: ReplayRow) => ({
  ...row, bookedMinor: exact(bookedMinor), wouldMinor: wouldMinor === null ? null : exact(wouldMinor), changeMinor: wouldMinor === null ? null : exact(wouldMinor - bookedMinor),
})

const exact = (minor: bigint): unknown => JSON.rawJSON(String(minor))
