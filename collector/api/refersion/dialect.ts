import type { RouteDeps } from '../../routes/deps.ts'
import type { Dialect } from '../dialect.ts'
import { renderRefersion } from './errors.ts'

/** Refersion's API, version 2. */
export const refersion = (_deps: RouteDeps): Dialect => ({
  routes: [],
  render: renderRefersion,
  speaks: (_ctx, path) => path.startsWith('/v2/'),
})
