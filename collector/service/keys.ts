import { randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import type { Mode } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import { secretHash } from '../secrets.ts'
import { isInUse } from '../store/keys-in-use.ts'
import type { Directory, Entry } from '../store/store.ts'
import { SCOPES, type ApiKey, type Dialect, type Scope } from '../store/keys.ts'
import { newEntityId, settingsFor, type Deps } from './deps.ts'

export interface KeyInput {
  dialect: Dialect
  mode: Mode
  scopes: Scope[]
}

/** A key as it is shown, once: a bearer token, or Refersion's pair. */
export type NewKey = { id: string; token: string } | { id: string; public: string; secret: string }

/** A key as it is listed: never its secret. */
export type KeyView = Pick<ApiKey, 'id' | 'dialect' | 'mode' | 'scopes' | 'publicId' | 'createdAtMs' | 'endsAtMs'>

const PREFIX: Record<Dialect, Record<Mode, string>> = {
  refcampaign: { live: 'rc_live_', test: 'rc_test_' },
  refgrow: { live: 'rgk_', test: 'rgk_' },
  refersion: { live: 'pub_', test: 'pub_test_' },
}

/**
 * Makes a key for a merchant, without storing it: a signed token for clients that want to read it, which we
 * ourselves find by its hash. Refersion's clients send a pair instead.
 */
export async function makeKey(deps: Deps, merchantId: number, { dialect, mode, scopes }: KeyInput): Promise<{ key: ApiKey; shown: NewKey }> {
  const id = newEntityId(deps, 'key')
  const nowMs = deps.now()
  const base = { id, merchantId, dialect, mode, scopes, createdAtMs: nowMs, revokedAtMs: null, endsAtMs: null }
  if (dialect === 'refersion') {
    const publicId = PREFIX[dialect][mode] + randomBytes(12).toString('hex')
    const secret = `sec_${randomBytes(24).toString('hex')}`
    return { key: { ...base, publicId, secretHash: secretHash(secret) }, shown: { id, public: publicId, secret } }
  }
  const jwt = await new SignJWT({ mode, scopes }).setProtectedHeader({ alg: 'HS256' }).setJti(id).setSubject(String(merchantId)).setIssuedAt(Math.floor(nowMs / 1000)).sign(deps.secrets.signing)
  const token = PREFIX[dialect][mode] + jwt
  return { key: { ...base, publicId: null, secretHash: secretHash(token) }, shown: { id, token } }
}

/** API keys of a merchant. */
export function keyService(deps: Deps) {
  const { store, now } = deps

  function inUse({ keys }: Directory, merchantId: number, id: string): ApiKey {
    const held = [...keys.values()].find((key) => key.merchantId === merchantId && key.id === id)
    if (held === undefined || !isInUse(held, now())) throw new DomainError('NOT_FOUND', `There is no key ${id} in use.`)
    return held
  }

  return {
    async create(input: KeyInput, merchantId?: number): Promise<NewKey> {
      const { merchant } = settingsFor(store.directory(), merchantId)
      const { key, shown } = await makeKey(deps, merchant.id, { ...input, scopes: input.scopes.length > 0 ? input.scopes : [...SCOPES] })
      return store.decide('settings', {}, () => ({ entries: [{ kind: 'key', key }], result: shown }))
    },

    list(merchantId?: number): KeyView[] {
      const directory = store.directory()
      const { merchant } = settingsFor(directory, merchantId)
      return [...directory.keys.values()].filter((key) => key.merchantId === merchant.id).map(({ id, dialect, mode, scopes, publicId, createdAtMs, endsAtMs }) => ({ id, dialect, mode, scopes, publicId, createdAtMs, endsAtMs }))
    },

    /**
     * Makes a key that may do what another one may, and ends that one: after the grace, or at once. Throws `NOT_FOUND` when there
     * is no such key in use, and `CONFLICT` when another has taken its place already.
     */
    async rotate(id: string, { graceMs }: { graceMs: number }, merchantId?: number): Promise<{ shown: NewKey; replaced: { id: string; endsAtMs: number } }> {
      const { merchant } = settingsFor(store.directory(), merchantId)
      const { key, shown } = await makeKey(deps, merchant.id, inUse(store.directory(), merchant.id, id))
      const endsAtMs = key.createdAtMs + graceMs
      return store.decide('settings', {}, ({ directory }) => {
        if (inUse(directory, merchant.id, id).endsAtMs !== null) throw new DomainError('CONFLICT', `Another key has taken the place of ${id} already: it ends by itself, or at once with "refledger key revoke".`)
        const end: Entry = graceMs > 0 ? { kind: 'key_ending', merchantId: merchant.id, id, endsAtMs } : { kind: 'key_revoked', merchantId: merchant.id, id, revokedAtMs: endsAtMs }
        return { entries: [{ kind: 'key', key }, end], result: { shown, replaced: { id, endsAtMs } } }
      })
    },

    /** Ends a key at once, for good; throws `NOT_FOUND` when there is no such key in use. */
    revoke(id: string, merchantId?: number): Promise<{ id: string; revokedAtMs: number }> {
      const revokedAtMs = now()
      return store.decide('settings', {}, ({ directory }) => {
        const { merchant } = settingsFor(directory, merchantId)
        inUse(directory, merchant.id, id)
        return { entries: [{ kind: 'key_revoked', merchantId: merchant.id, id, revokedAtMs }], result: { id, revokedAtMs } }
      })
    },
  }
}
