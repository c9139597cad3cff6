import {
  domainNameOf,
  type ManagedCertificate,
  type VersionFacts,
} from '../../core/domain/managed-certificates.ts'
import type { ManagedWrites } from '../../core/ports/managed-store.ts'
import { blobOrNull, orNull, serialBlob, write } from './wire-values.ts'
import type { WireValue } from './writer/protocol.ts'

/** As data: managed certificates, their versions, what uses them, and the proof of control over their names. */
export const managedWrites: ManagedWrites = {
  managed: {
    add: (m) =>
      write(
        'managed.add',
        m.id,
        m.account,
        m.region,
        m.revision,
        m.kind,
        orNull(m.authority),
        m.renewalKey,
        m.exportable ? 1 : 0,
        orNull(m.managedBy),
        m.createdAt,
        ...changing(m),
      ),
    replace: (before, after) => write('managed.replace', ...changing(after), before.id, before.revision),
    wake: (id, at) => write('managed.wake', at, id),
    wakePending: (at) => write('managed.wakePending', at, at),
    remove: (m) => write('managed.remove', m.id, m.revision),
    addVersion: (v) =>
      write(
        'managed.addVersion',
        v.managed,
        v.number,
        orNull(v.authority),
        serialBlob(v.serial),
        v.key,
        v.notBefore,
        v.notAfter,
        v.createdAt,
        blobOrNull(v.imported?.der),
        blobOrNull(v.imported?.chain),
        ...factsOf(v.facts),
      ),
    setFacts: (id, number, facts) => write('managed.setFacts', ...factsOf(facts), id, number),
  },
  associations: {
    add: (managed, resourceArn, at) => write('associations.add', managed, resourceArn, at),
    remove: (managed, resourceArn) => write('associations.remove', managed, resourceArn),
  },
  validations: {
    put: (v) =>
      write(
        'validations.put',
        v.managed,
        v.domain,
        v.method,
        v.validationDomain,
        v.status,
        orNull(v.reason),
        orNull(v.validatedAt),
        orNull(v.checkedAt),
      ),
    settle: (managed, domain, outcome, reason, at) =>
      write(
        'validations.settle',
        outcome,
        orNull(reason),
        outcome === 'SUCCESS' ? at : null,
        at,
        managed,
        domain,
      ),
    putEvidence: (e) =>
      write(
        'validations.putEvidence',
        e.managed,
        e.version,
        e.domain,
        e.kind,
        e.verdict,
        e.at,
        JSON.stringify(e.items),
      ),
  },
}

/** The columns that can change, in the order of MANAGED_CHANGING. */
const changing = (m: ManagedCertificate): WireValue[] => [
  m.status,
  orNull(m.failure),
  orNull(m.failureDetail),
  domainNameOf(m),
  JSON.stringify(m.names),
  m.keyAlgorithm,
  orNull(m.validationMethod),
  m.profile,
  orNull(m.days),
  JSON.stringify(m.tags),
  orNull(m.validateUntil),
  orNull(m.dueAt),
  m.attempts,
  orNull(m.renewal?.status),
  orNull(m.renewal?.reason),
  orNull(m.renewal?.updatedAt),
  orNull(m.current?.number),
  orNull(m.exportedVersion),
]

const factsOf = (facts: VersionFacts | undefined): WireValue[] =>
  facts === undefined
    ? [null, null, null]
    : [facts.commonName ?? '', JSON.stringify(facts.keyUsages), JSON.stringify(facts.extendedKeyUsages)]
