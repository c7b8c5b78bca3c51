import type { Commission, CommissionStatus } from '../../../../shared/domain.ts'
import type { Transaction } from '../../../../shared/engine/ledger.ts'
import type { Book } from '../../book.ts'
import { accountOf, type Held, type Reckoning } from '../naive/reckoning.ts'
import type { Added, Moment } from './moment.ts'
import { must } from './must.ts'

/** Every transaction sums to zero, is written once, in the mode and currency of what it is about. */
export function transactionsAreRight({ transactions }: Added, kept: Book, seen: Set<string>): void {
  for (const one of transactions) {
    const { id, mode, currency, postings, commissionId, payoutId, merchantId } = one
    must(!seen.has(id), 'a transaction is written once under its own id', () => one)
    seen.add(id)
    must(postings.reduce((sum, { minor }) => sum + BigInt(minor), 0n) === 0n, 'every transaction sums to zero', () => one)
    must(postings.length > 1 && postings.every(({ minor }) => minor !== 0 && Number.isSafeInteger(minor)), 'a transaction moves whole sums', () => one)
    must((commissionId === null) !== (payoutId === null), 'a transaction is about a commission or a payout', () => one)
    const about = subjectOf(one, kept)
    must(about !== undefined && about.mode === mode && about.currency === currency && about.merchantId === merchantId, 'a transaction is in the mode and currency of what it is about', () => one)
    must(postings.every(({ account, affiliateId }) => affiliateId === (account === 'expense' || account === 'cash' ? null : about.affiliateId)), 'a transaction moves the money of its affiliate and of the merchant', () => one)
  }
}

function subjectOf({ commissionId, payoutId }: Transaction, { commissions, payouts }: Book): { mode: string; currency: string; merchantId: number; affiliateId: string } | undefined {
  if (payoutId !== null) return payouts.get(payoutId)
  const commission = commissions.get(commissionId ?? '')
  return commission && { ...commission, currency: commission.amount.currency }
}

/** Adds transactions to balances: the sum of all postings, by account. */
export function fold(balances: Map<string, bigint>, transactions: Transaction[]): void {
  for (const { mode, currency, postings } of transactions) {
    for (const { account, affiliateId, minor } of postings) {
      const key = accountOf({ mode, currency, affiliateId: affiliateId ?? '-' }, account)
      balances.set(key, (balances.get(key) ?? 0n) + BigInt(minor))
    }
  }
}

const standing = (balances: ReadonlyMap<string, bigint>): [string, bigint][] => [...balances].filter(([, minor]) => minor !== 0n)

export function sameBalances(ledger: ReadonlyMap<string, bigint>, other: ReadonlyMap<string, bigint>, law: string): void {
  must(standing(ledger).every(([key, minor]) => other.get(key) === minor) && standing(ledger).length === standing(other).length, law, () => ({ ledger: standing(ledger), other: standing(other) }))
}

/** Over affiliates, currencies and modes the accounts sum to zero, and none is on its wrong side. */
export function accountsAreSound(balances: ReadonlyMap<string, bigint>): void {
  const sums = new Map<string, bigint>()
  for (const [key, minor] of balances) {
    const [mode, currency, account] = key.split(' ')
    sums.set(`${mode} ${currency}`, (sums.get(`${mode} ${currency}`) ?? 0n) + minor)
    if (account === 'payable' || account === 'settling' || account === 'cash') must(minor <= 0n, 'nobody was paid or is owed less than nothing', () => [key, minor])
    if (account === 'clawback') must(minor >= 0n, 'no debt is less than nothing', () => [key, minor])
  }
  for (const [key, sum] of sums) must(sum === 0n, 'all accounts of a mode and currency sum to zero', () => [key, sum])
}

const PLACES: Record<Held['place'], CommissionStatus> = { pending: 'PENDING', payable: 'APPROVED', settling: 'IN_PAYOUT', paid: 'PAID', gone: 'REJECTED' }

/** The rows are what the facts make them; what was never booked by the facts is not in the book. */
export function commissionsAreReckoned({ held, payouts }: Reckoning, kept: Book): void {
  must(held.size === kept.commissions.size, 'each commission is of a fact', () => [[...held.keys()], [...kept.commissions.keys()]])
  for (const one of held.values()) {
    const row = kept.commissions.get(one.id)!
    const { totalMinor, clawedMinor, openMinor, status, mode, amount: { currency }, affiliateId } = row
    must(BigInt(totalMinor) === one.total && BigInt(clawedMinor) === one.clawed && BigInt(openMinor) === one.held && status === PLACES[one.place] && mode === one.mode && currency === one.currency && affiliateId === one.affiliateId, 'a commission is what its facts make it', () => ({ row, one }))
  }
  for (const [id, { gross, netted }] of payouts) {
    const { grossMinor, nettedMinor } = kept.payouts.get(id)!
    must(BigInt(grossMinor) === gross && BigInt(nettedMinor) === netted && gross > netted, 'a payout pays its commissions less the debt, and more than nothing', () => kept.payouts.get(id))
  }
}

const NEXT: Record<CommissionStatus, CommissionStatus[]> = { PENDING: ['APPROVED', 'REJECTED'], APPROVED: ['IN_PAYOUT', 'REJECTED'], IN_PAYOUT: ['PAID', 'APPROVED'], PAID: ['APPROVED'], REJECTED: [] }

/** Commissions change as ENGINE section 5 says; what was booked first, by whom and of what stands. */
export function statesFollow(before: Moment, kept: Book): void {
  for (const [id, was] of before.commissions) {
    const is = kept.commissions.get(id)
    must(is !== undefined, 'a commission is never removed', () => was)
    if (is === was) continue
    must(is.status === was.status || NEXT[was.status].includes(is.status), 'a state follows by the table', () => [was, is])
    must(was.status !== 'REJECTED' || (is.openMinor === was.openMinor && is.totalMinor === was.totalMinor && is.clawedMinor === was.clawedMinor && is.reason === was.reason), 'what is rejected stays as it was', () => [was, is])
    must(is.clawedMinor >= was.clawedMinor, 'what was clawed is not given back', () => [was, is])
    must(is.affiliateId === was.affiliateId && is.mode === was.mode && is.amount.minor === was.amount.minor && is.amount.currency === was.amount.currency && is.conversionId === was.conversionId && is.bookedAtMs === was.bookedAtMs && is.campaignId === was.campaignId, 'what was booked stands', () => [was, is])
  }
  for (const [id, was] of before.payouts) {
    const is = kept.payouts.get(id)
    must(is !== undefined && is.grossMinor === was.grossMinor && is.nettedMinor === was.nettedMinor && is.commissionIds === was.commissionIds && is.affiliateId === was.affiliateId, 'a payout is fixed when it is made', () => [was, is])
  }
}

const isDebit = ({ amount }: Commission): boolean => amount.minor < 0

/** Within each commission: nothing is clawed beyond its total, and nothing open is less than nothing. */
export function commissionsAreSound(kept: Book): void {
  for (const row of kept.commissions.values()) {
    const { totalMinor, clawedMinor, openMinor, status, reason } = row
    must([totalMinor, clawedMinor, openMinor].every(Number.isSafeInteger), 'amounts are whole and can be written', () => row)
    must(clawedMinor >= 0 && (isDebit(row) ? clawedMinor === 0 : clawedMinor <= totalMinor), 'nothing is clawed beyond the commission', () => row)
    must((status === 'REJECTED') === (reason !== null), 'what is rejected says why', () => row)
    if (isDebit(row)) must(openMinor === (status === 'PENDING' ? totalMinor : 0), 'a debt is open until it is approved', () => row)
    else if (status === 'REJECTED') must(openMinor === 0, 'nothing of what is rejected is open', () => row)
    else if (status === 'PENDING') must(openMinor === totalMinor - clawedMinor, 'of what is pending nothing is owed', () => row)
    else must(openMinor >= totalMinor - clawedMinor, 'what is open is what is left and what is owed', () => row)
  }
}

/** The accounts by the states of the rows alone: what stands where at the end, however it came there. */
export function balancesByState({ commissions, payouts }: Book): Map<string, bigint> {
  const balances = new Map<string, bigint>()
  const put = (whose: Parameters<typeof accountOf>[0], account: string, minor: number | bigint): unknown => balances.set(accountOf(whose, account), (balances.get(accountOf(whose, account)) ?? 0n) + BigInt(minor))
  for (const row of commissions.values()) {
    if (row.status === 'REJECTED') continue
    const whose = { mode: row.mode, currency: row.amount.currency, affiliateId: row.affiliateId }
    put(whose, 'expense', BigInt(row.totalMinor) - BigInt(row.clawedMinor))
    put(whose, 'clawback', isDebit(row) ? (row.status === 'PENDING' ? 0n : -BigInt(row.totalMinor)) : BigInt(row.openMinor) - (BigInt(row.totalMinor) - BigInt(row.clawedMinor)))
    if (row.status === 'PENDING' || row.status === 'APPROVED') put(whose, row.status === 'PENDING' ? 'pending' : 'payable', -row.openMinor)
  }
  for (const row of payouts.values()) {
    if (row.status !== 'OPEN' && row.status !== 'PAID') continue
    put(row, 'clawback', -row.nettedMinor)
    put(row, row.status === 'OPEN' ? 'settling' : 'cash', BigInt(row.nettedMinor) - BigInt(row.grossMinor))
  }
  return balances
}
