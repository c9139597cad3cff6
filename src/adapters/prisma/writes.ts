import { IMPORTED_PROFILE } from '../../core/domain/profiles.ts'
import { REVOCATION_REASONS } from '../../core/domain/revocation.ts'
import type { Serial } from '../../core/domain/ids.ts'
import type { Write, Writes } from '../../core/ports/store.ts'
import type { WireValue, WireWrite } from './writer/protocol.ts'

const write = (statement: string, ...values: WireValue[]): Write => [statement, ...values] as unknown as Write
export const wireOf = (each: Write): WireWrite => each as unknown as WireWrite

/** A view into a larger buffer would be cloned with all of it when it crosses to the writer thread. */
const blob = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength && bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes)

export const hexBlob = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
export const serialBlob = (serial: Serial): Uint8Array => hexBlob(serial)
/** 48 bits: a double holds them exactly, and among a billion keys hardly two share them. */
export const keyHashOf = (spkiSha256: Uint8Array): number =>
  Buffer.from(spkiSha256.buffer, spkiSha256.byteOffset, 6).readUIntBE(0, 6)
const orNull = <T>(value: T | undefined): T | null => value ?? null
const blobOrNull = (bytes: Uint8Array | undefined): Uint8Array | null =>
  bytes === undefined ? null : blob(bytes)
const jsonOrNull = (value: object | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value)

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
    tokens: {
      add: (t, hash) =>
        write(
          'tokens.add',
          t.id,
          t.account,
          t.name,
          t.role,
          t.installation ? 1 : 0,
          blob(hash),
          t.createdAt,
          orNull(t.expiresAt),
          orNull(t.revokedAt),
        ),
      revoke: (account, id, at) => write('tokens.revoke', at, id, account),
    },
    keys: {
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
          // What an authority signs with is cached; a certificate's key is read each time.
          from.purpose === 'authority' ? 'keys.rewrapCached' : 'keys.rewrap',
          to.provider,
          to.kekId,
          to.kekVersion,
          blob(to.sealed),
          from.id,
          blob(from.sealed),
        ),
      destroy: (id) => write('keys.destroy', id),
    },
    authorities: authorityWrites(systemNow),
    compromisedKeys: compromisedKeyWrites,
    profiles: profileWrites,
    certificates: certificateWrites(systemNow),
    ...rotationWrites,
    crls: {
      claimNumber: (authority, number) => write('crls.claimNumber', number, authority, number),
      publish: (c) =>
        write('crls.publish', c.authority, c.number, c.thisUpdate, c.nextUpdate, blob(c.der), c.through),
      dueAll: () => write('crls.dueAll'),
    },
    revocations: revocationWrites,
    restores: restoreWrites,
    leases: {
      take: (name, owner, now, until) => write('leases.take', name, owner, until, now),
      release: (name, owner) => write('leases.release', name, owner),
      releaseAll: () => write('leases.releaseAll'),
    },
    idempotency: {
      add: (r) => write('idempotency.add', blob(r.scope), blob(r.request), r.resource, r.createdAt),
      replace: (r, abandoned) =>
        write('idempotency.replace', r.resource, r.createdAt, blob(r.scope), abandoned, blob(r.request)),
      dropOlderThan: (time) => write('idempotency.dropOlderThan', time),
    },
    audit: {
      append: (e) => write('audit.append', e.account, e.region, e.name, e.time, e.record),
    },
  }
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
      a.crlDays,
      a.usageMode,
      orNull(a.failureReason),
      blobOrNull(a.csrDer),
      blobOrNull(a.externalChain),
      a.renewal,
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

const profileWrites: Writes['profiles'] = {
  add: (p) =>
    write(
      'profiles.add',
      p.id,
      p.account,
      p.region,
      p.name,
      p.version,
      orNull(p.authority),
      JSON.stringify(p.rules),
      p.createdAt,
      p.updatedAt,
    ),
  replace: (p) =>
    write(
      'profiles.replace',
      p.version,
      orNull(p.authority),
      JSON.stringify(p.rules),
      p.updatedAt,
      p.id,
      p.version - 1,
    ),
  remove: (p) => write('profiles.remove', p.id, p.version),
}

const rotationWrites: Pick<Writes, 'crossCertificates' | 'rotations' | 'replacements'> = {
  crossCertificates: {
    add: (c) => write('crossCertificates.add', c.issuer, serialBlob(c.serial), c.subject, c.createdAt),
  },
  rotations: {
    add: (r) =>
      write(
        'rotations.add',
        r.id,
        r.account,
        r.region,
        r.authority,
        r.successor,
        JSON.stringify(r.request),
        r.createdAt,
        r.updatedAt,
      ),
    advance: (id, from, to, at) => write('rotations.advance', to, at, id, orNull(from)),
    end: (id, step, outcome, at) => write('rotations.end', at, at, outcome, id, orNull(step)),
  },
  replacements: {
    add: (r) =>
      write(
        'replacements.add',
        r.issuer,
        serialBlob(r.serial),
        r.newIssuer,
        serialBlob(r.newSerial),
        r.rotation,
        orNull(r.authority),
      ),
    dropOf: (rotation) => write('replacements.dropOf', rotation),
  },
}

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

const restoreWrites: Writes['restores'] = {
  add: (r) =>
    write(
      'restores.add',
      r.backupAt,
      r.restoredAt,
      r.auditHead.id,
      blob(r.auditHead.hash),
      orNull(r.acknowledgedAt),
    ),
  acknowledge: (at) => write('restores.acknowledge', at),
}

const compromisedKeyWrites: Writes['compromisedKeys'] = {
  mark: (k) =>
    write(
      'compromisedKeys.mark',
      hexBlob(k.spki),
      k.account,
      k.everywhere ? 1 : 0,
      k.source,
      orNull(k.note),
      k.markedBy,
      k.createdAt,
    ),
  addFromFile: (hashes, at) => write('compromisedKeys.addFromFile', hashes, at),
  dropFromFile: (hashes) => write('compromisedKeys.dropFromFile', hashes),
  settle: (k, at) => write('compromisedKeys.settle', at, hexBlob(k.spki), k.account),
}
