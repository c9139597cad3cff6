import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLocalKeyFile, openLocalKeyFile } from '../../../src/adapters/kms/local.ts'
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
      const file = await contentOf(path)
      file.versions.push({ version: 2, key: randomBytes(32).toString('base64') })
      await writeFile(path, JSON.stringify(file))
      return openLocalKeyFile(path, random)
    },
    checkError: (error) => expect(inspect(error, { depth: 9 })).not.toContain(key.slice(0, 12)),
  }
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
    const provider = await openLocalKeyFile(path, random, 2)
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
    const started = performance.now()
    for (let round = 0; round < rounds; round++) {
      await provider.unwrap(await provider.wrap(random.bytes(32), context), context)
    }
    // About 0.025 ms on a busy machine; the bound only catches a derivation or a disk access on each call.
    expect((performance.now() - started) / rounds).toBeLessThan(0.2)
  })
})
