import { constants } from 'node:fs'
import { link, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { Random } from '../../core/ports/random.ts'
import { kmsUnavailable } from './failures.ts'

/** The secret content of a key file. Keys are octets, newest version last; whoever gets them zeroes them. */
export type LocalKeys = {
  readonly kekId: string
  readonly versions: readonly { readonly version: number; readonly key: Uint8Array }[]
}

const FORMAT = 'chancery-local-kek/1'
const KEY_OCTETS = 32
const MOST_OCTETS = 64 * 1024
const OTHERS = 0o077
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Makes a key file with one key in it, mode 0600, on the disk when this returns. Whether an installation may have a
 * new one is the caller's decision: where keys are sealed already, a new file would only hide that the old one is lost.
 * @throws already_exists when there is a file, which is never overwritten; kms_unavailable when it can't be written
 */
export async function createLocalKeyFile(path: string, random: Random): Promise<{ kekId: string }> {
  const kekId = uuidFrom(random.bytes(16))
  const key = random.bytes(KEY_OCTETS)
  const versions = [{ version: 1, key: Buffer.from(key).toString('base64') }]
  const content = Buffer.from(`${JSON.stringify({ format: FORMAT, kekId, versions }, null, 2)}\n`)
  key.fill(0)
  try {
    // Under another name first: a process killed while it writes must not leave half a key file behind.
    const temporary = `${path}.${kekId}.new`
    try {
      const file = await open(temporary, 'wx', 0o600)
      await file.writeFile(content)
      await file.sync()
      await file.close()
      await link(temporary, path)
    } finally {
      await rm(temporary, { force: true })
    }
    // The name is in the directory: without this the file may be gone after a power cut, and every key with it.
    const directory = await open(dirname(path), 'r')
    await directory.sync().finally(() => directory.close())
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      throw new ChanceryError('already_exists', `key file ${path} exists already; it is never overwritten`)
    }
    throw kmsUnavailable(
      `key file ${path} can't be written (${codeOf(error)}); check its directory`,
      false,
      error,
    )
  } finally {
    content.fill(0)
  }
  return { kekId }
}

/**
 * Reads a key file after checking who else could have: the checks are made on the opened file, not on its name.
 * @throws kms_unavailable, not retryable, that names the file and the cure
 */
export async function readLocalKeyFile(path: string): Promise<LocalKeys> {
  const content = await contentOf(path)
  try {
    return keysFrom(content.toString('utf8'), path)
  } finally {
    content.fill(0)
  }
}

async function contentOf(path: string): Promise<Buffer> {
  const refusal = (what: string): ChanceryError => kmsUnavailable(`key file ${path} ${what}`, false)
  // Non-blocking: opening a FIFO that somebody put there would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    const missing = `is missing; restore it from its backup, without it no private key of this installation opens`
    const what =
      codeOf(error) === 'ENOENT'
        ? missing
        : `can't be read (${codeOf(error)}); make it readable for this user`
    throw kmsUnavailable(`key file ${path} ${what}`, false, error)
  })
  try {
    const stat = await file.stat()
    const { mode, uid, size } = stat
    const user = process.geteuid?.()
    if (!stat.isFile()) throw refusal('is not a regular file; give the path of one')
    if (user !== undefined && uid !== user) {
      throw refusal(`belongs to user ${uid}, not to this process's user ${user}; run: chown ${user} ${path}`)
    }
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw refusal(`is open to others (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${path}`)
    }
    if (size > MOST_OCTETS) throw refusal('is too large to be a key file; restore it from its backup')
    return await file.readFile()
  } finally {
    await file.close()
  }
}

function keysFrom(content: string, path: string): LocalKeys {
  const malformed = (what: string): ChanceryError =>
    kmsUnavailable(`key file ${path} is malformed: ${what}; restore it from its backup`, false)
  const file = objectFrom(content)
  if (file === undefined) throw malformed('it is not a JSON object')
  if (file['format'] !== FORMAT) throw malformed(`format must be "${FORMAT}"`)
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
    if (octets.length !== KEY_OCTETS || octets.toString('base64') !== key) {
      throw malformed(`versions[${place}].key must be ${KEY_OCTETS} octets in base64`)
    }
    return { version: last, key: octets }
  })
  return { kekId, versions }
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

/** A version 4 UUID (RFC 9562 §5.4) from 16 random octets. */
function uuidFrom(octets: Uint8Array): string {
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x40
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80
  return Buffer.from(octets)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown error'
}
