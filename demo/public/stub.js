// Keeps calls for the tracker until it has loaded. A file, because the shop's CSP forbids inline scripts.
window.refledger = window.refledger || function () {
  const args = arguments
  return new Promise((resolve) => {
    (window.refledger.q = window.refledger.q || []).push([args, resolve])
  })
}
