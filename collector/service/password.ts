import { randomBytes, scrypt } from 'node:crypto'

/** Work that a guess costs: 32 MiB and about a tenth of a second (OWASP's choice for scrypt at this memory). */
const COST = { N: 32_768, r: 8, p: 3, maxmem: 64 * 1024 * 1024 }
const SALT_BYTES = 16
const HASH_BYTES = 32

/** A password as it is kept: salted and stretched, with what is needed to try a guess. */
export async function passwordHash(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await new Promise<Buffer>((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, COST, (error, derived) => (error === null ? resolve(derived) : reject(error)))
  })
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt.toString('base64url')}$${key.toString('base64url')}`
}
