import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext { browser: string }
}

// A person's browser: not one that says a program drives it. Hosts in `.example` are this machine, over plain http.
export const FLAGS = ['--disable-blink-features=AutomationControlled', '--host-resolver-rules=MAP *.example 127.0.0.1', '--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run']

/** The path of a Chromium of this very version, unpacked once under node_modules. */
export async function unpacked(): Promise<string> {
  const modules = join(import.meta.dirname, '../../node_modules')
  const { version } = JSON.parse(readFileSync(join(modules, '@sparticuz/chromium/package.json'), 'utf8')) as { version: string }
  const dir = join(modules, '.cache', `chromium-${version}-${process.getuid?.() ?? 0}`)
  mkdirSync(dir, { recursive: true })
  // The package unpacks into the temporary directory, takes whatever `chromium` already lies there,
  // and brings its own libnss3 only when it believes that it runs on Lambda.
  const kept = { tmp: process.env['TMPDIR'], lambda: process.env['AWS_LAMBDA_JS_RUNTIME'] }
  process.env['TMPDIR'] = dir
  process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs24.x'
  try {
    const { default: pack } = await import('@sparticuz/chromium')
    const path = await pack.executablePath()
    process.env['FONTCONFIG_PATH'] = fontsIn(dir)
    return path
  } finally {
    if (kept.tmp === undefined) delete process.env['TMPDIR']; else process.env['TMPDIR'] = kept.tmp
    if (kept.lambda === undefined) delete process.env['AWS_LAMBDA_JS_RUNTIME']; else process.env['AWS_LAMBDA_JS_RUNTIME'] = kept.lambda
  }
}

/**
 * The package brings a font, and a configuration that looks for it where Lambda unpacks it: told its real place,
 * the browser finds one also on a machine without any.
 */
function fontsIn(dir: string): string {
  const config = join(dir, 'fontconfig')
  mkdirSync(config, { recursive: true })
  writeFileSync(join(config, 'fonts.conf'), `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${join(dir, 'fonts')}</dir><dir>/usr/share/fonts</dir><cachedir>${join(dir, 'font-cache')}</cachedir></fontconfig>`)
  return config
}

/** Starts one Chromium for all test files and returns what ends it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await chromium.launchServer({ executablePath: process.env['CHROMIUM_PATH'] ?? (await unpacked()), args: FLAGS })
  project.provide('browser', server.wsEndpoint())
  return () => server.close()
}
