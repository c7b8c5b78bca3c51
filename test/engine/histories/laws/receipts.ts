import { isDeepStrictEqual } from 'node:util'
import { judge, type Receipt } from '../../../../shared/engine/receipt.ts'
import { isSame } from '../naive/arithmetic.ts'
import { judgedBy } from '../naive/contest.ts'
import { earnedBy } from '../naive/pricing.ts'
import { must } from './must.ts'

/** A receipt is judged again as it was, from what it holds and nothing else; it is kept as text. */
export function isJudgedAgain({ inputs, engine, outcome, id }: Receipt): void {
  const again = judge(JSON.parse(JSON.stringify(inputs)) as Receipt['inputs'], engine)
  must(isDeepStrictEqual(again, outcome), 'a receipt is judged again as it was', () => [id, inputs, outcome, again])
}

/** Whoever won is who should have, with the weight that they should have. */
export function isFairlyJudged({ inputs, outcome: { verdicts, weights } }: Receipt): void {
  must(verdicts.length === inputs.touches.length && weights.length === inputs.touches.length, 'each touch has one verdict')
  if (inputs.kind !== 'contest') return
  const judged = judgedBy(inputs)
  must(judged.every(({ verdict }, index) => verdict === verdicts[index]), 'each touch is judged by the law', () => [inputs, verdicts, judged])
  judged.forEach(({ weight }, index) => {
    const is = weights[index] ?? null
    must(weight === null ? is === null : is !== null && isSame(weight, { n: BigInt(is.n), d: BigInt(is.d) }), 'each touch weighs what the law says', () => [inputs, weights, judged])
  })
}

/** Everybody earns what a second reckoning finds, to the last unit of each line. */
export function isFairlyPriced({ inputs, outcome }: Receipt): void {
  const { earnings, attributed, verdicts } = outcome
  must(attributed === (inputs.kind !== 'contest' || verdicts.some((verdict) => verdict === 'WON' || verdict === 'SHARED')), 'an order is attributed when somebody won it', () => [inputs, outcome])
  const should = attributed ? earnedBy(inputs, outcome) : []
  must(should.length === earnings.length, 'those earn who won', () => [inputs, outcome, should])
  for (const own of should) {
    const is = earnings.find(({ affiliateId }) => affiliateId === own.affiliateId)
    must(is !== undefined && BigInt(is.amount.minor) === own.minor && is.amount.currency === inputs.order.amount.currency, 'everybody earns what the law says', () => [inputs, outcome, should])
    const [n = '0', d = '1'] = is.exact.split('/')
    must(isSame({ n: BigInt(n), d: BigInt(d) }, own.exact), 'the exact amount is the sum of the exact parts', () => [inputs, is, own])
    must(is.byLine.reduce((sum, minor) => sum + BigInt(minor), 0n) === own.minor && own.minor === is.parts.reduce((sum, { minor }) => sum + BigInt(minor), 0n), 'parts and lines sum to the amount', () => is)
    must(own.byLine.every((minor, line) => minor === BigInt(is.byLine[line] ?? 0)), 'each line bears its part', () => [inputs, is, own])
  }
}
