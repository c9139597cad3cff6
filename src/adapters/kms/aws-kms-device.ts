import { createHash } from 'node:crypto'
import type { KeySpec, SigningAlgorithmSpec } from '@aws-sdk/client-kms'
import {
  keyAlgorithmInfo,
  signatureAlgorithmInfo,
  signaturesOf,
  type KeyAlgorithm,
  type SignatureAlgorithm,
} from '../../core/domain/key-algorithms.ts'
import type { KmsDevice } from '../../core/ports/kms-provider.ts'
import { parsePublicKey } from '../../core/x509/public-keys.ts'
import type { AwsKms } from './aws-kms-client.ts'
import { isNamed } from './aws-kms-failures.ts'
import { kmsUnavailable } from './failures.ts'
import { mayPass, never } from './service-calls.ts'

/**
 * Key algorithms by their names at AWS. Ed25519 is not among them, though AWS has it: it signs at most 4096 octets then,
 * which no CRL of a hundred entries fits into, and an authority that can't revoke must not be made.
 */
const SPECS: Partial<Record<KeyAlgorithm, KeySpec>> = {
  RSA_2048: 'RSA_2048',
  RSA_3072: 'RSA_3072',
  RSA_4096: 'RSA_4096',
  EC_prime256v1: 'ECC_NIST_P256',
  EC_secp384r1: 'ECC_NIST_P384',
  EC_secp521r1: 'ECC_NIST_P521',
  ML_DSA_44: 'ML_DSA_44',
  ML_DSA_65: 'ML_DSA_65',
  ML_DSA_87: 'ML_DSA_87',
}
const SIGNATURES: Partial<Record<SignatureAlgorithm, SigningAlgorithmSpec>> = {
  SHA256WITHRSA: 'RSASSA_PKCS1_V1_5_SHA_256',
  SHA384WITHRSA: 'RSASSA_PKCS1_V1_5_SHA_384',
  SHA512WITHRSA: 'RSASSA_PKCS1_V1_5_SHA_512',
  SHA256WITHRSA_PSS: 'RSASSA_PSS_SHA_256',
  SHA384WITHRSA_PSS: 'RSASSA_PSS_SHA_384',
  SHA512WITHRSA_PSS: 'RSASSA_PSS_SHA_512',
  SHA256WITHECDSA: 'ECDSA_SHA_256',
  SHA384WITHECDSA: 'ECDSA_SHA_384',
  SHA512WITHECDSA: 'ECDSA_SHA_512',
  ML_DSA_44: 'ML_DSA_SHAKE_256',
  ML_DSA_65: 'ML_DSA_SHAKE_256',
  ML_DSA_87: 'ML_DSA_SHAKE_256',
}

/** Each elliptic curve signs with one hash only, the one that is its default here. */
function signatures(key: KeyAlgorithm): readonly SignatureAlgorithm[] {
  const { family, defaultSignature } = keyAlgorithmInfo(key)
  return family === 'EC' ? [defaultSignature] : signaturesOf(key)
}

/** A new key isn't known everywhere at once ("AWS KMS eventual consistency"): not found is asked again. */
const settling = (error: unknown): boolean => mayPass(error) || isNamed(error, 'NotFoundException')

/** Key pairs as asymmetric keys of AWS KMS, tagged with their label so that a policy can tell them; the handle is the ARN. */
export function awsKmsDevice(kms: AwsKms): KmsDevice {
  const { sdk } = kms
  const publicKeyOf = async (arn: string): Promise<Uint8Array> => {
    const { PublicKey } = await kms.ask(
      'GetPublicKey',
      arn,
      (client, options) => client.send(new sdk.GetPublicKeyCommand({ KeyId: arn }), options),
      settling,
    )
    if (PublicKey === undefined) throw kmsUnavailable(`AWS KMS: ${arn} has no public key`, false)
    return PublicKey
  }
  const kept = new Map<string, Uint8Array>()
  /** The public key of an ML-DSA authority goes into each of its signatures; there is one an authority to keep. */
  const keptKeyOf = async (arn: string): Promise<Uint8Array> => {
    const spki = kept.get(arn) ?? (await publicKeyOf(arn))
    kept.set(arn, spki)
    return spki
  }
  return {
    algorithms: Object.keys(SPECS) as KeyAlgorithm[],
    signatures,
    async generateKeyPair(algorithm, label) {
      const input = {
        KeySpec: SPECS[algorithm],
        KeyUsage: 'SIGN_VERIFY' as const,
        Description: `Chancery authority key ${label}`,
        Tags: [{ TagKey: 'chancery-authority-key', TagValue: label }],
      }
      const { KeyMetadata } = await kms.ask(
        'CreateKey',
        `${input.KeySpec}`,
        (client, options) => client.send(new sdk.CreateKeyCommand(input), options),
        never,
      )
      const arn = KeyMetadata?.Arn
      if (arn === undefined) throw kmsUnavailable('AWS KMS: CreateKey gave no key', false)
      return { handle: Buffer.from(arn), spki: await publicKeyOf(arn) }
    },
    publicKey: async (handle) => publicKeyOf(arnIn(handle)),
    async sign(handle, algorithm, data) {
      const KeyId = arnIn(handle)
      const SigningAlgorithm = SIGNATURES[algorithm]
      if (SigningAlgorithm === undefined)
        throw kmsUnavailable(`AWS KMS doesn't sign with ${algorithm}`, false)
      const { digest } = signatureAlgorithmInfo(algorithm)
      // Hashed here: AWS takes no message of more than 4096 octets.
      const hashed =
        digest === null
          ? { Message: representative(await keptKeyOf(KeyId), data), MessageType: 'EXTERNAL_MU' as const }
          : { Message: createHash(digest).update(data).digest(), MessageType: 'DIGEST' as const }
      const input = { KeyId, SigningAlgorithm, ...hashed }
      const { Signature } = await kms.ask(
        'Sign',
        KeyId,
        (client, options) => client.send(new sdk.SignCommand(input), options),
        settling,
      )
      if (Signature === undefined) throw kmsUnavailable(`AWS KMS: Sign with ${KeyId} gave nothing`, false)
      return Signature
    },
  }
}

/**
 * The message representative μ of ML-DSA (FIPS 204, algorithm 7, line 6, and algorithm 2 for the empty context): it binds
 * the message to the public key, and the signature made from it is the very one that the whole message gives.
 */
function representative(spki: Uint8Array, data: Uint8Array): Uint8Array {
  const { algorithm } = parsePublicKey(spki, 'publicKey')
  if (algorithm === undefined || keyAlgorithmInfo(algorithm).family !== 'ML-DSA')
    throw kmsUnavailable('AWS KMS: the key is of another kind, or signs with other algorithms', false)
  const publicKey = spki.subarray(spki.length - keyAlgorithmInfo(algorithm).bits / 8)
  const tr = shake256().update(publicKey).digest()
  return shake256().update(tr).update(Buffer.alloc(2)).update(data).digest()
}
const shake256 = () => createHash('shake256', { outputLength: 64 })

function arnIn(handle: Uint8Array): string {
  const arn = Buffer.from(handle).toString('latin1')
  if (/^arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[0-9A-Za-z-]+$/.test(arn)) return arn
  throw kmsUnavailable("AWS KMS: a key's handle is none that this server made", false)
}
