/** Runs in the page of the API reference: shows the document that its address asks for. */

declare const SwaggerUIBundle: (options: Record<string, unknown>) => unknown

const wanted = new URLSearchParams(location.search).get('api') ?? undefined
const links = [...document.querySelectorAll<HTMLAnchorElement>('nav a')]
const link = links.find(({ dataset }) => dataset['api'] === wanted) ?? links[0]

void show(link?.dataset['document'] ?? '')

async function show(address: string): Promise<void> {
  link?.setAttribute('aria-current', 'page')
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(`${address} is answered ${answer.status}`)
  const spec = (await answer.json()) as Record<string, unknown>
  // Calls are tried where the page is, which may be another address of the collector than it has outside.
  const here = new URL('.', location.href).href.replace(/\/$/, '')
  SwaggerUIBundle({ dom_id: '#reference', spec: { ...spec, servers: [{ url: here }] }, deepLinking: true, validatorUrl: 'none', defaultModelsExpandDepth: 0, displayRequestDuration: true })
}
