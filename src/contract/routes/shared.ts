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
