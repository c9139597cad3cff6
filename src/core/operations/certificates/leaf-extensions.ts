import { keyAlgorithmInfo } from '../../domain/key-algorithms.ts'
import { PROFILE_NAMES, PROFILES, type Profile, type ProfileName } from '../../domain/profiles.ts'
import {
  basicConstraints,
  extKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from '../../x509/extensions.ts'
import { OID } from '../../x509/oids.ts'
import { keyIdentifierOf } from '../../x509/public-keys.ts'
import type { Extension, PublicKeyInfo } from '../../x509/types.ts'
import type { LeafDetails } from './leaf-details.ts'

/** The extensions that a profile fixes, encoded once: with and without keyEncipherment. */
const FIXED = new Map<
  ProfileName,
  readonly [signing: readonly Extension[], enciphering: readonly Extension[]]
>(PROFILE_NAMES.map((name) => [name, [fixed(PROFILES[name], false), fixed(PROFILES[name], true)]]))

function fixed(profile: Profile, canEncipher: boolean): readonly Extension[] {
  const encipher = profile.encipher && canEncipher
  return [
    basicConstraints({ ca: false }),
    keyUsage([...profile.keyUsages, ...(encipher ? (['keyEncipherment'] as const) : [])]),
    extKeyUsage(profile.extendedKeyUsages.map((name) => OID[name])),
  ]
}

/** All extensions of a leaf, in the order of RFC 5280 §4.2's usual printing: constraints, usages, keys, names, issuer. */
export function leafExtensions(
  leaf: LeafDetails,
  publicKey: Pick<PublicKeyInfo, 'spki' | 'algorithm'>,
  issuerExtensions: readonly Extension[],
): readonly Extension[] {
  const canEncipher = publicKey.algorithm !== undefined && keyAlgorithmInfo(publicKey.algorithm).canEncipher
  const extensions = [
    ...(FIXED.get(leaf.profile)?.[canEncipher ? 1 : 0] ?? []),
    subjectKeyIdentifier(keyIdentifierOf(publicKey.spki)),
    ...issuerExtensions,
  ]
  if (leaf.names.length > 0) extensions.push(subjectAltName(leaf.names, leaf.subject))
  return extensions
}
