import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLocalKeyFile } from '../../../src/adapters/kms/local.ts'
import { createLocalKeyFile } from '../../../src/adapters/kms/local-key-file-writing.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import { kmsConformance } from './kms-conformance.ts'

type KeyFile = { format: string; kekId: string; versions: { version: number; key: string }[] }

const random = createSystemRandom()
let directory: string
let count = 0
const freshPath = (): string => join(directory, `kek-${++count}.json`)
const contentOf = async (path: string): Promise<KeyFile> =>
  JSON.parse(await readFile(path, 'utf8')) as KeyFile

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chancery-kms-'))
})
afterAll(() => rm(directory, { recursive: true }))

kmsConformance('local', async () => {
  const path = freshPath()
  await createLocalKeyFile(path, random)
  const [{ key = '' } = {}] = (await contentOf(path)).versions
  return {
    provider: await openLocalKeyFile(path, random),
    restarted: () => openLocalKeyFile(path, random),
    rotated: async () => {
      const provider = await openLocalKeyFile(path, random)
      await provider.rotate?.()
      return provider
    },
    checkError: (error) => expect(inspect(error, { depth: 9 })).not.toContain(key.slice(0, 12)),
  }
})

describe('rotate', () => {
  const context = Buffer.from('context')
  const twoServers = async () => {
    const path = freshPath()
    await createLocalKeyFile(path, random)
    return { path, one: await openLocalKeyFile(path, random), other: await openLocalKeyFile(path, random) }
  }

  it('adds a version, keeps the others and the mode, and leaves nothing beside the file', async () => {
    const { path, one } = await twoServers()
    const before = await contentOf(path)
    const described = await one.rotate?.()
    const file = await contentOf(path)
    expect(described).toEqual({ provider: 'local', kekId: before.kekId, kekVersion: 2 })
    expect(file.versions.map(({ version }) => version)).toEqual([1, 2])
    expect(file.versions[0]).toEqual(before.versions[0])
    expect(file.versions[1]?.key).not.toBe(before.versions[0]?.key)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await readdir(directory)).filter((name) => name.startsWith(`${basename(path)}.`))).toEqual([])
  })

  it('is seen by another process, which then wraps with the new version and opens what it wraps', async () => {
    const { one, other } = await twoServers()
    const dataKey = randomBytes(32)
    const old = await other.wrap(dataKey, context)
    await one.rotate?.()
    const fresh = await one.wrap(dataKey, context)
    expect(fresh.kekVersion).toBe(2)
    // Unwrapping first: it must find the new version without having wrapped.
    expect(Buffer.from(await other.unwrap(fresh, context)).equals(dataKey)).toBe(true)
    expect((await other.wrap(dataKey, context)).kekVersion).toBe(2)
    expect((await other.describe()).kekVersion).toBe(2)
    expect(Buffer.from(await other.unwrap(old, context)).equals(dataKey)).toBe(true)
  })

  it('many at once, through several handles, lose no version', async () => {
    const { path, one, other } = await twoServers()
    const rotations = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => (i % 2 === 0 ? one : other).rotate?.()),
    )
    const file = await contentOf(path)
    expect(file.versions.map(({ version }) => version)).toEqual(Array.from({ length: 13 }, (_, i) => i + 1))
    expect(new Set(file.versions.map(({ key }) => key)).size).toBe(13)
    for (const each of rotations) expect(each?.kekVersion).toBeGreaterThan(1)
  })

  it('by two processes at once loses no version', async () => {
    const { path } = await twoServers()
    const program = `
      import { openLocalKeyFile } from ${JSON.stringify(join(import.meta.dirname, '../../../src/adapters/kms/local.ts'))}
      import { createSystemRandom } from ${JSON.stringify(join(import.meta.dirname, '../../../src/adapters/system/random.ts'))}
      const provider = await openLocalKeyFile(${JSON.stringify(path)}, createSystemRandom())
      for (let i = 0; i < 10; i++) await provider.rotate()`
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    await Promise.all([run(), run()])
    expect((await contentOf(path)).versions.map(({ version }) => version)).toEqual(
      Array.from({ length: 21 }, (_, i) => i + 1),
    )
  })

  it('goes on after a process that died while it wrote', async () => {
    const { path, one } = await twoServers()
    await writeFile(`${path}.new`, '{"half', { mode: 0o600 })
    const long = new Date(Date.now() - 60_000)
    await utimes(`${path}.new`, long, long)
    expect((await one.rotate?.())?.kekVersion).toBe(2)
    expect((await contentOf(path)).versions).toHaveLength(2)
  })

  it('wraps nothing while its file is gone, since that would be lost; what is known still opens', async () => {
    const { path, one } = await twoServers()
    const dataKey = randomBytes(32)
    const wrapped = await one.wrap(dataKey, context)
    const kept = await readFile(path)
    await rm(path)
    await expect(one.wrap(dataKey, context)).rejects.toMatchObject({
      code: 'kms_unavailable',
      details: { retryable: false },
      message: expect.stringContaining(`${path} is missing`) as string,
    })
    expect(Buffer.from(await one.unwrap(wrapped, context)).equals(dataKey)).toBe(true)
    await writeFile(path, kept, { mode: 0o600 })
    await one.wrap(dataKey, context)
  })

  it('wraps with what is in the file, when another copy of it was put there', async () => {
    const { path, one } = await twoServers()
    const copy = await readFile(path)
    await one.rotate?.()
    await one.wrap(randomBytes(32), context)
    await writeFile(path, copy, { mode: 0o600 })
    await one.rotate?.()
    const dataKey = randomBytes(32)
    const wrapped = await one.wrap(dataKey, context)
    const restarted = await openLocalKeyFile(path, random)
    expect(Buffer.from(await restarted.unwrap(wrapped, context)).equals(dataKey)).toBe(true)
  })
})

describe('createLocalKeyFile', () => {
  it('makes a file that only its owner can read, whatever the umask says', async () => {
    const path = freshPath()
    const before = process.umask(0)
    try {
      await createLocalKeyFile(path, random)
    } finally {
      process.umask(before)
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('writes a fresh 32-octet key and a version 4 UUID', async () => {
    const [one, other] = [freshPath(), freshPath()]
    const { kekId } = await createLocalKeyFile(one, random)
    await createLocalKeyFile(other, random)
    const [file, second] = [await contentOf(one), await contentOf(other)]
    expect(kekId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(file.kekId).toBe(kekId)
    expect(file.versions.map(({ version, key }) => [version, Buffer.from(key, 'base64').length])).toEqual([
      [1, 32],
    ])
    expect(second.versions[0]?.key).not.toBe(file.versions[0]?.key)
  })

  it('never overwrites a file', async () => {
    const path = freshPath()
    await createLocalKeyFile(path, random)
    const before = await readFile(path, 'utf8')
    await expect(createLocalKeyFile(path, random)).rejects.toMatchObject({ code: 'already_exists' })
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  it('says so when its directory is missing', async () => {
    const path = join(directory, 'nowhere', 'kek.json')
    await expect(createLocalKeyFile(path, random)).rejects.toMatchObject({
      code: 'kms_unavailable',
      message: expect.stringContaining(`${path} can't be written (ENOENT)`) as string,
    })
  })
})

describe('openLocalKeyFile refuses, naming the file and the cure,', () => {
  const refused = async (path: string, said: RegExp): Promise<void> => {
    const error = await openLocalKeyFile(path, random).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    )
    expect(error).toMatchObject({ code: 'kms_unavailable', details: { retryable: false } })
    expect(error?.message).toContain(path)
    expect(error?.message).toMatch(said)
  }

  it('a missing file, and makes none', async () => {
    const path = freshPath()
    await refused(path, /is missing; restore it/)
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each([0o640, 0o604, 0o620, 0o601, 0o666])('a file of mode %o', async (mode) => {
    const path = freshPath()
    await createLocalKeyFile(path, random)
    await chmod(path, mode)
    await refused(path, /chmod 600/)
    await chmod(path, 0o600)
    await openLocalKeyFile(path, random)
  })

  it.runIf(process.geteuid?.() === 0)('a file of another user', async () => {
    const path = freshPath()
    await createLocalKeyFile(path, random)
    await chown(path, 65534, 65534)
    await refused(path, /belongs to user 65534.*chown 0/)
  })

  it('a directory', async () => {
    const path = freshPath()
    await mkdir(path, { mode: 0o700 })
    await refused(path, /not a regular file/)
  })

  const key = Buffer.alloc(32, 0xa5).toString('base64')
  const kekId = '01234567-89ab-4cde-8f01-23456789abcd'
  const format = 'chancery-local-kek/1'
  it.each<[string, unknown, RegExp]>([
    ['an empty file', undefined, /not a JSON object/],
    ['a list', [], /not a JSON object/],
    ['another format', { format: 'other', kekId, versions: [{ version: 1, key }] }, /format/],
    ['an id that is no UUID', { format, kekId: 'x', versions: [{ version: 1, key }] }, /kekId/],
    ['no versions', { format, kekId, versions: [] }, /versions must be/],
    ['null for a version', { format, kekId, versions: [null] }, /versions\[0\]\.version/],
    ['version 0', { format, kekId, versions: [{ version: 0, key }] }, /versions\[0\]\.version/],
    [
      'a version twice',
      {
        format,
        kekId,
        versions: [
          { version: 1, key },
          { version: 1, key },
        ],
      },
      /versions\[1\]\.version/,
    ],
    [
      'a key of 31 octets',
      { format, kekId, versions: [{ version: 1, key: key.slice(0, -3) + '=' }] },
      /versions\[0\]\.key/,
    ],
    [
      'a key with a foreign character',
      { format, kekId, versions: [{ version: 1, key: `${key.slice(0, 20)}!${key.slice(20)}` }] },
      /versions\[0\]\.key/,
    ],
    ['a key that is a number', { format, kekId, versions: [{ version: 1, key: 7 }] }, /versions\[0\]\.key/],
  ])('%s', async (_, content, said) => {
    const path = freshPath()
    await writeFile(path, content === undefined ? '' : JSON.stringify(content), { mode: 0o600 })
    await refused(path, said)
  })

  it('a damaged file, without quoting the key in it', async () => {
    const path = freshPath()
    await writeFile(path, `{"format":"${format}","versions":[{"key":"${key}",,}]}`, { mode: 0o600 })
    const error: unknown = await openLocalKeyFile(path, random).catch((reason: unknown) => reason)
    expect(inspect(error, { depth: 9 })).not.toContain(key.slice(0, 12))
  })

  it('a file too large to be one', async () => {
    const path = freshPath()
    await writeFile(path, ' '.repeat(70_000), { mode: 0o600 })
    await refused(path, /too large/)
  })
})

describe('wrapping keys', () => {
  it('are renewed after so many uses, and all of them unwrap, also those no longer in memory', async () => {
    const path = freshPath()
    await createLocalKeyFile(path, random)
    const provider = await openLocalKeyFile(path, random, { usesPerWrappingKey: 2 })
    const context = Buffer.from('context')
    const dataKeys = Array.from({ length: 600 }, () => randomBytes(32))
    const wrapped = []
    for (const dataKey of dataKeys) wrapped.push(await provider.wrap(dataKey, context))
    const salts = wrapped.map((one) => Buffer.from(one.wrapped.subarray(0, 16)).toString('hex'))
    expect(new Set(salts).size).toBe(300)
    expect(salts[0]).toBe(salts[1])
    for (const [place, one] of wrapped.entries()) {
      expect(dataKeys[place]?.equals(await provider.unwrap(one, context))).toBe(true)
    }
  })
})

describe('speed', () => {
  it('wraps and unwraps in well under a tenth of a millisecond', async () => {
    const path = freshPath()
    await createLocalKeyFile(path, random)
    const provider = await openLocalKeyFile(path, random)
    const context = Buffer.alloc(120)
    const rounds = 2000
    const before = process.threadCpuUsage()
    for (let round = 0; round < rounds; round++) {
      await provider.unwrap(await provider.wrap(random.bytes(32), context), context)
    }
    const { user, system } = process.threadCpuUsage(before)
    // About 25 µs of this thread; the bound only catches a derivation or a reading of the file on each call.
    expect((user + system) / rounds).toBeLessThan(200)
  })
})
