import { constants, type BigIntStats } from 'node:fs'
import { open } from 'node:fs/promises'
import type { ChanceryError } from '../../core/domain/errors.ts'
import { kmsUnavailable } from './failures.ts'
import { scryptFrom, SEALED_KEK_OCTETS, type ScryptParameters } from './local-passphrase.ts'

/**
 * The content of a key file; newest version last. Keys are octets, 32 of them, or sealed ones where a passphrase
 * protects the file. Whoever gets them zeroes them.
 */
export type LocalKeyFile = {
  readonly kekId: string
  readonly scrypt: ScryptParameters | undefined
  readonly versions: readonly { readonly version: number; readonly key: Uint8Array }[]
}

export const FORMAT = 'chancery-local-kek/1'
export const FORMAT_WITH_PASSPHRASE = 'chancery-local-kek/2'
export const KEY_OCTETS = 32
const MOST_OCTETS = 64 * 1024
const OTHERS = 0o077
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Tells one state of a file from another: each change gives it another inode and another time. */
export const identityOf = ({ dev, ino, size, mtimeNs }: BigIntStats): string =>
  `${dev}/${ino}/${size}/${mtimeNs}`

/**
 * Reads a key file after checking who else could have: the checks are made on the opened file, not on its name.
 * @throws kms_unavailable, not retryable, that names the file and the cure
 */
export async function readLocalKeyFile(path: string): Promise<{ file: LocalKeyFile; identity: string }> {
  const { content, identity } = await contentOf(path)
  try {
    return { file: keysFrom(content.toString('utf8'), path), identity }
  } finally {
    content.fill(0)
  }
}

async function contentOf(path: string): Promise<{ content: Buffer; identity: string }> {
  const refusal = (what: string): ChanceryError => kmsUnavailable(`key file ${path} ${what}`, false)
  // Non-blocking: opening a FIFO that somebody put there would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') throw missingKeyFile(path, error)
    const what = `can't be read (${codeOf(error)}); make it readable for this user`
    throw kmsUnavailable(`key file ${path} ${what}`, false, error)
  })
  try {
    const found = await file.stat({ bigint: true })
    const [mode, uid, size] = [Number(found.mode), Number(found.uid), Number(found.size)]
    const user = process.geteuid?.()
    if (!found.isFile()) throw refusal('is not a regular file; give the path of one')
    if (user !== undefined && uid !== user) {
      throw refusal(`belongs to user ${uid}, not to this process's user ${user}; run: chown ${user} ${path}`)
    }
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw refusal(`is open to others (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${path}`)
    }
    if (size > MOST_OCTETS) throw refusal('is too large to be a key file; restore it from its backup')
    return { content: await file.readFile(), identity: identityOf(found) }
  } finally {
    await file.close()
  }
}

/** Fatal until somebody brings it back: nothing may be sealed under a key that is in memory only. */
export const missingKeyFile = (path: string, cause?: unknown): ChanceryError =>
  kmsUnavailable(
    `key file ${path} is missing; restore it from its backup, without it no private key of this installation opens`,
    false,
    cause,
  )

function keysFrom(content: string, path: string): LocalKeyFile {
  const malformed = (what: string): ChanceryError =>
    kmsUnavailable(`key file ${path} is malformed: ${what}; restore it from its backup`, false)
  const file = objectFrom(content)
  if (file === undefined) throw malformed('it is not a JSON object')
  const sealed = file['format'] === FORMAT_WITH_PASSPHRASE
  if (!sealed && file['format'] !== FORMAT)
    throw malformed(`format must be "${FORMAT}" or "${FORMAT_WITH_PASSPHRASE}"`)
  const scrypt = sealed ? scryptFrom(file['scrypt']) : undefined
  if (sealed && scrypt === undefined)
    throw malformed('scrypt must have N, r, p and a salt that this version takes')
  const octetsOfKey = sealed ? SEALED_KEK_OCTETS : KEY_OCTETS
  const kekId = file['kekId']
  if (typeof kekId !== 'string' || !UUID.test(kekId)) throw malformed('kekId must be a lower-case UUID')
  const list = file['versions']
  if (!Array.isArray(list) || list.length === 0) throw malformed('versions must be a list of at least one')
  let last = 0
  const versions = list.map((entry: unknown, place) => {
    const { version, key } = (entry ?? {}) as { version?: unknown; key?: unknown }
    if (!Number.isInteger(version) || (version as number) <= last || (version as number) > 0xffffffff) {
      throw malformed(`versions[${place}].version must be a whole number above ${last}`)
    }
    last = version as number
    const octets = typeof key === 'string' ? Buffer.from(key, 'base64') : Buffer.alloc(0)
    // Compared because `from` skips what isn't base64: a damaged key must not pass for another one.
    if (octets.length !== octetsOfKey || octets.toString('base64') !== key) {
      throw malformed(`versions[${place}].key must be ${octetsOfKey} octets in base64`)
    }
    return { version: last, key: octets }
  })
  return { kekId, scrypt, versions }
}

/** JSON.parse quotes what it stumbles over, which may be a key: the error is dropped here. */
function objectFrom(content: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(content)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** The code of a failed system call. */
export const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown error'
}
