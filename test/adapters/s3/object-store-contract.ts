import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { ObjectStorageOptions } from '../../../src/adapters/s3/object-storage.ts'
import type { NewObject, ObjectName, ObjectStore } from '../../../src/core/ports/object-store.ts'

/** An object as somebody else reads it from the storage. */
export type ReadObject = {
  readonly octets: Buffer
  readonly mediaType: string | undefined
  readonly isPublic: boolean
}

/** A storage with one bucket, `kept`, and a second pair of eyes. */
export type StorageWorld = {
  client(more?: Partial<ObjectStorageOptions>): ObjectStore
  read(name: ObjectName): Promise<ReadObject>
  close(): Promise<void>
}

let counter = 0
const aName = (): ObjectName => ({ bucket: 'kept', key: `crl/some~path/object-${++counter}.crl` })
export const anObject = (octets: Uint8Array, more: Partial<NewObject> = {}): NewObject => ({
  mediaType: 'application/pkix-crl',
  length: octets.length,
  acl: 'PUBLIC_READ',
  notes: { 'crl-number': '17', 'object-acl': 'PUBLIC_READ' },
  async *octets() {
    for (let at = 0; at < octets.length; at += 100_000) yield octets.subarray(at, at + 100_000)
  },
  ...more,
})
const some = Buffer.from('some octets')

/**
 * What every storage does, whatever is behind it. Each test opens a world of its own.
 * @param knowsConditions whether it keeps If-Match and If-None-Match
 */
export function objectStoreContract(knowsConditions: boolean, open: () => Promise<StorageWorld>): void {
  const world = async (): Promise<StorageWorld> => {
    const opened = await open()
    onTestFinished(opened.close)
    return opened
  }

  test('what isn’t there is absent', async () => {
    const { client } = await world()
    expect(await client().stat(aName())).toEqual({ outcome: 'absent' })
  })

  test('an object is there as it was put, with what was noted, for everybody to read', async () => {
    const { client, read } = await world()
    const name = aName()
    expect(await client().put(name, anObject(some), undefined)).toEqual({ outcome: 'stored' })
    expect(await client().stat(name)).toEqual({
      outcome: 'found',
      object: {
        etag: expect.stringMatching(/^".+"$/) as string,
        length: some.length,
        notes: { 'crl-number': '17', 'object-acl': 'PUBLIC_READ' },
      },
    })
    expect(await read(name)).toEqual({ octets: some, mediaType: 'application/pkix-crl', isPublic: true })
  })

  test('an object is its owner’s alone where it isn’t to be public', async () => {
    const { client, read } = await world()
    const [theirs, unsaid] = [aName(), aName()]
    const acl = 'BUCKET_OWNER_FULL_CONTROL'
    expect(await client().put(theirs, anObject(some, { acl }), undefined)).toEqual({ outcome: 'stored' })
    const report = anObject(some, { acl: undefined, mediaType: 'text/csv', notes: {} })
    expect(await client().put(unsaid, report, undefined)).toEqual({ outcome: 'stored' })
    expect(await read(theirs)).toMatchObject({ isPublic: false })
    expect(await read(unsaid)).toEqual({ octets: some, mediaType: 'text/csv', isPublic: false })
  })

  test('an object of megabytes goes in pieces, an empty one as well', async () => {
    const { client, read } = await world()
    const large = Buffer.alloc(3_000_001, 'large')
    for (const octets of [large, Buffer.alloc(0)]) {
      const name = aName()
      expect(await client().put(name, anObject(octets), undefined)).toEqual({ outcome: 'stored' })
      expect((await read(name)).octets.equals(octets)).toBe(true)
    }
  })

  test('an object takes the place of the one that it was to replace', async () => {
    const { client, read } = await world()
    const name = aName()
    await client().put(name, anObject(some), undefined)
    const found = await client().stat(name)
    const over = found.outcome === 'found' ? found.object.etag : undefined
    expect(await client().put(name, anObject(Buffer.from('newer')), over)).toEqual({ outcome: 'stored' })
    expect((await read(name)).octets.toString()).toBe('newer')
  })

  if (knowsConditions)
    test('an object that somebody else has put in the meantime stays (RFC 9110 §13.1)', async () => {
      const { client, read } = await world()
      const name = aName()
      await client().put(name, anObject(some), undefined)
      const another = anObject(Buffer.from('another'))
      expect(await client().put(name, another, undefined)).toEqual({ outcome: 'changed' })
      expect(await client().put(name, another, '"0123"')).toEqual({ outcome: 'changed' })
      expect((await read(name)).octets.equals(some)).toBe(true)
    })

  test('a wrong key and a bucket that isn’t there are refusals, which tell nothing secret', async () => {
    const { client } = await world()
    const secretAccessKey = 'wrong-0123456789'
    const wrong = client({ credentials: { accessKeyId: 'chancery:storage', secretAccessKey } })
    const refusals = [
      await wrong.stat(aName()),
      await wrong.put(aName(), anObject(some), undefined),
      await client().put({ bucket: 'not-there', key: 'a' }, anObject(some), undefined),
    ]
    expect(refusals).toEqual([
      { outcome: 'refused', detail: 'the storage answered 403' },
      { outcome: 'refused', detail: 'the storage answered 403 SignatureDoesNotMatch' },
      { outcome: 'refused', detail: 'the storage answered 404 NoSuchBucket' },
    ])
  })

  test('octets that change between hashing and sending are refused', async () => {
    const { client } = await world()
    const name = aName()
    let read = 0
    const object = anObject(Buffer.alloc(10), {
      async *octets() {
        yield Buffer.alloc(10, read++)
      },
    })
    expect(await client().put(name, object, undefined)).toEqual({
      outcome: 'refused',
      detail: expect.stringMatching(
        /^the storage answered 400 (XAmzContentSHA256Mismatch|BadDigest)$/,
      ) as string,
    })
    expect(await client().stat(name)).toEqual({ outcome: 'absent' })
  })

  test('a storage that can’t be reached fails', async () => {
    const { client } = await world()
    const closed = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => closed.once('listening', resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    const elsewhere = client({ endpoint: `http://127.0.0.1:${port}` })
    expect(await elsewhere.stat(aName())).toMatchObject({ outcome: 'failed' })
    expect(await elsewhere.put(aName(), anObject(some), undefined)).toMatchObject({ outcome: 'failed' })
  })
}
