import type { Log } from '../http/log.ts'
import type { RateLimits } from '../http/rate-limit.ts'
import type { Config } from '../config.ts'
import type { Services } from '../service/services.ts'
import type { Store } from '../store/store.ts'
import type { Context } from 'koa'
import type { Assets } from './script.ts'

/** What routes are given. They read settings through the store and decide nothing. */
export interface RouteDeps {
  config: Config
  services: Services
  store: Pick<Store, 'directory' | 'read'>
  assets: Assets
  limits: RateLimits | undefined
  addressOf: (ctx: Context) => string
  /** Where the collector is reached from outside, without a slash at the end. */
  publicUrl: () => string
  now: () => number
  log: Log
}
