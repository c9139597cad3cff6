import { statSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHttpSigner } from '../../../src/adapters/kms/http-signer.ts'
import { KEY_ALGORITHM_NAMES } from '../../../src/core/domain/key-algorithms.ts'
import type { KmsProvider } from '../../../src/core/ports/kms-provider.ts'
import { startOutsideSigner, type OutsideSigner } from '../../support/outside-signer.ts'
import { stage } from './doubles/stage.ts'
import { kmsConformance } from './kms-conformance.ts'

let signer: OutsideSigner
const ends: (() => Promise<void> | undefined)[] = []
beforeAll(async () => {
  signer = await startOutsideSigner()
  ends.push(signer.stop)
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

async function opened(url = signer.url): Promise<KmsProvider> {
  const provider = await openHttpSigner({
    url: new URL(url),
    tokenFile: signer.tokenFile,
    caFile: undefined,
    certFile: undefined,
    keyFile: undefined,
  })
  ends.push(() => provider.close?.())
  return provider
}

kmsConformance(
  'http',
  async () => {
    const provider = await opened()
    return {
      provider,
      restarted: () => opened(),
      rotated: async () => {
        await provider.rotate?.()
        return opened()
      },
    }
  },
  KEY_ALGORITHM_NAMES,
)

describe('the outside signer', () => {
  it('keeps its keys for its owner alone', () => {
    expect(statSync(signer.keysFile).mode & 0o777).toBe(0o600)
  })

  it('is not believed when it answers something else than it must', async () => {
    const answers: readonly [answer: object, wrong: RegExp][] = [
      [{ kekId: '', kekVersion: 1, wrapped: 'AAAA' }, /kekId must be a string/],
      [{ kekId: 'k', kekVersion: 0, wrapped: 'AAAA' }, /kekVersion must be a whole number from 1/],
      [{ kekId: 'k', kekVersion: 2 ** 32, wrapped: 'AAAA' }, /kekVersion must be a whole number from 1/],
      [{ kekId: 'k', kekVersion: '1', wrapped: 'AAAA' }, /kekVersion must be a whole number from 1/],
      [{ kekId: 'k', kekVersion: 1, wrapped: 'AA-A' }, /wrapped must be base64/],
      [{ kekId: 'k', kekVersion: 1 }, /wrapped must be a string/],
      [[], /must be a JSON object/],
    ]
    for (const [json, wrong] of answers) {
      const double = await stage(() => ({ status: 200, json }))
      const provider = await opened(`${double.url}/`)
      await expect(provider.wrap(Buffer.alloc(32), Buffer.alloc(1))).rejects.toMatchObject({
        code: 'kms_unavailable',
        details: { retryable: false },
        message: expect.stringMatching(wrong) as string,
      })
      await double.close()
    }
  })

  it('that makes a key of another algorithm makes none', async () => {
    const made = await (await opened()).device?.generateKeyPair('ED25519', 'one')
    const publicKey = Buffer.from(made?.spki ?? []).toString('base64')
    const answers: readonly [publicKey: string, wrong: RegExp][] = [
      [publicKey, /asked for a key of EC_prime256v1, it made another one/],
      ['AAAA', /can't be read as SubjectPublicKeyInfo/],
    ]
    for (const [key, wrong] of answers) {
      const double = await stage(() => ({ status: 200, json: { handle: 'one', publicKey: key } }))
      const provider = await opened(`${double.url}/`)
      await expect(provider.device?.generateKeyPair('EC_prime256v1', 'one')).rejects.toThrow(wrong)
      await double.close()
    }
  })
})
