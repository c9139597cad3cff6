import type { Violation } from '../../domain/errors.ts'
import type { GeneralName } from '../../domain/names.ts'
import type { Template } from '../../domain/templates.ts'
import type { Millis } from '../../domain/time.ts'
import type { LintContext } from '../../x509/lint.ts'
import type { Extension, PublicKeyInfo } from '../../x509/types.ts'
import type { Issuer } from './issuer-for.ts'

/** What a request under a profile or a template comes to: all of a certificate but its key, serial and times. */
export type CertificatePlan = {
  /** Recorded as the certificate's profile: `tls-server`, `web@3`, `EndEntityCertificate/V1`. */
  readonly label: string
  readonly kind: Template['kind']
  /** The templates that it counts as where permission goes by template, the one that it is first. */
  readonly templates: readonly string[]
  /** DER of the Name. */
  readonly subject: Uint8Array
  readonly names: readonly GeneralName[]
  /** How long it lives when the request doesn't say. */
  readonly defaultDays: number
  readonly lint: Pick<LintContext, 'requireSubjectAltName' | 'accepts'>
  /** What stands against it once issuer and lifetime are known. */
  readonly violations: (issuer: Issuer, lifetime: Millis) => readonly Violation[]
  readonly extensions: (
    key: Pick<PublicKeyInfo, 'spki' | 'algorithm'>,
    issuer: Issuer,
  ) => { readonly extensions: readonly Extension[]; readonly warnings: readonly string[] }
}
