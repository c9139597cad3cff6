import { z } from 'zod'
import { MINUTE, type Millis } from '../core/domain/time.ts'
import { webhookFrom, webhookSecretFrom } from './webhook-settings.ts'
import { whole } from './whole-number.ts'

const headerNames = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
  z
    .array(z.string().regex(/^[A-Za-z0-9-]{1,64}$/))
    .min(1)
    .max(10),
)

/** How callers prove who they are. */
export const CREDENTIAL_SETTINGS = {
  sigv4SkewMinutes: whole(1, 15).default(5),
  clientCertificates: z.enum(['auto', 'on', 'off'], 'must be auto, on or off').default('auto'),
  authorizerUrl: z.string().optional(),
  authorizerSecret: z.string().optional(),
  authorizerSecretFile: z.string().optional(),
  authorizerHeaders: z
    .unknown()
    .optional()
    .transform((value, context) => {
      const names = headerNames.safeParse(value ?? 'Authorization')
      if (names.success) return names.data.map((name) => name.toLowerCase())
      context.addIssue({
        code: 'custom',
        message: 'must be names of up to 10 headers with commas between them',
      })
      return z.NEVER
    }),
} as const

type Name = keyof typeof CREDENTIAL_SETTINGS
type Given = { readonly [Member in Name]: z.output<(typeof CREDENTIAL_SETTINGS)[Member]> }

export type CredentialOptions = {
  readonly signatureSkew: Millis
  /** Whether connections are asked for a client's certificate; auto: while there is a mapping for one. */
  readonly clientCertificates: 'auto' | 'on' | 'off'
  readonly authorizer: { readonly url: string; readonly headers: readonly string[] } | undefined
}

export const DEFAULT_CREDENTIALS: CredentialOptions = {
  signatureSkew: 5 * MINUTE,
  clientCertificates: 'auto',
  authorizer: undefined,
}

/** The group, and the secret that the authorizer's questions are signed with. */
export function credentialsFrom(
  given: Given,
  source: (name: Name) => string,
  problems: string[],
): { readonly credentials: CredentialOptions; readonly secret: Uint8Array | undefined } {
  const url = webhookFrom(given.authorizerUrl, source('authorizerUrl'), problems)
  const secret = webhookSecretFrom(
    { text: given.authorizerSecret, source: source('authorizerSecret') },
    { path: given.authorizerSecretFile, source: source('authorizerSecretFile') },
    problems,
  )
  const named = given.authorizerSecret !== undefined || given.authorizerSecretFile !== undefined
  if (url !== undefined && !named)
    problems.push(
      `${source('authorizerSecretFile')}: is needed with an authorizer, so that it knows who asks`,
    )
  return {
    credentials: {
      signatureSkew: given.sigv4SkewMinutes * MINUTE,
      clientCertificates: given.clientCertificates,
      authorizer: url === undefined ? undefined : { url, headers: given.authorizerHeaders },
    },
    secret,
  }
}
