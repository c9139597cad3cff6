import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { Authority } from '../../domain/authorities.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { refuse, type Violation } from '../../domain/errors.ts'
import { certificateIdOf, serialOf, type CertificateId, type KeyId } from '../../domain/ids.ts'
import type { KeyAlgorithm } from '../../domain/key-algorithms.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { SubjectFields } from '../../domain/names.ts'
import { DEFAULT_LEAF_DAYS, PROFILES, type ProfileName } from '../../domain/profiles.ts'
import { DAY, isoOf, type Millis } from '../../domain/time.ts'
import { validityFrom, type ValidityRequest } from '../../domain/validity.ts'
import type { NamesInput } from '../../x509/general-names.ts'
import type { CertificateDraft, PublicKeyInfo } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import { signingAuthority, type SigningAuthority } from '../authorities/signing-authority.ts'
import { idempotently, inProgress, type IdempotencyInput, type Remember } from '../idempotency.ts'
import { installationWarnings } from '../installation/installation-warnings.ts'
import { newSerial, newUuid } from '../new-ids.ts'
import { outcomeOf } from './abandon-intent.ts'
import { exportFile, exportViolations, type ExportedFile, type ExportRequest } from './export-certificate.ts'
import { leafDetails, verifiedRequest, type LeafDetails } from './leaf-details.ts'
import { leafExtensions } from './leaf-extensions.ts'
import { certificateAt, chainOfCertificate } from './read-certificates.ts'
import { signRecorded } from './sign-recorded.ts'

export type IssueCertificateRequest = {
  /** Id, name or ARN; the place's default authority when none is named. */
  readonly authority?: string
  /** PKCS#10, PEM or DER. Either this or `key`. */
  readonly csr?: string | Uint8Array
  /** The service makes the key and keeps it wrapped. */
  readonly key?: { readonly algorithm: KeyAlgorithm }
  /** Replaces the names of the CSR. */
  readonly names?: NamesInput
  /** Replaces the subject of the CSR. */
  readonly subject?: SubjectFields
  readonly profile?: ProfileName
  readonly validity?: ValidityRequest
  /** Gives the certificate with its key in the same answer; only with `key`. */
  readonly export?: ExportRequest
  readonly idempotency?: IdempotencyInput
}

export type IssuedCertificate = {
  readonly certificate: Certificate
  /** Issuing authority first, root last; DER. */
  readonly chain: readonly Uint8Array[]
  readonly exported: ExportedFile | undefined
  readonly warnings: readonly string[]
}

/**
 * Issues a leaf: decide, then record, sign once and publish.
 * @throws csr_invalid, request_invalid, lint_failed, not_found and state_conflict (authority), forbidden, unavailable
 */
export async function issueCertificate(
  ports: Ports,
  principal: Principal,
  request: IssueCertificateRequest,
): Promise<IssuedCertificate> {
  const now = ports.calendar.now()
  authorize(principal, 'acm-pca:IssueCertificate', arns.authorities(principal))
  if (request.export !== undefined)
    authorize(principal, 'chancery:ExportCertificate', arns.certificates(principal))
  refuse('request_invalid', keyViolations(request))
  return idempotently(ports, principal, request.idempotency, {
    operation: 'IssueCertificate',
    // As the caller names it: a replay is right also when another authority has become the default, or this one ended.
    authority: request.authority ?? '',
    attempt: async (remember) => {
      const issuer = await signingAuthority(ports, principal, request.authority, now)
      return attempt(ports, principal, request, issuer, now, remember)
    },
    replay: (resource) => replay(ports, principal, request, resource as CertificateId, now),
  })
}

async function attempt(
  ports: Ports,
  principal: Principal,
  request: IssueCertificateRequest,
  issuer: SigningAuthority,
  now: Millis,
  remember: Remember,
): Promise<IssuedCertificate> {
  const verified = request.csr === undefined ? undefined : verifiedRequest(ports, request.csr)
  const leaf = leafDetails(request, verified?.csr)
  const validity = validityFrom(request.validity, DEFAULT_LEAF_DAYS, now, issuer.validity)
  // The signature is checked off the event loop meanwhile; nothing is recorded before it is found good.
  await verified?.signatureIsGood
  const key = verified === undefined ? await generateKey(ports, principal, request, now) : undefined
  const publicKey = verified?.csr.publicKey ?? (key as StoredKey)
  const draft = leafDraft(ports, issuer, leaf, publicKey, validity)
  const certificate = await signRecorded(ports, principal, {
    draft,
    lint: {
      kind: 'leaf',
      issuer: issuer.facts,
      now,
      requireSubjectAltName: PROFILES[leaf.profile].needs.length > 0,
    },
    owner: principal,
    issuer,
    names: leaf.names,
    profile: leaf.profile,
    subjectKey: key?.id,
    issuedAt: now,
    warnings: validity.clamped
      ? [`validity_clamped: ends at ${isoOf(validity.notAfter)}, when its issuer ends`]
      : [],
    alsoRecord: (writes) => [
      ...(key === undefined ? [] : [writes.keys.add(key)]),
      ...remember(writes, certificateIdOf(issuer.id, serialOf(draft.serial))),
    ],
  })
  return {
    certificate,
    chain: issuer.chain,
    exported: await exportOf(ports, principal, request, certificate, issuer.chain),
    warnings: [...certificate.warnings, ...issuerWarnings(ports, issuer.authority, now)],
  }
}

function leafDraft(
  ports: Pick<Ports, 'random'>,
  issuer: SigningAuthority,
  leaf: LeafDetails,
  publicKey: Pick<PublicKeyInfo, 'spki' | 'algorithm'>,
  validity: { readonly notBefore: Millis; readonly notAfter: Millis },
): CertificateDraft {
  return {
    serial: newSerial(ports.random),
    signatureAlgorithm: issuer.authority.signatureAlgorithm,
    issuer: issuer.facts.subject,
    notBefore: validity.notBefore,
    notAfter: validity.notAfter,
    subject: leaf.subject,
    spki: publicKey.spki,
    extensions: leafExtensions(leaf, publicKey, issuer.extensions),
  }
}

function keyViolations(request: IssueCertificateRequest): Violation[] {
  if (request.csr === undefined && request.key === undefined)
    return [
      {
        code: 'csr_or_key',
        field: 'csr',
        message: 'give a certification request, or `key` to have one made',
      },
    ]
  if (request.csr !== undefined && request.key !== undefined)
    return [
      { code: 'csr_or_key', field: 'key', message: 'goes without `csr`: the request has a key already' },
    ]
  if (request.export === undefined) return []
  if (request.key === undefined)
    return [
      {
        code: 'export_without_key',
        field: 'export',
        message: 'needs `key`: the service has no key of a CSR',
      },
    ]
  return exportViolations(request.export, 'export')
}

const generateKey = (
  ports: Pick<Ports, 'vault' | 'random'>,
  principal: Principal,
  request: IssueCertificateRequest,
  now: Millis,
): Promise<StoredKey> =>
  ports.vault.generate(request.key?.algorithm ?? 'EC_prime256v1', {
    account: principal.account,
    region: principal.region,
    id: newUuid(ports.random, now) as KeyId,
    purpose: 'certificate',
  })

/** The first result once more; its key is read from the vault again, with rights checked and audited. */
async function replay(
  ports: Ports,
  principal: Principal,
  request: IssueCertificateRequest,
  resource: CertificateId,
  now: Millis,
): Promise<IssuedCertificate | 'abandoned'> {
  const outcome = await outcomeOf(ports, principal, resource)
  if (outcome === 'abandoned') return 'abandoned'
  if (outcome === 'signing') throw inProgress()
  const certificate = await certificateAt(ports, principal, resource)
  const chain = await chainOfCertificate(ports, certificate)
  const issuer = await ports.store.reads.authorities.public(certificate.authority)
  return {
    certificate,
    chain,
    exported: await exportOf(ports, principal, request, certificate, chain),
    warnings: [...certificate.warnings, ...issuerWarnings(ports, issuer, now)],
  }
}

async function exportOf(
  ports: Ports,
  principal: Principal,
  request: IssueCertificateRequest,
  certificate: Certificate,
  chain: readonly Uint8Array[],
): Promise<ExportedFile | undefined> {
  return request.export === undefined
    ? undefined
    : exportFile(ports, principal, { certificate, chain, form: request.export })
}

/** An issuing authority with less life than its longest usual leaf can't issue one in full any more. */
function issuerWarnings(
  ports: Pick<Ports, 'settings'>,
  issuer: Authority | undefined,
  now: Millis,
): readonly string[] {
  const end = issuer?.certificate?.notAfter
  const ending =
    issuer !== undefined && end !== undefined && end - now < (DEFAULT_LEAF_DAYS + 30) * DAY
      ? [`authority_expires: “${issuer.name}” ends at ${isoOf(end)}; renew it in time`]
      : []
  return [...ending, ...installationWarnings(ports)]
}
