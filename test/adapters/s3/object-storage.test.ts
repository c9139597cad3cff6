import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { objectUrl } from '../../../src/adapters/s3/object-url.ts'
import { aTestStorage, STORAGE_CREDENTIALS, type TestStorage } from '../../support/object-storage.ts'
import { anObject, objectStoreContract, type StorageWorld } from './object-store-contract.ts'

const NOW = Date.UTC(2030, 5, 15, 12, 34, 56, 789)
const name = { bucket: 'kept', key: 'crl/a.crl' }

describe('a storage as strict as Amazon S3', () => {
  objectStoreContract(true, async (): Promise<StorageWorld> => {
    const storage = await aTestStorage(() => NOW)
    storage.buckets.add('kept')
    return {
      ...storage,
      read: async ({ bucket, key }) => {
        const kept = storage.objects.get(`${bucket}/${key}`)
        if (kept === undefined) throw new Error('it isn’t there')
        const mediaType = kept.headers['content-type']
        return { octets: kept.body, mediaType, isPublic: kept.headers['x-amz-acl'] === 'public-read' }
      },
    }
  })
})

describe('what a storage may do', () => {
  let storage: TestStorage
  beforeEach(async () => {
    storage = await aTestStorage(() => NOW)
    storage.buckets.add('kept')
  })
  afterEach(() => storage.close())

  test('any answer is a refusal or a failure, of which the code alone is told', async () => {
    const status = fc.oneof(fc.integer({ min: 300, max: 599 }), fc.constant(204))
    const text = fc.oneof(
      fc.string(),
      fc.string().map((code) => `<Error><Code>${code}</Code></Error>`),
    )
    await fc.assert(
      fc.asyncProperty(status, text, async (status, text) => {
        storage.before = (_, response) => (response.writeHead(status).end(text), 'answered')
        const put = await storage.client().put(name, anObject(Buffer.from('x')), undefined)
        if (put.outcome === 'stored') return false
        if (put.outcome === 'changed') return status === 412 || text.includes('<Code>NoSuchKey<')
        const passing = status >= 500 || status < 300 || [408, 425, 429].includes(status)
        expect(put.outcome).toBe(passing ? 'failed' : 'refused')
        return /^the storage answered \d{3}( [A-Za-z0-9.]{1,64})?$/.test(put.detail)
      }),
      { numRuns: 60 },
    )
  })

  test('one that refuses conditions is written to without, and asked once whether it does', async () => {
    storage.conditions = 'refused'
    const client = storage.client()
    for (const octets of ['one', 'two']) {
      const put = await client.put(name, anObject(Buffer.from(octets)), undefined)
      expect(put).toEqual({ outcome: 'stored' })
    }
    expect(storage.asked).toHaveLength(3)
    expect(storage.objects.get('kept/crl/a.crl')?.body.toString()).toBe('two')
  })

  test('a redirect isn’t followed: the key is for the storage that was named', async () => {
    storage.before = (_, response) => (
      response.writeHead(307, { location: 'http://169.254.169.254/latest/' }).end(),
      'answered'
    )
    expect(await storage.client().stat(name)).toEqual({
      outcome: 'refused',
      detail: 'the storage answered 307',
    })
    expect(storage.asked).toEqual(['HEAD kept/crl/a.crl'])
  })

  test('a cloud’s metadata service is no storage', async () => {
    const there = storage.client({ endpoint: 'http://169.254.169.254' })
    expect(await there.stat(name)).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('not a public address') as string,
    })
  })

  test('a connection that ends under the body fails, and what is read for it ends with it', async () => {
    let ended = false
    storage.before = (request) => {
      request.socket.destroy()
      return 'answered'
    }
    const object = anObject(Buffer.alloc(100), {
      async *octets() {
        try {
          yield Buffer.alloc(100)
        } finally {
          ended = true
        }
      },
    })
    expect(await storage.client().put(name, object, undefined)).toMatchObject({ outcome: 'failed' })
    expect(ended).toBe(true)
  })

  test('nothing that is told or sent has the secret', async () => {
    const seen: string[] = []
    storage.before = (request) => void seen.push(JSON.stringify(request.headers))
    await storage.client().put(name, anObject(Buffer.from('x')), undefined)
    expect(seen).toHaveLength(1)
    expect(seen.join()).not.toContain(STORAGE_CREDENTIALS.secretAccessKey)
  })
})

describe('where an object is', () => {
  test.each([
    ['https://s3.example.com', 'path', 'pki', 'https://s3.example.com/pki/crl/a.crl'],
    ['https://s3.example.com:9000', 'virtual', 'pki', 'https://pki.s3.example.com:9000/crl/a.crl'],
    ['https://s3.example.com', 'virtual', 'pki.example', 'https://s3.example.com/pki.example/crl/a.crl'],
    ['http://s3.example.com', 'virtual', 'pki.example', 'http://pki.example.s3.example.com/crl/a.crl'],
  ] as const)('%s, %s, bucket %s: %s', (endpoint, addressing, bucket, url) => {
    expect(objectUrl(endpoint, addressing, { bucket, key: 'crl/a.crl' })).toBe(url)
  })
})
