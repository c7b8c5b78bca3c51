import { defineConfig } from 'vitest/config'

/** Two projects: plain Node, and a real browser; `npm test` runs both. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    maxWorkers: 2,
    // On a busy machine a test takes many times as long, and is none the worse for it.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/browser/**'] } },
      { extends: true, test: { name: 'browser', include: ['test/browser/**/*.test.ts'], globalSetup: ['test/browser/one-browser.ts'] } },
    ],
  },
})
