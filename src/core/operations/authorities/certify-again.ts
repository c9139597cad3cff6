import type { Principal } from '../../domain/access.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { SYSTEM_ACCOUNT, type AuthorityId, type KeyId } from '../../domain/ids.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { SignatureAlgorithm } from '../../domain/key-algorithms.ts'
import type { GeneralName } from '../../domain/names.ts'
import type { Validity } from '../../domain/validity.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { basicConstraints } from '../../x509/extensions.ts'
import { decodeBasicConstraints } from '../../x509/extension-decoders.ts'
import type { CertificateKind } from '../../x509/lint.ts'
import { OID } from '../../x509/oids.ts'
import type { Extension } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import type { VerificationKey } from '../../ports/signature-verifier.ts'
import type { Place, Write, Writes } from '../../ports/store.ts'
import { signRecorded } from '../certificates/sign-recorded.ts'
import { newSerial } from '../new-ids.ts'
import type { SigningAuthority } from './signing-authority.ts'

/** A key that has a certificate, to be certified once more: by the same issuer, another one, or itself. */
export type CertifyingAgain = {
  /** What the new one shall say, but for issuer and validity. */
  readonly certificateDer: Uint8Array
  readonly kind: CertificateKind
  readonly owner: Place
  /** Who signs; a root that signs itself gives its own key. */
  readonly issuer: SigningAuthority | SelfSigner
  readonly validity: Pick<Validity, 'notBefore' | 'notAfter'>
  readonly profile: string
  readonly names?: readonly GeneralName[]
  readonly subjectKey?: KeyId
  readonly warnings?: readonly string[]
  readonly alsoPublish: (writes: Writes, certificateDer: Uint8Array, serial: Uint8Array) => readonly Write[]
}

export type SelfSigner = {
  readonly id: AuthorityId
  readonly key: StoredKey
  readonly verificationKey: VerificationKey
  readonly signatureAlgorithm: SignatureAlgorithm
}

/** What an issuer says about itself in each certificate: replaced when another issuer signs. */
const ISSUERS: ReadonlySet<string> = new Set([
  OID.authorityKeyIdentifier,
  OID.cRLDistributionPoints,
  OID.authorityInfoAccess,
  OID.freshestCRL,
])

/**
 * A certificate with the subject, the key and the extensions of another, from an issuer of one's choice. The path
 * length is shortened where the issuer's chain asks for it (RFC 5280 §6.1.4 (l), (m)).
 * @throws lint_failed when the issuer's chain doesn't allow it; as signRecorded
 */
export async function certifyAgain(
  ports: Ports,
  principal: Principal,
  again: CertifyingAgain,
): Promise<Certificate> {
  const { issuer, kind, validity } = again
  const current = parseCertificate(again.certificateDer)
  const other = 'facts' in issuer ? issuer : undefined
  const serial = newSerial(ports.random)
  const now = ports.calendar.now()
  return signRecorded(ports, principal, {
    draft: {
      serial,
      signatureAlgorithm:
        'signatureAlgorithm' in issuer ? issuer.signatureAlgorithm : issuer.authority.signatureAlgorithm,
      issuer: other?.facts.subject ?? current.subject,
      notBefore: validity.notBefore,
      notAfter: validity.notAfter,
      subject: current.subject,
      spki: current.publicKey.spki,
      extensions: extensionsUnder(current.extensions, other),
    },
    lint: {
      kind,
      now,
      requireSubjectAltName:
        kind === 'leaf' && current.extensions.some(({ oid }) => oid === OID.subjectAltName),
      ...(other === undefined ? {} : { issuer: other.facts }),
    },
    owner: again.owner,
    // What the installation validated is nobody's loan.
    ...(other === undefined || other.authority.account === SYSTEM_ACCOUNT
      ? {}
      : { issuerPlace: other.authority }),
    issuer: other ?? { ...issuer, certificateDer: undefined },
    names: again.names ?? [],
    profile: again.profile,
    subjectKey: again.subjectKey,
    issuedAt: now,
    warnings: again.warnings ?? [],
    alsoPublish: (writes, der) => again.alsoPublish(writes, der, serial),
  })
}

/** The extensions in their order, with the issuer's own behind the subject's. */
function extensionsUnder(
  extensions: readonly Extension[],
  issuer: SigningAuthority | undefined,
): readonly Extension[] {
  if (issuer === undefined) return extensions
  const own = extensions.filter(({ oid }) => !ISSUERS.has(oid))
  return [
    ...own.map((extension) =>
      extension.oid === OID.basicConstraints ? shortened(extension, issuer.facts.pathLength) : extension,
    ),
    ...issuer.extensions,
  ]
}

/** A path length that fits below an issuer which allows `allowed` more authorities; without one, the lint says so. */
function shortened(extension: Extension, allowed: number): Extension {
  const { ca, pathLength } = decodeBasicConstraints(extension.value)
  if (!ca || !Number.isFinite(allowed) || allowed < 1) return extension
  if (pathLength !== undefined && pathLength < allowed) return extension
  return basicConstraints({ ca, pathLength: allowed - 1 })
}
