import { completeScope } from '../../../src/core/domain/crl-scopes.ts'
import { describe, expect, test } from 'vitest'
import {
  authorityStatus,
  type Authority,
  type AuthorityStatus,
} from '../../../src/core/domain/authorities.ts'
import {
  AUTHORITY_ACTIONS,
  transitionOf,
  type AuthorityAction,
} from '../../../src/core/domain/authority-life-cycle.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { certificateIdOf, type AuthorityId } from '../../../src/core/domain/ids.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { authorityCsr } from '../../../src/core/operations/authorities/authority-csr.ts'
import {
  beginCreation,
  completeCreation,
  createPendingAuthority,
} from '../../../src/core/operations/authorities/create-pending-authority.ts'
import { deleteAuthority } from '../../../src/core/operations/authorities/delete-authority.ts'
import { failCreation } from '../../../src/core/operations/authorities/fail-creation.ts'
import { importAuthorityCertificate } from '../../../src/core/operations/authorities/import-certificate.ts'
import { purgeDeletedAuthorities } from '../../../src/core/operations/authorities/purge-authorities.ts'
import { restoreAuthority } from '../../../src/core/operations/authorities/restore-authority.ts'
import { selfSigningRoot } from '../../../src/core/operations/authorities/self-signing-root.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { issueCertificate } from '../../../src/core/operations/certificates/issue-certificate.ts'
import { issuedCertificate } from '../../../src/core/operations/certificates/read-certificates.ts'
import { revokeCertificate } from '../../../src/core/operations/certificates/revoke-certificate.ts'
import { createAuditReport } from '../../../src/core/operations/reports/create-report.ts'
import { publishDueCrls } from '../../../src/core/operations/revocation/publish-due-crls.ts'
import { aLeaf, aRoot, advance, barePorts, idOf, type TestPorts } from './ports.ts'
import { anOutsider, certifiedFor, pemOf } from './outside.ts'

const STATES = [
  'CREATING',
  'PENDING_CERTIFICATE',
  'ACTIVE',
  'DISABLED',
  'EXPIRED',
  'FAILED',
  'DELETED',
] as const satisfies readonly AuthorityStatus[]

/** What each action makes of each state, in the order above; `-`: refused, `=`: allowed and nothing changes. */
const EXPECTED: Readonly<Record<AuthorityAction, string>> = {
  complete: 'PENDING_CERTIFICATE - - - - - -',
  fail: 'FAILED - - - - - -',
  readCsr: '- = = = = - -',
  readIssued: '- = = = = - -',
  importCertificate: '- ACTIVE = = ACTIVE - -',
  enable: '- - = ACTIVE - - -',
  disable: '- - DISABLED = - - -',
  update: '- - = = - - -',
  issue: '- - = - - - -',
  selfSign: '- = - - - - -',
  revoke: '- - = = - - -',
  publishCrl: '- - = = - - =',
  report: '- - = = - - -',
  delete: 'gone DELETED - DELETED DELETED gone -',
  restore: '- - - - - - DISABLED',
  purge: '- - - - - - =',
}

const OUTSIDE = anOutsider('Outside Root')
const REQUEST = { kind: 'subordinate', name: 'it', subject: { commonName: 'It' } } as const

/** An authority in a state, and a leaf that it issued where it could. */
type Subject = TestPorts & { readonly id: AuthorityId; readonly leaf: string }

async function subjectIn(state: AuthorityStatus, kind: 'root' | 'subordinate'): Promise<Subject> {
  const given = await barePorts()
  const { ports, admin } = given
  const request = { ...REQUEST, kind }
  const at = (id: AuthorityId, leaf = 'none'): Subject => ({ ...given, id, leaf })
  if (state === 'CREATING') return at((await beginCreation(ports, admin, request)).id)
  if (state === 'FAILED') {
    const authority = await beginCreation(ports, admin, request)
    await failCreation(ports, admin, authority, 'OTHER')
    return at(authority.id)
  }
  if (state === 'PENDING_CERTIFICATE') return at((await createPendingAuthority(ports, admin, request)).id)
  const authority = await activeOne(given, kind)
  const leaf = idOf((await aLeaf(ports, admin, { authority: authority.id, fromRoot: true })).certificate)
  const update = (status: 'DISABLED') => updateAuthority(ports, admin, { reference: authority.id, status })
  if (state === 'EXPIRED') advance(given, 11 * DAY)
  if (state === 'DISABLED' || state === 'DELETED') await update('DISABLED')
  if (state === 'DELETED') await deleteAuthority(ports, admin, { reference: authority.id })
  return at(authority.id, leaf)
}

/** Both kinds end in ten days but for what is deleted, whose time is longer. */
async function activeOne(given: TestPorts, kind: 'root' | 'subordinate'): Promise<Authority> {
  const { ports, admin, calendar } = given
  if (kind === 'root') return aRoot(given, { name: 'it', validity: { days: 10 } })
  const pending = await createPendingAuthority(ports, admin, REQUEST)
  const certificate = certifiedFor(pending, OUTSIDE, { notAfter: calendar.now() + 10 * DAY })
  return importAuthorityCertificate(ports, admin, {
    reference: pending.id,
    certificate: pemOf(certificate),
    chain: pemOf(OUTSIDE.der),
  })
}

const stored = ({ ports }: TestPorts, id: AuthorityId): Promise<Authority | undefined> =>
  ports.store.reads.authorities.public(id)

/** The real operation behind each action; one that says no without an error answers `refused`. */
const ACT: Readonly<Record<AuthorityAction, (subject: Subject) => Promise<unknown>>> = {
  complete: async (it) =>
    completeCreation(it.ports, it.admin, (await stored(it, it.id)) as Authority, REQUEST),
  fail: async (it) =>
    (await failCreation(it.ports, it.admin, (await stored(it, it.id)) as Authority, 'OTHER')) || 'refused',
  readCsr: ({ ports, admin, id }) => authorityCsr(ports, admin, id),
  readIssued: async ({ ports, admin, id, leaf }) => {
    const { status, csrDer } = (await stored({ ports } as Subject, id)) as Authority
    if (status !== 'PENDING_CERTIFICATE' || csrDer === undefined)
      return issuedCertificate(ports, admin, { id: leaf })
    // What a root signed for itself is to be had before it is imported.
    const request = { authority: id, csr: csrDer, template: 'RootCACertificate/V1' }
    const { certificate } = await issueCertificate(ports, admin, request)
    return issuedCertificate(ports, admin, { id: certificateIdOf(id, certificate.serial) })
  },
  importCertificate: async (it) => {
    const authority = (await stored(it, it.id)) as Authority
    // The states in which there is no request yet refuse whatever comes.
    const der = authority.csrDer === undefined ? OUTSIDE.der : certifiedFor(authority, OUTSIDE)
    const request = { reference: it.id, certificate: pemOf(der), chain: pemOf(OUTSIDE.der) }
    return importAuthorityCertificate(it.ports, it.admin, request)
  },
  enable: ({ ports, admin, id }) => updateAuthority(ports, admin, { reference: id, status: 'ACTIVE' }),
  disable: ({ ports, admin, id }) => updateAuthority(ports, admin, { reference: id, status: 'DISABLED' }),
  update: ({ ports, admin, id }) => updateAuthority(ports, admin, { reference: id, makeDefault: true }),
  issue: ({ ports, admin, id }) => aLeaf(ports, admin, { authority: id }),
  selfSign: ({ ports, admin, id, calendar }) => selfSigningRoot(ports, admin, id, calendar.now()),
  revoke: ({ ports, admin, leaf }) => revokeCertificate(ports, admin, { id: leaf, reason: 'superseded' }),
  publishCrl: async ({ ports, id }) => {
    await publishDueCrls(ports)
    return (await ports.store.reads.crls.latest(completeScope(id), 'complete')) ?? 'refused'
  },
  report: ({ ports, admin, id }) => createAuditReport(ports, admin, { authority: id, format: 'CSV' }),
  delete: ({ ports, admin, id }) => deleteAuthority(ports, admin, { reference: id }),
  restore: ({ ports, admin, id }) => restoreAuthority(ports, admin, { reference: id }),
  purge: async (it) => {
    const before = await stored(it, it.id)
    if (before?.status === 'DELETED') advance(it, 31 * DAY)
    const { purged } = await purgeDeletedAuthorities(it.ports)
    return purged === 1 || 'refused'
  },
}

const cells = AUTHORITY_ACTIONS.flatMap((action) =>
  STATES.map((state, place) => [action, state, EXPECTED[action].split(' ')[place] as string] as const),
)

describe('AWS Private CA’s life cycle of an authority: every action in every state', () => {
  test.each(cells)('%s while %s: %s', async (action, state, expected) => {
    const itself = action === 'selfSign' || (action === 'readIssued' && state === 'PENDING_CERTIFICATE')
    await using it = await subjectIn(state, itself ? 'root' : 'subordinate')
    const before = (await stored(it, it.id)) as Authority
    expect(authorityStatus(before, it.calendar.now())).toBe(state)
    let outcome: unknown
    try {
      outcome = await ACT[action](it)
    } catch (error) {
      if (!(error instanceof ChanceryError)) throw error
      // Nothing was ever issued in these states, so there is nothing to read or to revoke.
      const ofLeaf = action === 'revoke' || action === 'readIssued'
      expect(error.code).toBe(ofLeaf && it.leaf === 'none' ? 'not_found' : 'state_conflict')
      outcome = 'refused'
    }
    const after = await stored(it, it.id)
    const now = it.calendar.now()
    const decided = transitionOf(before, action, now)
    if (expected === '-') {
      expect(outcome).toBe('refused')
      expect(decided).toHaveProperty('refused')
      expect(after).toEqual(before)
      return
    }
    expect(outcome).not.toBe('refused')
    if (expected === 'gone') {
      expect([decided, after]).toEqual([{ to: 'GONE' }, undefined])
      return
    }
    expect(after && authorityStatus(after, now)).toBe(expected === '=' ? state : expected)
    expect(decided).toEqual({ to: after?.status })
  })
})
