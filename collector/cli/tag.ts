import type { Command } from 'commander'
import { join } from 'node:path'
import { reachedAt } from '../address.ts'
import { loadBuild } from '../script-builds.ts'
import { scriptTags, type ScriptTags } from '../script-tag.ts'
import { configOf, merchantCommand, withData, type Options, type Streams } from './program.ts'

/** `tag`: what to paste into the shop's pages. */
export function tagCommand(streams: Streams, assetsDir: string): Command {
  return merchantCommand('tag', "print the script tag for the shop's pages", 'refledger tag --pinned --public-url https://track.shop.example')
    .option('--pinned', 'name this one build, with its hash: it never changes, and a newer one needs a new tag')
    .action((options: Options) => withData(options, streams, ({ services }) => {
      const config = configOf(options)
      const tags = scriptTags(reachedAt(config), loadBuild(join(assetsDir, 'r.js')))
      const sites = services.sites.list(options.merchant).filter(({ provedAtMs }) => provedAtMs !== null).map(({ host }) => host)
      return { json: tags, text: textOf(tags, { sites, pinned: options['pinned'] === true, isPublic: config.publicUrl !== undefined || !isLocal(tags.src) }) }
    }))
}

const isLocal = (url: string): boolean => new URL(url).hostname === 'localhost'

function textOf({ src, tag, pinnedTag, noscript, stub }: ScriptTags, { sites, pinned, isPublic }: { sites: string[]; pinned: boolean; isPublic: boolean }): string {
  return [
    `On every page of ${sites.join(', ')}:`, '', pinned ? pinnedTag : tag, noscript, '',
    'Before it, where a page calls refledger and cannot wait for the script:', '', `<script>\n${stub}\n</script>`,
    ...(isPublic ? [] : ['', `PUBLIC_URL is not set: only this machine reaches ${new URL(src).origin}.`]),
  ].join('\n')
}
