import type { RouteDeps } from '../../routes/deps.ts'
import type { Dialect } from '../dialect.ts'
import { renderRefersion } from './errors.ts'
import { trackerRoutes } from './tracker.ts'

/** Refersion's API, version 2. */
export const refersion = (deps: RouteDeps): Dialect => ({
  routes: [trackerRoutes(deps)],
  render: renderRefersion,
  speaks: (_ctx, path) => path.startsWith('/v2/') || path.startsWith('/tracker/'),
})
