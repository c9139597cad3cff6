import { ChanceryError } from '../../domain/errors.ts'
import { DerError } from '../der/errors.ts'
import { readChainConstraints } from '../chain-constraints.ts'
import {
  decodeAuthorityInfoAccess,
  decodeAuthorityKeyIdentifier,
  decodeBasicConstraints,
  decodeCertificatePolicies,
  decodeCrlDistributionPoints,
  decodeExtKeyUsage,
  decodeKeyUsage,
  decodeSubjectKeyIdentifier,
} from '../extension-decoders.ts'
import { OID, oidName } from '../oids.ts'
import { readNames } from './read-names.ts'
import type { BasicConstraints, KeyUsage } from '../extensions.ts'
import type { ChainConstraints } from '../name-constraints.ts'
import type { Extension } from '../types.ts'
import type { ReadNames } from './read-names.ts'

type Contents = {
  basicConstraints?: BasicConstraints
  keyUsage?: readonly KeyUsage[]
  extendedKeyUsage?: readonly string[]
  subjectKeyIdentifier?: Uint8Array
  authorityKeyIdentifier?: { readonly keyIdentifier?: Uint8Array }
  subjectAltName?: ReadNames
  nameConstraints?: ChainConstraints
  crlUrls?: readonly string[]
  freshestCrlUrls?: readonly string[]
  access?: { readonly caIssuers: readonly string[]; readonly ocsp: readonly string[] }
}
/** What a certificate's extensions say. A member is undefined where the extension is missing or can't be read. */
export type Decoded = Readonly<Contents> & {
  /** The first extension of each OID. */
  readonly extensions: ReadonlyMap<string, Extension>
  readonly repeated: readonly string[]
  readonly unreadable: readonly { readonly field: string; readonly message: string }[]
}

const READERS: ReadonlyMap<string, (value: Uint8Array, into: Contents) => void> = new Map([
  [OID.basicConstraints, (value, into) => void (into.basicConstraints = decodeBasicConstraints(value))],
  [OID.keyUsage, (value, into) => void (into.keyUsage = decodeKeyUsage(value))],
  [OID.extKeyUsage, (value, into) => void (into.extendedKeyUsage = decodeExtKeyUsage(value))],
  [
    OID.subjectKeyIdentifier,
    (value, into) => void (into.subjectKeyIdentifier = decodeSubjectKeyIdentifier(value)),
  ],
  [
    OID.authorityKeyIdentifier,
    (value, into) => void (into.authorityKeyIdentifier = decodeAuthorityKeyIdentifier(value)),
  ],
  [OID.subjectAltName, (value, into) => void (into.subjectAltName = readNames(value))],
  [OID.issuerAltName, (value) => void readNames(value)],
  [OID.nameConstraints, (value, into) => void (into.nameConstraints = readChainConstraints(value))],
  [OID.cRLDistributionPoints, (value, into) => void (into.crlUrls = decodeCrlDistributionPoints(value))],
  [OID.freshestCRL, (value, into) => void (into.freshestCrlUrls = decodeCrlDistributionPoints(value))],
  [OID.authorityInfoAccess, (value, into) => void (into.access = decodeAuthorityInfoAccess(value))],
  [OID.certificatePolicies, (value) => void decodeCertificatePolicies(value)],
] satisfies [string, (value: Uint8Array, into: Contents) => void][])

/** How an extension is called in findings: its RFC 5280 name, or its OID. */
export const extensionName = (oid: string): string => oidName(oid) ?? `extension ${oid}`

/** Reads all extensions that the lint knows; what can't be read is listed, never thrown. */
export function decodedFrom(list: readonly Extension[]): Decoded {
  const contents: Contents = {}
  const extensions = new Map<string, Extension>()
  const repeated: string[] = []
  const unreadable: { field: string; message: string }[] = []
  for (const extension of list) {
    const { oid, value } = extension
    if (extensions.has(oid)) {
      repeated.push(oid)
      continue
    }
    extensions.set(oid, extension)
    try {
      READERS.get(oid)?.(value, contents)
    } catch (error) {
      if (!(error instanceof DerError || error instanceof ChanceryError)) throw error
      unreadable.push({ field: extensionName(oid), message: error.message })
    }
  }
  return { ...contents, extensions, repeated, unreadable }
}
