/** Set by the build. */
declare const BUILT: { version: string } | undefined

/** Whether this is the built program, which has what it needs beside it or inside. */
export const isBuilt = typeof BUILT !== 'undefined'

/** This program's version; run from the sources it has none. */
export const VERSION = typeof BUILT === 'undefined' ? 'development' : BUILT.version
