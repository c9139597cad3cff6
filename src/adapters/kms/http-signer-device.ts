import { KEY_ALGORITHM_NAMES, type KeyAlgorithm } from '../../core/domain/key-algorithms.ts'
import type { KmsDevice } from '../../core/ports/kms-provider.ts'
import { parsePublicKey } from '../../core/x509/public-keys.ts'
import { kmsUnavailable } from './failures.ts'
import type { Members } from './json-members.ts'
import { never } from './service-calls.ts'

/**
 * Asks an outside signer.
 * @param again as in service-calls.ts
 * @throws kms_unavailable; internal when a data key doesn't open
 */
export type AskSigner = (name: string, body: object, again?: (error: unknown) => boolean) => Promise<Members>

/** Handles are the signer's own words: text that fits a line. */
const HANDLE = /^[\x21-\x7e]{1,512}$/

/** Key pairs in the outside signer; what it can't make it refuses by itself, with `unsupported`. */
export function httpSignerDevice(ask: AskSigner): KmsDevice {
  return {
    algorithms: KEY_ALGORITHM_NAMES,
    async generateKeyPair(algorithm, label) {
      const made = await ask('generate-key-pair', { algorithm, label }, never)
      const handle = made.text('handle')
      if (!HANDLE.test(handle))
        throw kmsUnavailable('the signer: a handle has 1 to 512 visible ASCII characters', false)
      return { handle: Buffer.from(handle), spki: keyOf(algorithm, made.octets('publicKey')) }
    },
    publicKey: async (handle) => (await ask('public-key', { handle: handleIn(handle) })).octets('publicKey'),
    sign: async (handle, algorithm, data) => {
      const body = { handle: handleIn(handle), algorithm, data: Buffer.from(data).toString('base64') }
      return (await ask('sign', body)).octets('signature')
    },
  }
}

function handleIn(handle: Uint8Array): string {
  const text = Buffer.from(handle).toString('latin1')
  if (HANDLE.test(text)) return text
  throw kmsUnavailable("the signer: a key's handle is none that it gave", false)
}

/** The other side is anybody's program: an authority of another algorithm than was asked for must not come of it. */
function keyOf(algorithm: KeyAlgorithm, spki: Uint8Array): Uint8Array {
  let made: string | undefined
  try {
    made = parsePublicKey(spki, 'publicKey').algorithm
  } catch (error) {
    throw kmsUnavailable("the signer: its publicKey can't be read as SubjectPublicKeyInfo", false, error)
  }
  if (made === algorithm) return spki
  throw kmsUnavailable(`the signer: asked for a key of ${algorithm}, it made another one`, false)
}
