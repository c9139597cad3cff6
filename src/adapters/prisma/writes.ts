import { IMPORTED_PROFILE } from '../../core/domain/profiles.ts'
import { REVOCATION_REASONS } from '../../core/domain/revocation.ts'
import type { Writes } from '../../core/ports/store.ts'
import { webhookWrites } from './webhook-writes.ts'
import { eventWrites } from './event-writes.ts'
import { compromisedKeyWrites, profileWrites } from './policy-writes.ts'
import { managedOptionsWrites } from './managed-options-writes.ts'
import { managedWrites } from './managed-writes.ts'
import { auditWrites } from './audit-writes.ts'
import { certificateArchiveWrites } from './certificate-archive-writes.ts'
import { approvalWrites } from './approval-writes.ts'
import { mailboxWrites } from './mailbox-writes.ts'
import { outgoingObjectWrites } from './outgoing-object-writes.ts'
import { bucketWrites } from './bucket-writes.ts'
import { reportWrites } from './report-writes.ts'
import { credentialWrites } from './credential-writes.ts'
import { crlWrites } from './crl-writes.ts'
import { ocspWrites } from './ocsp-writes.ts'
import { repositoryWrites } from './repository-writes.ts'
import { rateCounterWrites } from './rate-counter-writes.ts'
import { rotationWrites } from './rotation-writes.ts'
import { shardWrites } from './shard-writes.ts'
import { shareWrites } from './share-writes.ts'
import { stackWrites } from './stack-writes.ts'
import { zoneWrites } from './zone-writes.ts'
import { accessKeyWrites, organizationWrites } from './access-key-writes.ts'
import { identityWrites } from './identity-writes.ts'
import { idempotencyWrites, restoreWrites } from './installation-writes.ts'
import { tokenWrites } from './token-writes.ts'
import { blob, blobOrNull, jsonOrNull, keyHashOf, orNull, serialBlob, write } from './wire-values.ts'

/**
 * The writes of the port as data: names of prepared statements and their values, in the statement's order.
 * @param systemNow reads the system clock, which decides about leases
 */
export function createWrites(systemNow: () => number): Writes {
  return {
    settings: {
      put: (name, value) => write('settings.put', name, value),
      set: (name, value) => write('settings.set', name, value),
    },
    accounts: { add: ({ id, name, createdAt }) => write('accounts.add', id, name, createdAt) },
    tokens: tokenWrites,
    keys: keyWrites,
    authorities: authorityWrites(systemNow),
    compromisedKeys: compromisedKeyWrites,
    profiles: profileWrites,
    certificates: certificateWrites(systemNow),
    ...credentialWrites,
    ...crlWrites(systemNow),
    ...repositoryWrites,
    ...rateCounterWrites,
    ...rotationWrites,
    ...shardWrites,
    ...shareWrites,
    ...stackWrites,
    ...reportWrites,
    ...bucketWrites,
    ...outgoingObjectWrites,
    ...ocspWrites,
    ...managedWrites,
    ...managedOptionsWrites,
    ...eventWrites(systemNow),
    ...zoneWrites,
    ...mailboxWrites,
    ...approvalWrites,
    ...auditWrites,
    ...certificateArchiveWrites,
    ...webhookWrites,
    ...identityWrites,
    ...accessKeyWrites,
    ...organizationWrites,
    revocations: revocationWrites,
    restores: restoreWrites,
    leases: {
      take: (name, owner, now, until) => write('leases.take', name, owner, until, now),
      release: (name, owner) => write('leases.release', name, owner),
      releaseAll: () => write('leases.releaseAll'),
    },
    idempotency: idempotencyWrites,
    audit: {
      append: (e) => write('audit.append', e.account, e.region, e.name, e.time, e.record),
    },
  }
}

const keyWrites: Writes['keys'] = {
  add: (k) =>
    write(
      'keys.add',
      k.id,
      k.account,
      k.region,
      k.purpose,
      k.algorithm,
      blob(k.spki),
      k.provider,
      k.kekId,
      k.kekVersion,
      blob(k.sealed),
      k.createdAt,
    ),
  rewrap: (from, to) =>
    write(
      // What authorities and responders sign with is cached; a certificate's key is read each time.
      from.purpose === 'authority' || from.purpose === 'responder' ? 'keys.rewrapCached' : 'keys.rewrap',
      to.provider,
      to.kekId,
      to.kekVersion,
      blob(to.sealed),
      from.id,
      blob(from.sealed),
    ),
  destroy: (id) => write('keys.destroy', id),
}

const authorityWrites = (systemNow: () => number): Writes['authorities'] => ({
  add: (a) =>
    write(
      'authorities.add',
      a.id,
      a.account,
      a.region,
      a.name,
      a.kind,
      orNull(a.parent),
      a.status,
      a.key,
      a.keyAlgorithm,
      a.signatureAlgorithm,
      a.subject,
      orNull(a.pathLength),
      jsonOrNull(a.nameConstraints),
      a.usageMode,
      JSON.stringify(a.revocation),
      orNull(a.failureReason),
      blobOrNull(a.csrDer),
      blobOrNull(a.externalChain),
      a.renewal,
      a.caa,
      jsonOrNull(a.servicePermission),
      JSON.stringify(a.tags),
      orNull(a.keyStorageStandard),
      a.isDefault ? 1 : 0,
      a.createdAt,
    ),
  activate: (id, c) =>
    write('authorities.activate', blob(c.der), serialBlob(c.serial), c.notBefore, c.notAfter, id),
  recertify: (id, from, { parent, ...c }) =>
    write(
      'authorities.recertify',
      blob(c.der),
      serialBlob(c.serial),
      c.notBefore,
      c.notAfter,
      orNull(parent),
      id,
      serialBlob(from),
    ),
  setSuccessor: (id, from, to) => write('authorities.setSuccessor', orNull(to), id, orNull(from)),
  setRenewal: (id, policy) => write('authorities.setRenewal', policy, id),
  setTags: (id, from, to) => write('authorities.setTags', JSON.stringify(to), id, JSON.stringify(from)),
  setCaa: (id, mode) => write('authorities.setCaa', mode, id),
  setRevocation: (id, configuration, completeCrlUntil) =>
    write('authorities.setRevocation', JSON.stringify(configuration), orNull(completeCrlUntil), id),
  complete: (id, csrDer) => write('authorities.complete', id, blob(csrDer)),
  fail: (id, reason) => write('authorities.fail', id, reason, systemNow()),
  keepCsr: (id, csrDer) => write('authorities.keepCsr', blob(csrDer), id),
  certify: (id, from, to, { certificate: c, parent, externalChain, pathLength, nameConstraints }) =>
    write(
      'authorities.certify',
      to,
      orNull(parent),
      blobOrNull(externalChain),
      orNull(pathLength),
      jsonOrNull(nameConstraints),
      blob(c.der),
      serialBlob(c.serial),
      c.notBefore,
      c.notAfter,
      id,
      from,
    ),
  delete: (id, from, until) => write('authorities.delete', until, id, from),
  remove: (id, from) => write('authorities.remove', id, from),
  restore: (id, name) => write('authorities.restore', id, name),
  purge: (id, at) => write('authorities.purge', at, id),
  setStatus: (id, from, to) => write('authorities.setStatus', to, id, from),
  makeDefault: (place, id) => write('authorities.makeDefault', id, place.account, place.region),
  allowProfiles: (id, names) =>
    write('authorities.allowProfiles', names === undefined ? null : JSON.stringify(names), id),
})

const certificateWrites = (systemNow: () => number): Writes['certificates'] => ({
  reserve: (i) =>
    write(
      'certificates.reserve',
      blob(i.spkiSha256),
      i.authority,
      serialBlob(i.serial),
      i.account,
      i.region,
      blob(i.tbs),
      i.notBefore,
      i.notAfter,
      i.issuedAt,
      orNull(i.key),
      i.profile,
      i.warnings.length === 0 ? null : JSON.stringify(i.warnings),
      keyHashOf(i.spkiSha256),
      orNull(i.shard),
      orNull(i.lender),
    ),
  publish: (authority, serial, der, names) =>
    write('certificates.publish', authority, serialBlob(serial), blob(der), names),
  abandon: (authority, serial, at) =>
    write('certificates.abandon', authority, serialBlob(serial), at, systemNow()),
  revoke: (certificate, reason, at) =>
    write(
      'certificates.revoke',
      REVOCATION_REASONS[reason],
      at,
      serialBlob(certificate.serial),
      certificate.authority,
    ),
  setKeyHash: ({ authority, serial }, spkiSha256) =>
    write('certificates.setKeyHash', blob(spkiSha256), keyHashOf(spkiSha256), serialBlob(serial), authority),
  import: (c) =>
    write(
      'certificates.import',
      c.authority,
      serialBlob(c.serial),
      c.account,
      c.region,
      blob(c.der),
      c.notBefore,
      c.notAfter,
      c.importedAt,
      c.profile,
      c.names,
    ),
})

const revocationWrites: Writes['revocations'] = {
  lift: ({ authority, serial }, at) => write('revocations.lift', serialBlob(serial), authority, at),
  changeReason: ({ authority, serial, revocation }, reason, at) =>
    write(
      'revocations.changeReason',
      serialBlob(serial),
      authority,
      REVOCATION_REASONS[revocation?.reason ?? 'unspecified'],
      REVOCATION_REASONS[reason],
      at,
    ),
  import: (r) =>
    write(
      'revocations.import',
      r.authority,
      serialBlob(r.serial),
      r.account,
      r.region,
      REVOCATION_REASONS[r.reason],
      r.revokedAt,
      r.notAfter,
      IMPORTED_PROFILE,
    ),
}
