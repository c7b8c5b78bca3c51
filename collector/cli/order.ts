import { Option, type Command } from 'commander'
import { invalid } from '../../shared/errors.ts'
import { fromMajor, toMajor } from '../../shared/engine/money.ts'
import { conversionStatus } from '../../shared/engine/lifecycle.ts'
import type { RefundRequest } from '../../shared/engine/refund.ts'
import { triggerValue } from '../../shared/engine/settings.ts'
import { OrderInput, RefundInput } from '../../shared/wire/book.ts'
import { valid } from '../http/body.ts'
import { settingsFor } from '../service/deps.ts'
import { reportOf } from '../service/orders.ts'
import { CLI, commissionJson } from './commission.ts'
import { merchantCommand, withData, type Options, type Streams } from './program.ts'

const many = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value]

/** `conversion record`: an order by hand, with all that a call could say. */
export function recordCommand(streams: Streams): Command {
  const made = merchantCommand('record', 'record an order, lead, trial or custom event by hand', 'refledger conversion record --order 1042 --item TEE:1:40.00 --item MUG:2:15.00 --discount 7.00 --coupon BEN10')
    .requiredOption('--order <id>', "the shop's own id of it")
    .option('--kind <kind>', 'sale, lead, trial or custom', 'sale')
    .option('--amount <amount>', 'its total (default: what the items come to)')
    .option('--currency <code>', "its currency (default: the merchant's)")
    .option('--discount <amount>', 'discount on the whole order')
    .option('--tax <amount>', 'tax in all')
    .option('--shipping <amount>', 'shipping')
    .option('--prices-include-tax', 'the prices hold the tax')
    .option('--session <id>', 'session of the buyer')
    .option('--click <id>', 'click that led to it')
    .option('--affiliate <id>', 'credit this affiliate, whatever else is known')
    .option('--email <mail>', "the buyer's address; only its keyed hash is kept")
    .option('--customer <id>', "the shop's own id of the buyer")
    .option('--subscription <id>', 'subscription that it pays')
    .option('--commission <amount>', 'what the winners earn together')
    .option('--at <time>', 'when it was placed (default: now)')
    .option('--test', 'a test')
  for (const [flag, help] of [['--item <sku:quantity:price>', 'a line; may be repeated'], ['--coupon <coupon>', 'a coupon; may be repeated'], ['--code <code>', "an affiliate's code; may be repeated"]] as const) made.addOption(new Option(flag, help).argParser(many))
  return made.action((options: Options) => withData(options, streams, async ({ services, store }) => {
    const settings = settingsFor(store.directory(), options.merchant)
    const input = valid(OrderInput, { ...options, items: listOf(options['item']).map(itemOf), coupons: listOf(options['coupon']), codes: listOf(options['code']) })
    const reply = await services.conversions.record(reportOf(input, settings, services.identities.identityOf), {
      render: ({ conversion, created }) => ({ status: 200, body: JSON.stringify({ id: conversion.order.id, created, attributed: conversion.attributed, status: conversionStatus(conversion.commissions, conversion.attributed), marks: conversion.marks, commissions: conversion.commissions.map((commission) => commissionJson(commission, settings)) }) }),
    })
    const json = JSON.parse(reply.body) as { id: string; created: boolean; attributed: boolean; status: string; commissions: { affiliateCode: string; amountMinor: number; currency: string }[] }
    const earned = json.commissions.map(({ affiliateCode, amountMinor, currency }) => `  ${affiliateCode}  ${toMajor({ minor: amountMinor, currency })} ${currency}`)
    return { json, text: [`${json.id}  ${json.created ? 'recorded' : 'known already'}  ${json.attributed ? json.status.toLowerCase() : 'unattributed'}`, ...earned].join('\n') }
  }))
}

/** `refund`: gives back all, an amount, or items of an order. */
export function refundCommand(streams: Streams): Command {
  return merchantCommand('refund', 'take back what a customer got back: all of an order, an amount, or items', 'refledger refund 1042 --item MUG:1').argument('<order>', "the shop's order id, the conversion's id or its number")
    .option('--amount <amount>', 'an amount of the total')
    .addOption(new Option('--item <sku:quantity>', 'units of a SKU; may be repeated').argParser(many))
    .option('--id <id>', 'identity of the refund: the same one is never booked twice')
    .option('--reason <text>', 'why; kept with it')
    .option('--test', 'the test order of this id')
    .action((order: string, options: Options) => withData(options, streams, async ({ services, store }) => {
      const settings = settingsFor(store.directory(), options.merchant)
      const input = valid(RefundInput, { order, ...options, items: listOf(options['item']).map(unitsOf) })
      const { refund, conversion, commissions, created } = await services.refunds.refund({ merchantId: settings.merchant.id, order: input.order, mode: options['test'] === true ? 'test' : undefined, request: requestOf(input), key: input.id, reason: input.reason }, CLI)
      const { currency } = conversion.order.amount
      return {
        json: { id: refund.id, conversionId: conversion.order.id, key: refund.key, created, kind: refund.kind, amountMinor: refund.minor, lines: refund.lines, commissions: commissions.map((commission) => commissionJson(commission, settings)) },
        text: [
          `${refund.id}  ${created ? 'booked' : 'known already'}`,
          ...commissions.map(({ id, totalMinor, clawedMinor, status }) => `  ${id}  ${toMajor({ minor: clawedMinor, currency })} of ${toMajor({ minor: totalMinor, currency })} ${currency} taken back  ${status.toLowerCase().replace('_', ' ')}`),
        ].join('\n'),
      }
    }))
}

const listOf = (given: unknown): string[] => (Array.isArray(given) ? given.map(String) : [])

/** `SKU:2:15.00`; a SKU may hold colons, and `:2:15.00` is a line without one. */
function itemOf(text: string): { sku?: string; quantity: string; price: string } {
  const [, sku, quantity, price] = /^(.*):(\d+):([^:]+)$/.exec(text) ?? []
  if (quantity === undefined || price === undefined) throw invalid('item', 'must be SKU:quantity:price, such as MUG:2:15.00')
  return { ...(sku === undefined || sku === '' ? {} : { sku }), quantity, price }
}

function unitsOf(text: string): { sku: string; quantity: string } {
  const [, sku, quantity] = /^(.+):(\d+)$/.exec(text) ?? []
  if (sku === undefined || quantity === undefined) throw invalid('item', 'must be SKU:quantity, such as MUG:1')
  return { sku, quantity }
}

const requestOf = ({ amount, items }: RefundInput) => (currency: string): RefundRequest => {
  if (items.length > 0) return { kind: 'items', items: items.map(({ sku, quantity }) => ({ sku: triggerValue(sku), quantity })) }
  if (amount === undefined) return { kind: 'full' }
  const { minor } = fromMajor(amount, currency)
  if (minor <= 0) throw invalid('amount', 'must be more than 0')
  return { kind: 'amount', minor }
}
