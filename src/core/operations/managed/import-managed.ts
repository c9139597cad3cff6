import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent } from '../../domain/audit.ts'
import { ChanceryError, refuse } from '../../domain/errors.ts'
import { serialOf, type KeyId, type ManagedId } from '../../domain/ids.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { ManagedCertificate, ManagedVersion } from '../../domain/managed-certificates.ts'
import type { Millis } from '../../domain/time.ts'
import { readOutside, type OutsideCertificate } from '../../x509/outside/read-outside.ts'
import { privateKeyDer } from '../../x509/private-key-file.ts'
import { withoutTraditionalForm } from '../../x509/traditional-keys.ts'
import type { Ports } from '../../ports/ports.ts'
import { requestTagFacts } from '../../domain/policies/tag-facts.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { happened } from './happened.ts'
import { importedNames, importViolations, narrowed } from './imported-certificate.ts'
import { withVersion } from './issue-version.ts'
import { changeManaged, managedAt } from './managed-at.ts'
import { tagViolations } from '../../domain/tag-violations.ts'
import { authorizeManaged } from './authorize-managed.ts'
import { versionFacts } from './version-facts.ts'

export type ImportManagedRequest = {
  /** PEM. */
  readonly certificate: string
  /** PEM of a PKCS#8 key or, in the clear, of OpenSSL's older forms; or PKCS#8 or PKCS#12 in base64. */
  readonly key: string
  readonly passphrase?: string
  /** PEM: its issuers, each certifying the one before. */
  readonly chain?: string
}

type Imported = { readonly outside: OutsideCertificate; readonly key: StoredKey }

/**
 * Takes in a certificate with its key from elsewhere; the key is sealed like one of ours (contract §7.6).
 * @throws certificate_invalid naming what is wrong in certificate or chain; request_invalid naming `key`, `passphrase`
 * or tags; kms_unavailable
 */
export async function importManaged(
  ports: Ports,
  principal: Principal,
  request: ImportManagedRequest & { readonly tags?: Readonly<Record<string, string>> } & Once,
): Promise<ManagedCertificate> {
  const { tags = {} } = request
  authorize(principal, 'acm:ImportCertificate', arns.allManaged(principal), requestTagFacts(tags))
  refuse('request_invalid', tagViolations(tags))
  return idempotently(ports, principal, request.idempotency, {
    operation: 'ImportCertificate',
    attempt: (remember) => takeIn(ports, principal, request, tags, remember),
    replay: async (id) => stillThere(await ports.store.reads.managed.get(principal, id as ManagedId)),
  })
}

async function takeIn(
  ports: Ports,
  principal: Principal,
  request: ImportManagedRequest,
  tags: Readonly<Record<string, string>>,
  remember: Remember,
): Promise<ManagedCertificate> {
  await refuseBeyondQuota(ports, 'managedCertificates', principal)
  const now = ports.calendar.now()
  const imported = await opened(ports, principal, request, now)
  const id = newUuid(ports.random, now) as ManagedId
  const version = versionOf(imported, id, 1, now)
  const after = withVersion(blank(principal, imported, id, tags, now), version, now)
  await ports.store.transact((writes) => [
    writes.keys.add(imported.key),
    writes.managed.addVersion(version),
    writes.managed.add(after),
    ...remember(writes, id),
    happened(ports, after, { name: 'AVAILABLE', action: 'IMPORT' }, now)(writes),
    writes.audit.append(importedEvent(ports, principal, id, imported)),
  ])
  return after
}

/**
 * Puts another certificate in place of an imported one, under the same ARN: of the same kind of key, for at least the
 * usages of the one before; its names may be others.
 * @throws as importManaged; not_found; state_conflict for one that wasn't imported
 */
export async function reimportManaged(
  ports: Ports,
  principal: Principal,
  request: ImportManagedRequest & { readonly id: string } & Once,
): Promise<ManagedCertificate> {
  await authorizeManaged(ports, principal, 'acm:ImportCertificate', request.id)
  return idempotently(ports, principal, request.idempotency, {
    operation: 'ImportCertificate',
    attempt: (remember) => takeInAgain(ports, principal, request, remember),
    replay: () => managedAt(ports, principal, request.id),
  })
}

async function takeInAgain(
  ports: Ports,
  principal: Principal,
  request: ImportManagedRequest & { readonly id: string },
  remember: Remember,
): Promise<ManagedCertificate> {
  const { kind } = await managedAt(ports, principal, request.id)
  if (kind !== 'imported')
    throw new ChanceryError(
      'state_conflict',
      'It wasn’t imported, and nothing can be imported in its place; renew it',
    )
  const now = ports.calendar.now()
  const imported = await opened(ports, principal, request, now)
  return changeManaged(ports, principal, request.id, (managed) => {
    refuse('certificate_invalid', narrowed(managed, imported.outside.certificate, imported.key.algorithm))
    const version = versionOf(imported, managed.id, (managed.current?.number ?? 0) + 1, now)
    const after = {
      ...withVersion(managed, version, now),
      names: importedNames(imported.outside.certificate),
    }
    return {
      after,
      alsoWrite: (writes) => [
        writes.keys.add(imported.key),
        writes.managed.addVersion(version),
        ...remember(writes, managed.id),
        happened(ports, after, { name: 'AVAILABLE', action: 'REIMPORT' }, now)(writes),
        writes.audit.append(importedEvent(ports, principal, managed.id, imported)),
      ],
    }
  })
}

/** Reads and checks all of it, and seals the key; nothing is stored yet. */
async function opened(
  ports: Ports,
  principal: Principal,
  request: ImportManagedRequest,
  now: Millis,
): Promise<Imported> {
  const outside = readOutside(request.certificate, request.chain)
  refuse('certificate_invalid', await importViolations(ports, principal.account, outside, now))
  const der = privateKeyDer(withoutTraditionalForm(request.key))
  const { account, region } = principal
  const context = {
    account,
    region,
    id: newUuid(ports.random, now) as KeyId,
    purpose: 'certificate' as const,
  }
  const { key } = await ports.vault.import({ der, passphrase: request.passphrase }, context)
  der.fill(0)
  if (!Buffer.from(outside.certificate.publicKey.spki).equals(key.spki))
    refuse('request_invalid', [
      { code: 'key_mismatch', field: 'key', message: 'is not the key of the certificate' },
    ])
  return { outside, key }
}

const versionOf = (
  { outside: { certificate, chain }, key }: Imported,
  managed: ManagedId,
  number: number,
  now: Millis,
): ManagedVersion => ({
  managed,
  number,
  authority: undefined,
  serial: serialOf(certificate.serialOctets),
  key: key.id,
  notBefore: certificate.notBefore.time,
  notAfter: certificate.notAfter.time,
  createdAt: now,
  imported: { der: certificate.der, chain: Buffer.concat(chain.map(({ der }) => der)) },
  facts: versionFacts(certificate),
})

const blank = (
  { account, region }: Principal,
  { outside, key }: Imported,
  id: ManagedId,
  tags: Readonly<Record<string, string>>,
  createdAt: Millis,
): ManagedCertificate => ({
  id,
  account,
  region,
  revision: 1,
  kind: 'imported',
  status: 'ISSUED',
  failure: undefined,
  failureDetail: undefined,
  names: importedNames(outside.certificate),
  keyAlgorithm: key.algorithm,
  authority: undefined,
  profile: '',
  days: undefined,
  validationMethod: undefined,
  renewalKey: 'new',
  exportable: false,
  managedBy: undefined,
  tags,
  createdAt,
  validateUntil: undefined,
  dueAt: undefined,
  attempts: 0,
  renewal: undefined,
  current: undefined,
  exportedVersion: undefined,
  revocation: undefined,
  inUseBy: [],
})

function importedEvent(
  ports: Pick<Ports, 'clock' | 'random'>,
  principal: Principal,
  id: ManagedId,
  { outside }: Imported,
): AuditEvent {
  const time = ports.clock.now()
  return auditEvent('ImportCertificate', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.managed(principal, id)],
    request: { serial: serialOf(outside.certificate.serialOctets) },
  })
}
