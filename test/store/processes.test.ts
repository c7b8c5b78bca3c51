import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lookedAt } from '../helpers/end-state.ts'
import { approve, first, order, payOut, setCampaign } from '../helpers/operations.ts'
import { memoryDir, templateIn } from '../helpers/world.ts'
import type { Answers, Orders } from './process.ts'

const PROCESSES = 3
const CAP_MINOR = 2_000

test('three processes at once on one file: nobody is turned away, and nothing is done twice', { timeout: 60_000 }, async () => {
  const template = await templateIn(memoryDir(), first(
    setCampaign({ capMonth: ['20.00'] }), order('o-1', 10_000, { code: 'ana' }), order('o-2', 10_000, { code: 'ana' }), approve('1'), payOut,
  ))
  await template.copy(async ([world], file) => {
    const { campaignId = '', clock = { nowMs: 0 } } = world ?? {}
    const children = Array.from({ length: PROCESSES }, () => fork(join(import.meta.dirname, 'process.ts'), { execArgv: [] }))
    onTestFinished(() => {
      for (const child of children) child.kill()
    })
    await Promise.all(children.map((child, which) => {
      child.send({ file, which, campaignId, clock } satisfies Orders)
      return once(child, 'message')
    }))
    // All are ready before one begins.
    const answers = children.map(async (child) => (await once(child, 'message') as [Answers])[0])
    for (const child of children) child.send('go')
    const told = (await Promise.all(answers)).reduce<Answers>((all, some) => Object.fromEntries(Object.entries(some).map(([kind, words]) => [kind, [...(all[kind] ?? []), ...words]])), {})
    const counted = (kind: string): Record<string, number> => Object.fromEntries(Object.entries(Object.groupBy(told[kind] ?? [], (word) => word.split(' ')[0] ?? '')).map(([word, all]) => [word, all?.length ?? 0]))

    const each = 12 * PROCESSES
    expect(counted('refund')).toEqual({ refunded: each })
    expect({ ...counted('adjust'), ...counted('order') }).toEqual({ done: each, 201: each })
    expect(counted('approve')).toEqual({ done: 1, CONFLICT: each - 1 })
    // The payout is paid or cancelled, by one of them.
    expect((counted('pay')['done'] ?? 0) + (counted('cancel')['done'] ?? 0)).toBe(1)
    expect(Object.keys({ ...counted('payOut'), ...counted('pay'), ...counted('cancel') }).toSorted()).toEqual(['CONFLICT', 'done'])
    expect(counted('the same order')).toEqual({ 201: 12, 200: each - 12 })

    const { state, broken } = lookedAt(file, { 'the cap of the month is never exceeded': `select sum(minor) from commission_parts group by affiliate_id having sum(minor) > ${CAP_MINOR}` })
    expect(broken).toEqual([])
    expect([state.refunds.length, state.adjustments.length, state.conversions.length]).toEqual([each, each, 2 + each + 12])
    expect(state.balances.find((balance) => balance.startsWith('live EUR pending Ben'))).toBe(`live EUR pending Ben -${CAP_MINOR}`)
    expect(state.commissions.find((commission) => commission.startsWith('o-1 Ana order'))).toContain(` ${each * 10} `)
  })
})
