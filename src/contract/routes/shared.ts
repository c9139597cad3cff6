import { DER_MEDIA_TYPE, PEM_MEDIA_TYPES, type OtherMedia } from '../route.ts'

/** The media types of PEM, each with the same description. */
export const pemOf = (description: string): OtherMedia[] =>
  PEM_MEDIA_TYPES.map((type) => ({ type, description }))
/** What a route for one certificate answers; PEM when nothing is asked for. */
export const PEM_OR_DER: OtherMedia[] = [
  ...pemOf('The certificate as PEM.'),
  { type: DER_MEDIA_TYPE, description: 'The certificate as DER.' },
]
/** Neither idempotency keys nor ETags. */
export const plain = { idempotent: false, etag: false } as const
/** For what makes something: sent again with the same key, it makes nothing new. */
export const once = { idempotent: true, etag: false } as const

/** Every kind of file that an export answers. */
export const EXPORT_MEDIA = [
  { type: 'application/x-pem-file', description: 'PEM with the private key.' },
  { type: 'application/x-pkcs12', description: 'A PKCS#12 file.' },
  { type: 'application/x-java-keystore', description: 'A Java key store (JKS).' },
  { type: 'application/pkix-cert', description: 'The certificate as DER.' },
  { type: 'application/x-pkcs7-certificates', description: 'Certificate and chain as PKCS#7 (DER).' },
  { type: 'application/pkcs8', description: 'The private key as DER.' },
  { type: 'application/pkcs8-encrypted', description: 'The encrypted private key as DER.' },
] as const
