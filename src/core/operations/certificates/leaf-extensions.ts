import { keyAlgorithmInfo, type KeyAlgorithm } from '../../domain/key-algorithms.ts'
import { ENCIPHERMENTS, type KeyUsage } from '../../domain/key-usages.ts'
import type { GeneralName } from '../../domain/names.ts'
import type { Purpose } from '../../domain/profiles.ts'
import {
  basicConstraints,
  extKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from '../../x509/extensions.ts'
import { OID } from '../../x509/oids.ts'
import { keyIdentifierOf } from '../../x509/public-keys.ts'
import { purposeOid } from '../../x509/purposes.ts'
import type { Extension, PublicKeyInfo } from '../../x509/types.ts'

/** The extensions that a profile fixes, by the kind of key. */
export type FixedExtensions = (algorithm: KeyAlgorithm | undefined) => readonly Extension[]

/** Encodes what a profile fixes once for each kind of key, when the first one comes. */
export function fixedExtensions(purpose: Purpose): FixedExtensions {
  const encoded = new Map<KeyAlgorithm | undefined, readonly Extension[]>()
  return (algorithm) => {
    const known = encoded.get(algorithm)
    if (known !== undefined) return known
    const made = encode(purpose, algorithm)
    encoded.set(algorithm, made)
    return made
  }
}

function encode(purpose: Purpose, algorithm: KeyAlgorithm | undefined): readonly Extension[] {
  const usages = purpose.keyUsages.filter((usage) => canHave(algorithm, usage))
  const purposes = purpose.extendedKeyUsages.map(purposeOid).filter((oid) => oid !== undefined)
  return [
    basicConstraints({ ca: false }),
    keyUsage(usages),
    // RFC 3161 §2.3: critical where it is timeStamping.
    ...(purposes.length === 0 ? [] : [extKeyUsage(purposes, purposes.includes(OID.timeStamping))]),
  ]
}

const KEY_AGREEMENTS: readonly KeyUsage[] = ['keyAgreement', 'encipherOnly', 'decipherOnly']

/** RFC 3279 §2.3.1, RFC 5480 §3, RFC 8410 §5: encipherment is for RSA keys, agreement for EC keys. */
function canHave(algorithm: KeyAlgorithm | undefined, usage: KeyUsage): boolean {
  const { canEncipher, family } =
    algorithm === undefined ? { canEncipher: false, family: undefined } : keyAlgorithmInfo(algorithm)
  if (ENCIPHERMENTS.includes(usage)) return canEncipher
  return KEY_AGREEMENTS.includes(usage) ? family === 'EC' : true
}

/** All extensions of a leaf, in the order of RFC 5280 §4.2's usual printing: constraints, usages, keys, names, issuer. */
export function leafExtensions(
  leaf: {
    readonly fixed: FixedExtensions
    readonly subject: Uint8Array
    readonly names: readonly GeneralName[]
  },
  publicKey: Pick<PublicKeyInfo, 'spki' | 'algorithm'>,
  issuerExtensions: readonly Extension[],
): readonly Extension[] {
  const extensions = [
    ...leaf.fixed(publicKey.algorithm),
    subjectKeyIdentifier(keyIdentifierOf(publicKey.spki)),
    ...issuerExtensions,
  ]
  if (leaf.names.length > 0) extensions.push(subjectAltName(leaf.names, leaf.subject))
  return extensions
}
