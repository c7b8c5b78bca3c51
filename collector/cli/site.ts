import type { Command } from 'commander'
import { SiteInput } from '../../shared/wire/settings.ts'
import { valid } from '../http/body.ts'
import type { Outside } from '../service/site-proof.ts'
import type { SiteView } from '../service/sites.ts'
import { group, merchantCommand, withData, type Options, type Streams } from './program.ts'

/** `site add`, `prove`, `list`. */
export function siteCommands(streams: Streams, outside: Outside): Command {
  const parent = group('site', "add, prove and list a merchant's sites")
  parent.addCommand(merchantCommand('add', 'name a further site; it counts once it is proved', 'refledger site add blog.example').argument('<host>', 'its subdomains are included').action((host: string, options: Options) => withData(options, streams, async ({ services }) => {
    const site = await services.sites.add(valid(SiteInput, { host }), options.merchant)
    return { json: siteJson(site), text: siteText(site) }
  })))
  parent.addCommand(merchantCommand('prove', "look for a site's proof, in DNS and on the site", 'refledger site prove blog.example').argument('<host>').action((host: string, options: Options) => withData(options, streams, async ({ services }) => {
    const site = await services.sites.prove(valid(SiteInput, { host }), outside, options.merchant)
    return { json: siteJson(site), text: siteText(site) }
  })))
  parent.addCommand(merchantCommand('list', 'list the sites', 'refledger site list').action((options: Options) => withData(options, streams, ({ services }) => {
    const sites = services.sites.list(options.merchant)
    return { json: sites.map(siteJson), text: sites.map(siteText).join('\n') }
  })))
  return parent
}

const siteJson = ({ host, provedAtMs, proof }: SiteView) => ({ host, provedAt: provedAtMs === null ? null : new Date(provedAtMs).toISOString(), proof })
const siteText = ({ host, proof }: SiteView): string => (proof === null ? `${host}  proved` : [
  `${host}  not proved yet. Publish one of these, then run "refledger site prove ${host}":`,
  `  DNS   ${proof.dns.name}  TXT  ${proof.dns.value}`, `  file  ${proof.file.url}  holding  ${proof.file.content}`,
].join('\n'))
