import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { ChanceryError } from '../../core/domain/errors.ts'
import {
  fits,
  keyAlgorithmInfo,
  type KeyAlgorithm,
  type SignatureAlgorithm,
} from '../../core/domain/key-algorithms.ts'
import {
  IN_DEVICE,
  type KeyContext,
  type KeyPurpose,
  type StoredKey,
  type StoredSecret,
} from '../../core/domain/keys.ts'
import type { KmsName } from '../../core/domain/kms.ts'
import { MINUTE, type Millis } from '../../core/domain/time.ts'
import type { SystemClock } from '../../core/ports/calendar.ts'
import type { ImportedKey, KeyUse, KeyVault, Unwrap } from '../../core/ports/key-vault.ts'
import type { KmsDevice, KmsProvider } from '../../core/ports/kms-provider.ts'
import type { Random } from '../../core/ports/random.ts'
import { redeem } from '../../core/x509/prepare.ts'
import type { PrivateKeyFile } from '../../core/x509/private-key-file.ts'
import { limitedDerivations, type Derive } from './derivations.ts'
import { contextOf, openEnvelope, sealEnvelope, subjectOf } from './envelope.ts'
import { createExporter } from './export-forms.ts'
import { asked, doesNotOpen, kmsUnavailable } from './failures.ts'
import { importedKey } from './imported-key.ts'
import { generatedKeyPair } from './key-pairs.ts'
import { messageSecrets, secretsIn } from './message-secrets.ts'
import { createOpenedKeys, type OpenedKeys } from './opened-keys.ts'
import { collected, signatureOver } from './signature-over.ts'

/** The KMS providers of an installation. */
export type KmsProviders = {
  /** Keeps what nobody chose another one for. */
  readonly preferred: KmsProvider
  readonly all: readonly KmsProvider[]
}

export type KeyVaultOptions = {
  readonly providers: KmsProviders
  /** Awaited before an unwrapped key is used; when it rejects, the key is dropped and nothing is signed or exported. */
  readonly recordUnwrap: (unwrap: Unwrap) => Promise<void>
  /** Most authority keys in memory. */
  readonly cacheSize?: number
  /** Longest time that one stays there. */
  readonly cacheMillis?: Millis
  readonly clock: SystemClock
  readonly random: Random
  /** Rounds of PBKDF2 in exports; tests take fewer. */
  readonly pbkdf2Rounds?: number
}

/** Of the runtime's four threads for such work; the others stay free for signatures and key generation. */
const DERIVATIONS_AT_ONCE = 2
/** Responders' keys in memory at most: those of so many authorities are asked within five minutes. */
const MAX_RESPONDERS = 512

/**
 * The only place where a private key exists in the clear. An authority's key lives in the device where the provider has
 * one; certificates' keys are always sealed here, since they are made to be handed out. Errors: `kms_unavailable` with
 * `details.retryable` when the KMS fails, `internal` naming the key when an envelope doesn't open.
 */
export function createKeyVault(options: KeyVaultOptions): KeyVault {
  const { providers, recordUnwrap, clock, random } = options
  const named = new Map(providers.all.map((provider) => [provider.name, provider]))
  const kept = (most: number): OpenedKeys =>
    createOpenedKeys(options.cacheSize ?? most, options.cacheMillis ?? 5 * MINUTE, clock)
  const opened = kept(64)
  // Anybody may make responders sign: whatever they ask for, authorities' keys stay where they are.
  const openedResponders = kept(MAX_RESPONDERS)
  const openedSecrets = secretsIn(kept)
  const derive = limitedDerivations(DERIVATIONS_AT_ONCE)
  const exporter = createExporter(options, derive, options.pbkdf2Rounds)

  /** Opens an envelope, puts that on record, and zeroes the plaintext when `used` is done with it. */
  const withPlaintext = async <T>(
    key: StoredSecret,
    use: KeyUse,
    used: (pkcs8Der: Uint8Array) => T,
  ): Promise<Awaited<T>> => {
    const context = contextOf(key)
    const { plaintext, kekId, kekVersion } = await openEnvelope(providerOf(named, key), context, key.sealed)
    try {
      // The columns say what a rotation has to do; columns that lie would leave a key behind it.
      if (kekId !== key.kekId || kekVersion !== key.kekVersion) {
        throw doesNotOpen(subjectOf(key), new Error("kekId or kekVersion isn't the envelope's"))
      }
      await recorded(recordUnwrap, { context, use, provider: key.provider, kekId, kekVersion })
      return await used(plaintext)
    } finally {
      plaintext.fill(0)
    }
  }

  return {
    async generate(algorithm, context, kms, signature) {
      const provider = kms === undefined ? providers.preferred : configured(named, kms)
      const common = { ...contextOf(context), algorithm, provider: provider.name, createdAt: clock.now() }
      const { device } = provider
      if (device !== undefined && context.purpose === 'authority') {
        checkDevice(provider.name, device, algorithm, signature)
        const { handle, spki } = await asked(subjectOf(context), () =>
          device.generateKeyPair(algorithm, context.id),
        )
        return { ...common, spki, kekId: context.id, kekVersion: IN_DEVICE, sealed: handle }
      }
      const { spki, pkcs8Der } = await generatedKeyPair(algorithm)
      try {
        return { ...common, spki, ...(await sealEnvelope(provider, random, context, pkcs8Der)) }
      } finally {
        pkcs8Der.fill(0)
      }
    },

    import: async (file, context, kms) =>
      sealedImport(
        kms === undefined ? providers.preferred : configured(named, kms),
        { random, clock, derive },
        file,
        context,
      ),

    async sign(key, prepared, use) {
      const { tbs, signatureAlgorithm, signer } = redeem(prepared)
      checkSigner(key, signer, signatureAlgorithm)
      if (key.kekVersion === IN_DEVICE)
        return deviceSignature(providerOf(named, key), key, signatureAlgorithm, await collected(tbs))
      const privateKey = await (signer === 'responder' ? openedResponders : opened).get(key, () =>
        withPlaintext(key, use, (pkcs8Der) => keyFrom(key, pkcs8Der)),
      )
      return signatureOver(tbs, signatureAlgorithm, privateKey, keyAlgorithmInfo(key.algorithm).slowToSign)
    },

    async seal(key, form, use) {
      if (key.purpose !== 'certificate' || key.kekVersion === IN_DEVICE) {
        throw new ChanceryError(
          'policy_refused',
          `${subjectOf(key)} is for ${key.purpose} and never leaves the vault`,
        )
      }
      return withPlaintext(key, use, (pkcs8Der) => exporter(pkcs8Der, form))
    },

    ...messageSecrets(providers.preferred, options, openedSecrets, withPlaintext),

    forget: () => {
      opened.clear()
      openedResponders.clear()
      openedSecrets.clear()
    },
  }
}

/** A key file's key, sealed under the provider; never in its device, which makes its keys itself. */
async function sealedImport(
  provider: KmsProvider,
  tools: Pick<KeyVaultOptions, 'random' | 'clock'> & { readonly derive: Derive },
  file: PrivateKeyFile,
  context: KeyContext,
): Promise<ImportedKey> {
  const { algorithm, spki, pkcs8Der, certificates } = await importedKey(file, tools.derive)
  try {
    const sealed = await sealEnvelope(provider, tools.random, context, pkcs8Der)
    const createdAt = tools.clock.now()
    return {
      key: { ...contextOf(context), algorithm, provider: provider.name, createdAt, spki, ...sealed },
      certificates,
      outsideDevice: provider.device !== undefined,
    }
  } finally {
    pkcs8Der.fill(0)
  }
}

async function recorded(recordUnwrap: KeyVaultOptions['recordUnwrap'], unwrap: Unwrap): Promise<void> {
  try {
    await recordUnwrap(unwrap)
  } catch (error) {
    if (error instanceof ChanceryError) throw error
    const message = `${subjectOf(unwrap.context)}: its opening can't be put on record, so it isn't used`
    throw new ChanceryError('unavailable', message, { cause: error })
  }
}

/** The row's public key isn't in the envelope: compared, so that no certificate is signed by a key it doesn't name. */
function keyFrom(key: StoredKey, pkcs8Der: Uint8Array): KeyObject {
  let privateKey: KeyObject
  let spki: Buffer
  try {
    privateKey = createPrivateKey({
      key: Buffer.from(pkcs8Der.buffer, pkcs8Der.byteOffset, pkcs8Der.length),
      format: 'der',
      type: 'pkcs8',
    })
    spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  } catch (error) {
    throw doesNotOpen(subjectOf(key), error)
  }
  if (!spki.equals(key.spki))
    throw doesNotOpen(subjectOf(key), new Error("the row's public key is another one's"))
  return privateKey
}

type Named = ReadonlyMap<string, KmsProvider>

/** The KMS that a stored key was sealed by, or lives in. @throws kms_unavailable when this server hasn't got it */
function providerOf(named: Named, key: StoredSecret): KmsProvider {
  const provider = named.get(key.provider)
  if (provider !== undefined) return provider
  throw kmsUnavailable(
    `${subjectOf(key)} was sealed by KMS ${key.provider}, this server is configured for ${[...named.keys()].join(', ')}`,
    false,
  )
}

/** The KMS that a caller asks for by name. @throws request_invalid naming `kms` */
function configured(named: Named, kms: KmsName): KmsProvider {
  const provider = named.get(kms)
  if (provider !== undefined) return provider
  const message = `“${kms}” is not configured on this server; there is ${[...named.keys()].join(', ')}`
  throw refusal('kms_unknown', 'kms', message)
}

/** Asked before the key is made: an authority that could never sign must not come of it. */
function checkDevice(
  name: string,
  device: KmsDevice,
  algorithm: KeyAlgorithm,
  signature: SignatureAlgorithm | undefined,
): void {
  if (!device.algorithms.includes(algorithm)) {
    const message = `KMS ${name} can't make a key of ${algorithm}; it can ${device.algorithms.join(', ')}`
    throw refusal('key_algorithm_kms', 'keyAlgorithm', message)
  }
  const able = device.signatures?.(algorithm)
  if (signature === undefined || able === undefined || able.includes(signature)) return
  const message = `KMS ${name} can't sign ${signature} with a key of ${algorithm}; it can ${able.join(', ')}`
  throw refusal('signature_algorithm_kms', 'signatureAlgorithm', message)
}

const refusal = (code: string, field: string, message: string): ChanceryError =>
  new ChanceryError('request_invalid', `${field}: ${message}`, { violations: [{ code, field, message }] })

function checkSigner(key: StoredKey, signer: KeyPurpose, signatureAlgorithm: SignatureAlgorithm): void {
  if (key.purpose !== signer) {
    throw new ChanceryError(
      'internal',
      `${subjectOf(key)} is for ${key.purpose} and doesn't sign for ${signer}`,
    )
  }
  if (!fits(signatureAlgorithm, keyAlgorithmInfo(key.algorithm).oid)) {
    throw new ChanceryError(
      'internal',
      `${subjectOf(key)} is ${key.algorithm} and can't sign ${signatureAlgorithm}`,
    )
  }
}

async function deviceSignature(
  { device, name }: KmsProvider,
  key: StoredKey,
  algorithm: SignatureAlgorithm,
  tbs: Uint8Array,
): Promise<Uint8Array> {
  if (device === undefined)
    throw kmsUnavailable(`${subjectOf(key)} is in a device that KMS ${name} doesn't reach`, false)
  return asked(subjectOf(key), (): ReturnType<KmsDevice['sign']> => device.sign(key.sealed, algorithm, tbs))
}
