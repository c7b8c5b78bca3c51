/** UUIDs, and what other trackers make; anything else in an address or a cookie is somebody else's. */
export const isSession = (value: unknown): value is string => typeof value === 'string' && /^[\w-]{8,255}$/.test(value)
