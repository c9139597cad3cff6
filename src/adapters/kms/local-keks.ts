import { createSecretKey, type KeyObject } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Random } from '../../core/ports/random.ts'
import { kmsUnavailable } from './failures.ts'
import { identityOf, missingKeyFile, readLocalKeyFile, type LocalKeyFile } from './local-key-file.ts'
import { newVersion, rewriteLocalKeyFile } from './local-key-file-writing.ts'
import { openedKey, passphraseKey, type ScryptParameters } from './local-passphrase.ts'

/** The keys of a key file, which other processes may change. */
export type LocalKeks = {
  /** What wraps now; reads the file anew when it isn't the one that was read. @throws kms_unavailable */
  now(): Promise<{ readonly kekId: string; readonly newest: number; readonly key: KeyObject }>
  /** A version's key, as known; undefined for an unknown one. */
  version(kekId: string, version: number): KeyObject | undefined
  /** Reads the file anew. @throws kms_unavailable */
  again(): Promise<void>
  /** Adds a version to the file, on the disk when this returns. @throws kms_unavailable */
  add(): Promise<void>
}

type Known = {
  readonly identity: string
  readonly kekId: string
  readonly newest: number
  /** KeyObjects keep the octets outside the JavaScript heap, so that no heap snapshot shows them. */
  readonly keys: ReadonlyMap<number, KeyObject>
}

/** @throws kms_unavailable, not retryable, naming the file and the cure */
export async function openLocalKeks(
  path: string,
  random: Random,
  passphrase: () => string | undefined,
): Promise<LocalKeks> {
  const protectionFor = protections(path, passphrase)
  let known = await readKeks(path, protectionFor, undefined)
  let reading: Promise<void> | undefined

  const again = (): Promise<void> =>
    (reading ??= readKeks(path, protectionFor, known)
      .then((read) => void (known = read))
      .finally(() => (reading = undefined)))

  return {
    now: async () => {
      // 3 µs a call: nothing may be sealed under a version that isn't the newest, or whose file is gone.
      const found = statSync(path, { bigint: true, throwIfNoEntry: false })
      if (found === undefined) throw missingKeyFile(path)
      if (identityOf(found) !== known.identity) await again()
      const { kekId, newest, keys } = known
      return { kekId, newest, key: keys.get(newest) as KeyObject }
    },
    version: (kekId, version) => (kekId === known.kekId ? known.keys.get(version) : undefined),
    again,
    add: async () => {
      await rewriteLocalKeyFile(path, async (file) => {
        const protection = await protectionFor(file)
        const version = Math.max(...file.versions.map((each) => each.version)) + 1
        return { ...file, versions: [...file.versions, newVersion(version, file.kekId, protection, random)] }
      })
      await again()
    },
  }
}

type ProtectionFor = (file: LocalKeyFile) => Promise<KeyObject | undefined>

/** Derives the key of the passphrase once a salt: it takes 0.4 s, as it is meant to. */
function protections(path: string, passphrase: () => string | undefined): ProtectionFor {
  let last: { readonly salt: string; readonly key: Promise<KeyObject> } | undefined
  return async (file) => {
    if (file.scrypt === undefined) {
      if (passphrase() === undefined) return undefined
      const cure = 'run: chancery kms passphrase set, or configure no passphrase'
      throw kmsUnavailable(
        `key file ${path} is in the clear, though a passphrase is configured; ${cure}`,
        false,
      )
    }
    const salt = Buffer.from(file.scrypt.salt).toString('base64')
    if (last?.salt === salt) return last.key
    const key = rightPassphraseKey(path, passphrase(), file, file.scrypt)
    last = { salt, key }
    key.catch(() => (last = undefined))
    return key
  }
}

/** @throws kms_unavailable, not retryable, for a wrong passphrase or none */
export async function rightPassphraseKey(
  path: string,
  passphrase: string | undefined,
  file: LocalKeyFile,
  scrypt: ScryptParameters,
): Promise<KeyObject> {
  if (passphrase === undefined)
    throw kmsUnavailable(`key file ${path} wants a passphrase; set CHANCERY_KMS_PASSPHRASE_FILE`, false)
  const key = await passphraseKey(passphrase, scrypt)
  for (const each of file.versions) {
    const opened = openedKey(key, { kekId: file.kekId, version: each.version }, each.key)
    if (opened === undefined)
      throw kmsUnavailable(`the passphrase doesn't open key file ${path}: it is another one's`, false)
    opened.fill(0)
  }
  return key
}

async function readKeks(
  path: string,
  protectionFor: ProtectionFor,
  before: Known | undefined,
): Promise<Known> {
  const { file, identity } = await readLocalKeyFile(path)
  const { kekId, versions } = file
  const newest = Math.max(...versions.map(({ version }) => version))
  try {
    const protection = await protectionFor(file)
    return {
      identity,
      kekId,
      newest,
      keys: new Map(versions.map((each) => [each.version, keyOf(file, each, protection)])),
    }
  } catch (error) {
    // Its passphrase was changed under a running server, whose own is the old one: its keys are as they were.
    if (before?.kekId === kekId && versions.every(({ version }) => before.keys.has(version)))
      return { ...before, identity }
    throw error
  } finally {
    for (const { key } of versions) key.fill(0)
  }
}

function keyOf(
  { kekId }: LocalKeyFile,
  { version, key }: LocalKeyFile['versions'][number],
  protection: KeyObject | undefined,
): KeyObject {
  if (protection === undefined) return createSecretKey(key)
  const opened = openedKey(protection, { kekId, version }, key)
  if (opened === undefined)
    throw kmsUnavailable(`the local key file's version ${version} doesn't open; restore its backup`, false)
  try {
    return createSecretKey(opened)
  } finally {
    opened.fill(0)
  }
}
