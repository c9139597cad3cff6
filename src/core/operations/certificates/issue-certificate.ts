import type { Principal } from '../../domain/access.ts'
import type { Authority } from '../../domain/authorities.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { refuse } from '../../domain/errors.ts'
import { certificateIdOf, serialOf, type CertificateId, type KeyId } from '../../domain/ids.ts'
import type { StoredKey } from '../../domain/keys.ts'
import { DEFAULT_LEAF_DAYS } from '../../domain/profiles.ts'
import { templateFrom, type Template } from '../../domain/templates.ts'
import { DAY, isoOf, type Millis } from '../../domain/time.ts'
import { validityFrom } from '../../domain/validity.ts'
import type { CertificationRequest } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import { idempotently, inProgress, type Remember } from '../idempotency.ts'
import { installationWarnings } from '../installation/installation-warnings.ts'
import { newSerial, newUuid } from '../new-ids.ts'
import { usableProfile } from '../profiles/usable-profile.ts'
import { authorizeLent } from '../sharing/reach-authority.ts'
import { caaOfNames, caaWarnings } from '../validation/authority-caa.ts'
import { outcomeOf } from './abandon-intent.ts'
import { authorizeIssuance } from './authorize-issuance.ts'
import type { CertificatePlan } from './certificate-plan.ts'
import { exportFile, exportableOf } from './export-certificate.ts'
import type { ExportedFile } from './exported-file.ts'
import {
  DEFAULT_PROFILE,
  issuanceViolations,
  policyViolations,
  type IssueCertificateRequest,
} from './issuance-request.ts'
import { issuerFor, type Issuer } from './issuer-for.ts'
import { fieldOf, leafPlan, verifiedRequest } from './leaf-details.ts'
import { certificateAt, chainOfCertificate } from './read-certificates.ts'
import { signRecorded } from './sign-recorded.ts'
import { templatePlan } from './template-plan.ts'

export type { IssueCertificateRequest }

export type IssuedCertificate = {
  readonly certificate: Certificate
  /** Issuing authority first, root last; DER. */
  readonly chain: readonly Uint8Array[]
  readonly exported: ExportedFile | undefined
  readonly warnings: readonly string[]
}

/**
 * Issues a certificate under a profile or a template: decide, then record, sign once and publish.
 * @throws csr_invalid, request_invalid, policy_refused, lint_failed, not_found and state_conflict (authority, profile),
 * forbidden, unavailable
 */
export async function issueCertificate(
  ports: Ports,
  principal: Principal,
  request: IssueCertificateRequest,
): Promise<IssuedCertificate> {
  const now = ports.calendar.now()
  const template = request.template === undefined ? undefined : templateFrom(request.template)
  await authorizeIssuance(ports, principal, request, template)
  refuse('request_invalid', issuanceViolations(request))
  return idempotently(ports, principal, request.idempotency, {
    operation: 'IssueCertificate',
    // As the caller names it: a replay is right also when another authority has become the default, or this one ended.
    authority: request.authority ?? '',
    attempt: async (remember) => {
      const kind = template?.kind ?? 'leaf'
      const issuer = await issuerFor(ports, principal, request.authority, kind, now)
      return attempt(ports, principal, request, template, issuer, now, remember)
    },
    replay: (resource) => replay(ports, principal, request, resource as CertificateId, now),
  })
}

async function attempt(
  ports: Ports,
  principal: Principal,
  request: IssueCertificateRequest,
  template: Template | undefined,
  issuer: Issuer,
  now: Millis,
  remember: Remember,
): Promise<IssuedCertificate> {
  const verified = request.csr === undefined ? undefined : verifiedRequest(ports, request.csr)
  const plan = await planFor(ports, principal, request, template, verified?.csr)
  authorizeLent(principal, 'acm-pca:IssueCertificate', issuer, plan.templates)
  const validity = validityFrom(request.validity, plan.defaultDays, now, issuer.validity)
  refuse('policy_refused', policyViolations(request, plan, issuer, validity.notAfter - now))
  // The signature is checked off the event loop meanwhile; nothing is recorded before it is found good.
  await verified?.signatureIsGood
  const caa = issuer.authority.caa === 'OFF' ? [] : await obeyed(ports, principal, request, issuer, plan, now)
  const key = verified === undefined ? await generateKey(ports, principal, request, now) : undefined
  const publicKey = verified?.csr.publicKey ?? (key as StoredKey)
  const { extensions, warnings } = plan.extensions(publicKey, issuer)
  const serial = newSerial(ports.random)
  const certificate = await signRecorded(ports, principal, {
    draft: {
      serial,
      signatureAlgorithm: request.signatureAlgorithm ?? issuer.authority.signatureAlgorithm,
      issuer: issuer.facts?.subject ?? plan.subject,
      notBefore: validity.notBefore,
      notAfter: validity.notAfter,
      subject: plan.subject,
      spki: publicKey.spki,
      extensions,
    },
    lint: {
      ...plan.lint,
      kind: plan.kind,
      now,
      ...(issuer.facts === undefined ? {} : { issuer: issuer.facts }),
    },
    owner: principal,
    issuerPlace: issuer.authority,
    issuer,
    names: plan.names,
    profile: plan.label,
    subjectKey: key?.id,
    issuedAt: now,
    warnings: [
      ...(validity.clamped
        ? [`validity_clamped: ends at ${isoOf(validity.notAfter)}, when its issuer ends`]
        : []),
      ...caa,
      ...warnings,
    ],
    alsoRecord: (writes) => [
      ...(key === undefined ? [] : [writes.keys.add(key)]),
      ...remember(writes, certificateIdOf(issuer.id, serialOf(serial))),
    ],
  })
  return {
    certificate,
    chain: issuer.chain,
    exported: await exportOf(ports, principal, request, certificate, issuer.chain),
    warnings: [...certificate.warnings, ...issuerWarnings(ports, issuer.authority, now)],
  }
}

/** What the request comes to under its template or profile. */
async function planFor(
  ports: Ports,
  principal: Principal,
  request: IssueCertificateRequest,
  template: Template | undefined,
  csr: CertificationRequest | undefined,
): Promise<CertificatePlan> {
  if (template === undefined || csr === undefined)
    return leafPlan(request, csr, await usableProfile(ports, principal, request.profile ?? DEFAULT_PROFILE))
  const { awsKeyEncipherment } = ports.settings
  return templatePlan(template, { csr, passthrough: request.passthrough, awsKeyEncipherment })
}

/** Warnings from CAA, where the authority looks at it. @throws policy_refused where it enforces it */
async function obeyed(
  ports: Pick<Ports, 'perspectives' | 'settings'>,
  { account }: Principal,
  { names }: IssueCertificateRequest,
  { authority }: Issuer,
  plan: CertificatePlan,
  now: Millis,
): Promise<readonly string[]> {
  const found = await caaOfNames(ports, account, plan.names, now)
  return caaWarnings(authority, found, (domain) => fieldOf({ type: 'dns', value: domain }, names))
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
    : exportFile(ports, principal, exportableOf(certificate, chain), request.export)
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
