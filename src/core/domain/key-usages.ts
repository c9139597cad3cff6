/** RFC 5280 §4.2.1.3, in the order of the bits. */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const
export type KeyUsage = (typeof KEY_USAGES)[number]

/** Bits that mean nothing for a key that can only sign (RFC 5480 §3, RFC 8410 §5). */
export const ENCIPHERMENTS: readonly KeyUsage[] = ['keyEncipherment', 'dataEncipherment']

/** Purposes of an extended key usage that have a name here (RFC 5280 §4.2.1.12 and others); any other is a dotted OID. */
export const PURPOSE_NAMES = [
  'serverAuth',
  'clientAuth',
  'codeSigning',
  'emailProtection',
  'timeStamping',
  'ocspSigning',
  'smartcardLogon',
  'documentSigning',
] as const
export type PurposeName = (typeof PURPOSE_NAMES)[number]
