import { hash } from 'node:crypto'
import { ChanceryError } from '../../../core/domain/errors.ts'
import { signatureAlgorithmInfo } from '../../../core/domain/key-algorithms.ts'
import type { KmsDevice, KmsProvider } from '../../../core/ports/kms-provider.ts'
import type { Random } from '../../../core/ports/random.ts'
import { kmsUnavailable } from '../failures.ts'
import { handleOf, keyIdIn, KEY_ID_OCTETS } from './key-handle.ts'
import { createTokenClient, type TokenClient, type TokenClientOptions } from './token-client.ts'
import { failureOf, type FailureKind } from './token-failure.ts'
import { NONCE_OCTETS, TAG_OCTETS } from './wrapping.ts'

export type Pkcs11Options = TokenClientOptions

const NAME = 'pkcs11'
const RETRYABLE: ReadonlySet<FailureKind> = new Set(['lost', 'absent', 'failed'])

/**
 * The KMS in a PKCS #11 token: authorities' keys and the key-encryption key are made there and never leave it. The
 * vendor's library runs in a process of its own.
 * @throws kms_unavailable that names what is missing or wrong: the addon, the library, the token, its PIN, a mechanism
 */
export async function openPkcs11(options: Pkcs11Options, random: Random): Promise<KmsProvider> {
  const client = createTokenClient(options, Buffer.from(random.bytes(KEY_ID_OCTETS)).toString('hex'))
  const { algorithms } = await translated(() => client.opened()).catch(async (error: unknown) => {
    await client.close()
    throw error
  })
  return {
    name: NAME,
    describe: async () => ({ provider: NAME, ...(await translated(() => client.ask('describe'))) }),
    rotate: async () => ({ provider: NAME, ...(await translated(() => client.ask('rotate'))) }),
    wrap: async (dataKey, context) => {
      const nonce = random.bytes(NONCE_OCTETS)
      const answer = await translated(() => client.ask('wrap', nonce, dataKey, context))
      const { kekId, kekVersion, ciphertext } = answer
      return { kekId, kekVersion, wrapped: Buffer.concat([nonce, ciphertext]) }
    },
    unwrap: async ({ kekId, kekVersion, wrapped }, context) => {
      if (wrapped.length <= NONCE_OCTETS + TAG_OCTETS)
        throw new ChanceryError('internal', 'PKCS #11: a wrapped key is too short to be one')
      const nonce = wrapped.subarray(0, NONCE_OCTETS)
      const ciphertext = wrapped.subarray(NONCE_OCTETS)
      return translated(() => client.ask('unwrap', { kekId, kekVersion }, nonce, ciphertext, context))
    },
    device: device(client, algorithms, random),
    close: () => client.close(),
  }
}

function device(client: TokenClient, algorithms: KmsDevice['algorithms'], random: Random): KmsDevice {
  return {
    algorithms,
    generateKeyPair: async (algorithm, label) => {
      const id = random.bytes(KEY_ID_OCTETS)
      const spki = await translated(() => client.ask('generateKeyPair', algorithm, id, label))
      return { handle: handleOf(id), spki }
    },
    publicKey: async (handle) => {
      const id = keyIdIn(handle)
      return translated(() => client.ask('publicKey', id))
    },
    sign: async (handle, algorithm, data) => {
      const id = keyIdIn(handle)
      const { digest } = signatureAlgorithmInfo(algorithm)
      const input = digest === null ? data : hash(digest, data, 'buffer')
      return translated(() => client.ask('sign', id, algorithm, input))
    },
  }
}

/** What the token's side says, in the port's terms. */
async function translated<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (error) {
    const failure = failureOf(error, 'PKCS #11')
    if (failure.kind === 'unopened') throw new ChanceryError('internal', failure.message)
    throw kmsUnavailable(failure.message, RETRYABLE.has(failure.kind), error)
  }
}
