import { ChanceryError } from '../../domain/errors.ts'
import { readChainConstraints } from '../chain-constraints.ts'
import { DerError } from '../der/errors.ts'
import {
  decodeAuthorityInfoAccess,
  decodeAuthorityKeyIdentifier,
  decodeBasicConstraints,
  decodeCertificatePolicies,
  decodeCrlDistributionPoints,
  decodeExtKeyUsage,
  decodeInhibitAnyPolicy,
  decodeKeyUsage,
  decodePolicyConstraints,
  decodePolicyMappings,
  decodeSubjectKeyIdentifier,
} from '../extension-decoders.ts'
import { OID, oidName } from '../oids.ts'
import { Memo } from './memo.ts'
import { readNames } from './read-names.ts'
import type { BasicConstraints, KeyUsage } from '../extensions.ts'
import type { ChainConstraints } from '../name-constraints.ts'
import type { PolicyExtensions } from '../policies.ts'
import type { Extension } from '../types.ts'
import type { ReadNames } from './read-names.ts'

/** What a certificate's extensions say. A member is undefined where the extension is missing or can't be read. */
export type Decoded = PolicyExtensions & {
  readonly basicConstraints: BasicConstraints | undefined
  readonly keyUsage: readonly KeyUsage[] | undefined
  readonly extendedKeyUsage: readonly string[] | undefined
  readonly subjectKeyIdentifier: Uint8Array | undefined
  readonly authorityKeyIdentifier: { readonly keyIdentifier?: Uint8Array } | undefined
  readonly subjectAltName: ReadNames | undefined
  readonly nameConstraints: ChainConstraints | undefined
  readonly crlUrls: readonly string[] | undefined
  readonly freshestCrlUrls: readonly string[] | undefined
  readonly access: { readonly caIssuers: readonly string[]; readonly ocsp: readonly string[] } | undefined
  /** The first extension of each OID. */
  readonly extensions: ReadonlyMap<string, Extension>
  /** OIDs that stand there again. */
  readonly repeated: readonly string[]
  readonly unreadable: readonly { readonly field: string; readonly message: string }[]
}

// One issuer's certificates have most extensions in common, so their decoding is remembered by their very octets.
// Names and the key's identifier differ in each certificate.
const basicConstraints = new Memo(decodeBasicConstraints)
const keyUsage = new Memo(decodeKeyUsage)
const extendedKeyUsage = new Memo(decodeExtKeyUsage)
const authorityKeyIdentifier = new Memo((value) => {
  const { keyIdentifier } = decodeAuthorityKeyIdentifier(value)
  // A copy: what is remembered must not change with the caller's memory.
  return keyIdentifier === undefined ? {} : { keyIdentifier: keyIdentifier.slice() }
})
const crlDistributionPoints = new Memo(decodeCrlDistributionPoints)
const authorityInfoAccess = new Memo(decodeAuthorityInfoAccess)
const certificatePolicies = new Memo((value): readonly string[] =>
  decodeCertificatePolicies(value).map(({ oid }) => oid),
)
const nameConstraints = new Memo(readChainConstraints)

/** How an extension is called in findings: its RFC 5280 name, or its OID. */
export const extensionName = (oid: string): string => oidName(oid) ?? `extension ${oid}`

/** Reads all extensions that the lint knows; what can't be read is listed, never thrown. */
export function decodedFrom(list: readonly Extension[]): Decoded {
  const extensions = new Map<string, Extension>()
  const repeated: string[] = []
  const unreadable: { field: string; message: string }[] = []
  for (const extension of list) {
    if (extensions.has(extension.oid)) repeated.push(extension.oid)
    else extensions.set(extension.oid, extension)
  }
  const read = <T>(oid: string, decode: (value: Uint8Array) => T): T | undefined => {
    const extension = extensions.get(oid)
    if (extension === undefined) return undefined
    try {
      return decode(extension.value)
    } catch (error) {
      if (!(error instanceof DerError || error instanceof ChanceryError)) throw error
      unreadable.push({ field: extensionName(oid), message: error.message })
      return undefined
    }
  }
  read(OID.issuerAltName, readNames)
  return {
    basicConstraints: read(OID.basicConstraints, basicConstraints.of),
    keyUsage: read(OID.keyUsage, keyUsage.of),
    extendedKeyUsage: read(OID.extKeyUsage, extendedKeyUsage.of),
    subjectKeyIdentifier: read(OID.subjectKeyIdentifier, decodeSubjectKeyIdentifier),
    authorityKeyIdentifier: read(OID.authorityKeyIdentifier, authorityKeyIdentifier.of),
    subjectAltName: read(OID.subjectAltName, readNames),
    nameConstraints: read(OID.nameConstraints, nameConstraints.of),
    policies: read(OID.certificatePolicies, certificatePolicies.of),
    policyMappings: read(OID.policyMappings, decodePolicyMappings),
    policyConstraints: read(OID.policyConstraints, decodePolicyConstraints),
    inhibitAnyPolicy: read(OID.inhibitAnyPolicy, decodeInhibitAnyPolicy),
    crlUrls: read(OID.cRLDistributionPoints, crlDistributionPoints.of),
    freshestCrlUrls: read(OID.freshestCRL, crlDistributionPoints.of),
    access: read(OID.authorityInfoAccess, authorityInfoAccess.of),
    extensions,
    repeated,
    unreadable,
  }
}
