import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contextBytes, openEnvelope, sealEnvelope } from '../../../src/adapters/kms/envelope.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import type { AccountId, KeyId, Region } from '../../../src/core/domain/ids.ts'
import type { KeyContext } from '../../../src/core/domain/keys.ts'
import type { KmsProvider } from '../../../src/core/ports/kms-provider.ts'
import { aContext, plainProvider } from './support.ts'

const random = createSystemRandom()
const plaintext = Buffer.from('the private key, in PKCS#8')

describe('contextBytes', () => {
  it('gives different contexts different bytes', () => {
    const part = fc.string({ maxLength: 4 })
    const context = fc.record({
      account: part,
      region: part,
      id: part,
      purpose: fc.constantFrom('authority', 'certificate'),
    })
    fc.assert(
      fc.property(context, context, (one, other) => {
        const same = one.account === other.account && one.region === other.region && one.id === other.id
        const bytes = [one, other].map((value) =>
          Buffer.from(contextBytes(value as KeyContext)).toString('hex'),
        )
        expect(bytes[0] === bytes[1]).toBe(same && one.purpose === other.purpose)
      }),
    )
  })

  it('moves no octet from one part to the next', () => {
    const bytes = (account: string, region: string): string =>
      Buffer.from(
        contextBytes(aContext({ account: account as AccountId, region: region as Region })),
      ).toString('hex')
    expect(bytes('12', '3')).not.toBe(bytes('1', '23'))
  })
})

describe('an envelope', () => {
  it('opens to what was sealed, for any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (content) => {
        const provider = plainProvider()
        const { sealed, kekId, kekVersion } = await sealEnvelope(provider, random, aContext(), content)
        expect(await openEnvelope(provider, aContext(), sealed)).toEqual({
          plaintext: Buffer.from(content),
          kekId,
          kekVersion,
        })
      }),
      { numRuns: 50 },
    )
  })

  it('shows nothing of the plaintext, and is another one each time', async () => {
    const [one, other] = [
      await sealEnvelope(plainProvider(), random, aContext(), plaintext),
      await sealEnvelope(plainProvider(), random, aContext(), plaintext),
    ]
    expect(Buffer.from(one.sealed).includes(plaintext.subarray(0, 8))).toBe(false)
    expect(Buffer.from(one.sealed).equals(other.sealed)).toBe(false)
  })

  it('gives the provider the same context at both ends', async () => {
    const seen: string[] = []
    const provider = plainProvider({ onCall: (context) => seen.push(Buffer.from(context).toString('hex')) })
    const { sealed } = await sealEnvelope(provider, random, aContext(), plaintext)
    await openEnvelope(provider, aContext(), sealed)
    const expected = Buffer.from(contextBytes(aContext())).toString('hex')
    expect(seen).toEqual([expected, expected])
  })

  it.each<[string, Partial<KeyContext>]>([
    ['account', { account: '999999999999' as AccountId }],
    ['region', { region: 'us-east-1' as Region }],
    ['key id', { id: 'another' as KeyId }],
    ['purpose', { purpose: 'certificate' }],
  ])("doesn't open for another %s, and the error names the key asked for", async (_, change) => {
    // A provider that ignores the context: the payload is bound all the same.
    const provider = plainProvider({ bound: false })
    const { sealed } = await sealEnvelope(provider, random, aContext(), plaintext)
    const context = aContext(change)
    await expect(openEnvelope(provider, context, sealed)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining(`key ${context.id}: its envelope doesn't open`) as string,
    })
  })

  it("doesn't open with any single octet changed, nor at any shorter length", async () => {
    const provider = plainProvider()
    const { sealed } = await sealEnvelope(provider, random, aContext(), plaintext)
    for (let place = 0; place < sealed.length; place++) {
      const changed = Uint8Array.from(sealed)
      changed[place] = (changed[place] ?? 0) ^ 0x80
      const message = `octet ${place}`
      await expect(openEnvelope(provider, aContext(), changed), message).rejects.toBeInstanceOf(ChanceryError)
      await expect(
        openEnvelope(provider, aContext(), sealed.subarray(0, place)),
        message,
      ).rejects.toMatchObject({
        code: 'internal',
      })
    }
    const longer = Buffer.concat([sealed, Buffer.alloc(1)])
    await expect(openEnvelope(provider, aContext(), longer)).rejects.toMatchObject({ code: 'internal' })
  })

  it('answers any octets with an error that names the key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (octets) => {
        await expect(openEnvelope(plainProvider(), aContext(), octets)).rejects.toMatchObject({
          name: 'ChanceryError',
          message: expect.stringContaining(aContext().id) as string,
        })
      }),
    )
  })

  it('zeroes the data key, also when the provider fails', async () => {
    const drawn: Uint8Array[] = []
    const watched = {
      bytes: (length: number) => (drawn.push(randomBytes(length)), drawn.at(-1) as Uint8Array),
    }
    const unwrapped: Uint8Array[] = []
    const provider = plainProvider({ onUnwrapped: (dataKey) => unwrapped.push(dataKey) })
    const { sealed } = await sealEnvelope(provider, watched, aContext(), plaintext)
    await openEnvelope(provider, aContext(), sealed)
    const failing: KmsProvider = { ...provider, wrap: () => Promise.reject(new Error('down')) }
    await expect(sealEnvelope(failing, watched, aContext(), plaintext)).rejects.toThrow('the KMS failed')
    expect([drawn[0], drawn.at(-1), unwrapped[0]].map((key) => key?.every((octet) => octet === 0))).toEqual([
      true,
      true,
      true,
    ])
  })

  it('turns whatever a provider throws into kms_unavailable, and keeps its words private', async () => {
    const { sealed } = await sealEnvelope(plainProvider(), random, aContext(), plaintext)
    const throwing: KmsProvider = {
      ...plainProvider(),
      unwrap: () => {
        throw new TypeError('socket hang up at 10.0.0.7')
      },
    }
    const error: unknown = await openEnvelope(throwing, aContext(), sealed).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'kms_unavailable', details: { retryable: true } })
    expect((error as Error).message).not.toContain('10.0.0.7')
    expect(inspect((error as Error).cause)).toContain('10.0.0.7')
  })

  it('keeps a provider’s own kms_unavailable as it is', async () => {
    const own = new ChanceryError('kms_unavailable', 'sealed', { details: { retryable: false } })
    const throwing: KmsProvider = { ...plainProvider(), wrap: () => Promise.reject(own) }
    await expect(sealEnvelope(throwing, random, aContext(), plaintext)).rejects.toBe(own)
  })
})
