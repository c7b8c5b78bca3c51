/** Calls back whenever the page's address changes without a load, as single-page applications do. */
export const watchAddress = (changed: () => void): void => {
  for (const name of ['replaceState', 'pushState'] as const) {
    const original = history[name]
    history[name] = function (...given) {
      original.apply(this, given)
      changed()
    }
  }
  addEventListener('popstate', changed)
}
