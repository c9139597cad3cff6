import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeKeyFilePassphrase } from '../../../src/adapters/kms/local-passphrase-change.ts'
import { createLocalKeyFile } from '../../../src/adapters/kms/local-key-file-writing.ts'
import { openLocalKeyFile } from '../../../src/adapters/kms/local.ts'
import type { KmsProvider } from '../../../src/core/ports/kms-provider.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import { kmsConformance } from './kms-conformance.ts'

type KeyFile = {
  format: string
  kekId: string
  scrypt: { N: number; r: number; p: number; salt: string }
  versions: { version: number; key: string }[]
}

const random = createSystemRandom()
const PASSPHRASE = 'correct horse battery staple'
const OTHER = 'another horse altogether'
const context = Buffer.from('context')
let directory: string
let count = 0
const freshPath = (): string => join(directory, `kek-${++count}.json`)
const contentOf = async (path: string): Promise<KeyFile> =>
  JSON.parse(await readFile(path, 'utf8')) as KeyFile
const opened = (path: string, passphrase: string | undefined = PASSPHRASE) =>
  openLocalKeyFile(path, random, { passphrase: () => passphrase })

/** scrypt takes half a second of a quiet core, and that is what it is for: files are copies of one. */
let made: string
const aCopy = async (): Promise<string> => {
  const path = freshPath()
  await copyFile(made, path)
  return path
}
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chancery-passphrase-'))
  made = freshPath()
  await createLocalKeyFile(made, random, PASSPHRASE)
})
afterAll(() => rm(directory, { recursive: true }))

let onTrial: Promise<KmsProvider> | undefined
kmsConformance('local', async () => {
  const path = made
  const provider = await (onTrial ??= opened(path))
  return {
    provider,
    restarted: () => opened(path),
    rotated: async () => {
      await provider.rotate?.()
      return provider
    },
    checkError: (error) => expect(inspect(error, { depth: 9 })).not.toContain(PASSPHRASE),
  }
})

describe('a key file under a passphrase', { timeout: 60_000 }, () => {
  it('has its keys under scrypt with N of 2^17 and a salt of its own, mode 0600 (RFC 7914)', async () => {
    const [path, other] = [made, freshPath()]
    await createLocalKeyFile(other, random, PASSPHRASE)
    const { scrypt, versions } = await contentOf(path)
    expect(scrypt).toMatchObject({ N: 2 ** 17, r: 8, p: 1 })
    expect(Buffer.from(scrypt.salt, 'base64')).toHaveLength(16)
    expect(scrypt.salt).not.toBe((await contentOf(other)).scrypt.salt)
    for (const { key } of versions) expect(Buffer.from(key, 'base64')).toHaveLength(60)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['another passphrase', OTHER, /the passphrase doesn't open key file/],
    ['none', undefined, /wants a passphrase; set CHANCERY_KMS_PASSPHRASE_FILE/],
  ])('opens with %s not, and says so', async (_, passphrase, said) => {
    const path = await aCopy()
    const failed: unknown = await openLocalKeyFile(path, random, { passphrase: () => passphrase }).catch(
      (error: unknown) => error,
    )
    expect(failed).toMatchObject({ code: 'kms_unavailable', details: { retryable: false } })
    expect((failed as Error).message).toMatch(said)
    expect(inspect(failed, { depth: 9 })).not.toContain(OTHER)
  })

  it('is wanted where one is configured: a key file in the clear is refused then', async () => {
    const path = freshPath()
    await createLocalKeyFile(path, random)
    await expect(opened(path)).rejects.toThrow(/is in the clear.*chancery kms passphrase set/)
  })

  it.each<[string, (file: KeyFile) => void, RegExp]>([
    ['asks for 1 GiB and more', ({ scrypt }) => (scrypt.N = 2 ** 21), /scrypt must have/],
    ['asks for too little', ({ scrypt }) => (scrypt.N = 2 ** 14), /scrypt must have/],
    ['has an N that is no power of two', ({ scrypt }) => (scrypt.N = 2 ** 17 + 1), /scrypt must have/],
    ['has another r', ({ scrypt }) => (scrypt.r = 1), /scrypt must have/],
    ['has a short salt', ({ scrypt }) => (scrypt.salt = 'AAAA'), /scrypt must have/],
    ['has another salt', ({ scrypt }) => (scrypt.salt = Buffer.alloc(16).toString('base64')), /doesn't open/],
    ['has another id', (file) => (file.kekId = '01234567-89ab-4cde-8f01-23456789abcd'), /doesn't open/],
    [
      'calls its key by another version',
      ({ versions }) => ((versions.at(-1) ?? { version: 0 }).version = 99),
      /doesn't open/,
    ],
    [
      'has a key in the clear',
      ({ versions }) => ((versions[0] ?? { key: '' }).key = randomBytes(32).toString('base64')),
      /must be 60 octets/,
    ],
  ])('is refused when it %s', async (_, change, said) => {
    const path = await aCopy()
    const file = await contentOf(path)
    change(file)
    await writeFile(path, JSON.stringify(file))
    await expect(opened(path)).rejects.toThrow(said)
  })
})

describe('changing the passphrase', { timeout: 180_000 }, () => {
  it('adds, changes and removes it; what was wrapped opens at every step', async () => {
    const path = freshPath()
    await createLocalKeyFile(path, random)
    const plain = await openLocalKeyFile(path, random)
    await plain.rotate?.()
    const dataKey = randomBytes(32)
    const wrapped = await plain.wrap(dataKey, context)
    const before = await readFile(path, 'utf8')
    const opens = async (passphrase: string | undefined) => {
      const provider = await openLocalKeyFile(path, random, { passphrase: () => passphrase })
      expect(dataKey.equals(await provider.unwrap(wrapped, context))).toBe(true)
    }
    await changeKeyFilePassphrase(path, random, { from: undefined, to: PASSPHRASE })
    await opens(PASSPHRASE)
    for (const { key } of (JSON.parse(before) as KeyFile).versions)
      expect(await readFile(path, 'utf8')).not.toContain(key.slice(0, 20))
    await changeKeyFilePassphrase(path, random, { from: PASSPHRASE, to: OTHER })
    await opens(OTHER)
    await expect(opened(path, PASSPHRASE)).rejects.toThrow("doesn't open")
    await changeKeyFilePassphrase(path, random, { from: OTHER, to: undefined })
    await opens(undefined)
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  it('wants the right one, and changes nothing without', async () => {
    const path = await aCopy()
    const before = await readFile(path, 'utf8')
    for (const from of [OTHER, undefined])
      await expect(changeKeyFilePassphrase(path, random, { from, to: OTHER })).rejects.toThrow(/passphrase/)
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  it('under a running server: it goes on wrapping, and only a rotation wants the new one', async () => {
    const path = freshPath()
    await createLocalKeyFile(path, random)
    const running = await openLocalKeyFile(path, random)
    const old = await running.wrap(randomBytes(32), context)
    await changeKeyFilePassphrase(path, random, { from: undefined, to: PASSPHRASE })
    const meanwhile = await running.wrap(randomBytes(32), context)
    await running.unwrap(old, context)
    const restarted = await opened(path)
    await restarted.unwrap(meanwhile, context)
    await expect(running.rotate?.()).rejects.toThrow(/wants a passphrase/)
    await restarted.rotate?.()
    await expect(running.wrap(randomBytes(32), context)).rejects.toThrow(/wants a passphrase/)
  })
})
