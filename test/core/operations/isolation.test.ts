import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certificateIdOf, type AccountId, type Region, type Serial } from '../../../src/core/domain/ids.ts'
import type { Principal } from '../../../src/core/domain/access.ts'
import { createAccount, listAccounts } from '../../../src/core/operations/access/accounts.ts'
import { createToken, listTokens, revokeToken } from '../../../src/core/operations/access/tokens.ts'
import { authorityCsr } from '../../../src/core/operations/authorities/authority-csr.ts'
import { createAuthority } from '../../../src/core/operations/authorities/create-authority.ts'
import { deleteAuthority } from '../../../src/core/operations/authorities/delete-authority.ts'
import { importAuthorityCertificate } from '../../../src/core/operations/authorities/import-certificate.ts'
import {
  describeAuthority,
  listAuthorities,
} from '../../../src/core/operations/authorities/read-authorities.ts'
import { restoreAuthority } from '../../../src/core/operations/authorities/restore-authority.ts'
import { selfSigningRoot } from '../../../src/core/operations/authorities/self-signing-root.ts'
import { importCertificates } from '../../../src/core/operations/authorities/import-certificates.ts'
import { importRevocations } from '../../../src/core/operations/authorities/import-revocations.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { describeSerial } from '../../../src/core/operations/certificates/describe-serial.ts'
import { exportCertificate } from '../../../src/core/operations/certificates/export-certificate.ts'
import { issueCertificate } from '../../../src/core/operations/certificates/issue-certificate.ts'
import {
  describeCertificate,
  searchCertificates,
  type CertificateSearch,
} from '../../../src/core/operations/certificates/read-certificates.ts'
import {
  revokeCertificate,
  revokeNamed,
} from '../../../src/core/operations/certificates/revoke-certificate.ts'
import { markKeyCompromised } from '../../../src/core/operations/keys/mark-compromised.ts'
import {
  describeCompromisedKey,
  listCompromisedKeys,
} from '../../../src/core/operations/keys/read-compromised.ts'
import { sha256 } from '../../../src/core/x509/digest.ts'
import { createProfile } from '../../../src/core/operations/profiles/create-profile.ts'
import { deleteProfile } from '../../../src/core/operations/profiles/delete-profile.ts'
import { describeProfile, listProfiles } from '../../../src/core/operations/profiles/read-profiles.ts'
import { updateProfile } from '../../../src/core/operations/profiles/update-profile.ts'
import { requestManaged } from '../../../src/core/operations/managed/request-managed.ts'
import { associateShare } from '../../../src/core/operations/sharing/associate-share.ts'
import { createShare } from '../../../src/core/operations/sharing/create-share.ts'
import {
  acceptInvitation,
  leaveShare,
  listInvitations,
} from '../../../src/core/operations/sharing/invitations.ts'
import { describeShare } from '../../../src/core/operations/sharing/read-shares.ts'
import {
  createSharePermission,
  describeSharePermission,
} from '../../../src/core/operations/sharing/share-permissions.ts'
import { deleteShare, updateShare } from '../../../src/core/operations/sharing/update-share.ts'
import { describeInstallation } from '../../../src/core/operations/installation/describe-installation.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { aLeaf, aPrincipal, aRoot, aSubordinate, barePorts, type TestPorts } from './ports.ts'
import { aRequest } from './requests.ts'
import { answerOf, type Answer } from './traced.ts'

/** What belongs to somebody: an id of each kind, in each form that an operation takes. */
type Ids = {
  readonly authorityId: string
  readonly authorityName: string
  readonly authorityArn: string
  readonly certificateId: string
  readonly keyedCertificateId: string
  readonly serial: Serial
  readonly tokenId: string
  /** SHA-256 of a public key that was marked compromised. */
  readonly markedKey: string
  readonly profileName: string
  /** Of a share that isn't in effect for anybody else. */
  readonly shareId: string
  readonly permissionName: string
  readonly account: string
  readonly name: string
}

const HERE = { account: '111122223333' as AccountId, region: 'us-east-1' as Region }
const OTHER_ACCOUNT = { account: '444455556666' as AccountId, region: 'us-east-1' as Region }
const OTHER_REGION = { account: '111122223333' as AccountId, region: 'eu-central-1' as Region }
type Place = typeof HERE

let given: TestPorts
let caller: Principal
const ids = new Map<string, Ids>()

const administrator = (place: Place): Principal =>
  aPrincipal({ ...place, role: 'administrator', id: `token/${place.account}` })

/** Everything that a place may own; `label` keeps names apart, so that no name of one place is known in another. */
async function furnished(place: Place, label: string): Promise<Ids> {
  const admin = administrator(place)
  const all = { ports: given.ports, admin }
  await aRoot(all, { name: `root-${label}` })
  const authority = await aSubordinate(all, { name: `issuing-${label}`, parent: `root-${label}` })
  const dns = [`www.${label}.test`]
  const leaf = await aLeaf(given.ports, admin, { names: { dns }, subject: {} })
  const keyed = await aLeaf(given.ports, admin, {
    key: { algorithm: 'ED25519' },
    names: { dns },
    subject: {},
  })
  const { token } = await createToken(given.ports, admin, { name: 'a token', role: 'issuer' })
  const spkiSha256 = Buffer.from(sha256(label)).toString('hex')
  const { key } = await markKeyCompromised(given.ports, admin, { spkiSha256 })
  await createProfile(given.ports, admin, { name: `web-${label}`, base: 'tls' })
  const permissionName = `permission-${label}`
  await createSharePermission(given.ports, admin, {
    name: permissionName,
    actions: ['acm-pca:GetCertificate'],
  })
  const { share } = await createShare(given.ports, admin, { name: label, principals: ['777788889999'] })
  return {
    shareId: share.id,
    permissionName,
    authorityId: authority.id,
    authorityName: authority.name,
    authorityArn: `arn:aws:acm-pca:${place.region}:${place.account}:certificate-authority/${authority.id}`,
    certificateId: certificateIdOf(authority.id, leaf.certificate.serial),
    keyedCertificateId: certificateIdOf(authority.id, keyed.certificate.serial),
    serial: leaf.certificate.serial,
    tokenId: token.id,
    markedKey: key.spki,
    profileName: `web-${label}`,
    account: place.account,
    name: dns[0] as string,
  }
}

const changed = (text: string): string => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')
const changedFirst = (text: string): string => (text.startsWith('0') ? '1' : '0') + text.slice(1)

/** Ids of the same forms that are nobody's: as theirs, with the last character changed. */
const unknownLike = (theirs: Ids): Ids => ({
  authorityId: changed(theirs.authorityId),
  authorityName: changed(theirs.authorityName),
  authorityArn: changed(theirs.authorityArn),
  certificateId: changed(theirs.certificateId),
  keyedCertificateId: changed(theirs.keyedCertificateId),
  serial: changed(theirs.serial) as Serial,
  tokenId: changed(theirs.tokenId),
  markedKey: changed(theirs.markedKey),
  profileName: changed(theirs.profileName),
  shareId: changed(theirs.shareId),
  permissionName: changed(theirs.permissionName),
  account: '999999999999',
  name: changed(theirs.name),
})
/** As before, but certificates' ids name an authority that nobody has, too. */
const unknownAuthorityLike = (theirs: Ids): Ids => ({
  ...unknownLike(theirs),
  authorityId: changedFirst(theirs.authorityId),
  certificateId: changedFirst(theirs.certificateId),
  keyedCertificateId: changedFirst(theirs.keyedCertificateId),
})

beforeAll(async () => {
  given = await barePorts()
  const installation = { ...administrator(HERE), installation: true }
  for (const { account } of [HERE, OTHER_ACCOUNT])
    await createAccount(given.ports, installation, { id: account, name: account })
  ids.set('mine', await furnished(HERE, 'mine'))
  ids.set('of another account', await furnished(OTHER_ACCOUNT, 'theirs'))
  ids.set('of another region', await furnished(OTHER_REGION, 'far'))
  caller = administrator(HERE)
  await sharedWithOthers(administrator(OTHER_ACCOUNT), ids.get('of another account') as Ids)
})

/** What is shared is unknown all the same to whom it isn't shared with: here the account itself hasn't accepted yet. */
async function sharedWithOthers(lender: Principal, { authorityId }: Ids): Promise<void> {
  const { ports } = given
  await createShare(ports, lender, {
    name: 'for others',
    authorities: [authorityId],
    principals: ['777788889999', HERE.account],
  })
  // A role of the caller's account, which isn't the caller.
  await createShare(ports, lender, {
    name: 'for a role',
    authorities: [authorityId],
    principals: [`arn:aws:iam::${HERE.account}:role/issuing`],
  })
  const { items } = await listInvitations(ports, caller, { limit: 10, after: undefined })
  const forRole = items.find(({ shareName }) => shareName === 'for a role')
  await acceptInvitation(ports, caller, forRole?.id ?? '')
}
afterAll(() => given[Symbol.asyncDispose]())

type Call = (ports: Ports, principal: Principal, ids: Ids) => Promise<unknown>
const page = { limit: 1, after: undefined }
const search =
  (filter: (ids: Ids) => CertificateSearch): Call =>
  (ports, principal, ids) =>
    searchCertificates(ports, principal, { filter: filter(ids), page })
const authorityCalls = (kind: 'authorityId' | 'authorityName' | 'authorityArn'): Record<string, Call> => ({
  [`describeAuthority ${kind}`]: (ports, principal, ids) => describeAuthority(ports, principal, ids[kind]),
  [`updateAuthority ${kind}`]: (ports, principal, ids) =>
    updateAuthority(ports, principal, { reference: ids[kind], makeDefault: true }),
  [`authorityCsr ${kind}`]: (ports, principal, ids) => authorityCsr(ports, principal, ids[kind]),
  [`importAuthorityCertificate ${kind}`]: (ports, principal, ids) =>
    importAuthorityCertificate(ports, principal, { reference: ids[kind], certificate: 'none' }),
  [`deleteAuthority ${kind}`]: (ports, principal, ids) =>
    deleteAuthority(ports, principal, { reference: ids[kind] }),
  [`restoreAuthority ${kind}`]: (ports, principal, ids) =>
    restoreAuthority(ports, principal, { reference: ids[kind] }),
  [`selfSigningRoot ${kind}`]: (ports, principal, ids) =>
    selfSigningRoot(ports, principal, ids[kind], ports.calendar.now()),
  [`importCertificates ${kind}`]: (ports, principal, ids) =>
    importCertificates(ports, principal, { authority: ids[kind], certificates: ['x'] }),
  [`importRevocations ${kind}`]: (ports, principal, ids) =>
    importRevocations(ports, principal, {
      authority: ids[kind],
      revocations: [{ serial: '1', revokedAt: 0, reason: 'superseded' }],
    }),
  [`describeSerial ${kind}`]: (ports, principal, ids) =>
    describeSerial(ports, principal, { authority: ids[kind], serial: ids.serial }),
  [`issueCertificate ${kind}`]: (ports, principal, ids) =>
    issueCertificate(ports, principal, { authority: ids[kind], csr: aRequest() }),
  [`issueCertificate with a key, idempotently, ${kind}`]: (ports, principal, ids) =>
    issueCertificate(ports, principal, {
      authority: ids[kind],
      key: { algorithm: 'ED25519' },
      names: { dns: ['a.test'] },
      idempotency: { key: 'k', bodyHash: new Uint8Array(32) },
    }),
  [`requestManaged ${kind}`]: (ports, principal, ids) =>
    requestManaged(ports, principal, { authority: ids[kind], domainName: 'a.test' }),
  [`revokeNamed ${kind}`]: (ports, principal, ids) =>
    revokeNamed(ports, principal, { authority: ids[kind], serial: ids.serial }, { reason: 'superseded' }),
  [`createShare ${kind}`]: (ports, principal, ids) =>
    createShare(ports, principal, { name: 'stolen', authorities: [ids[kind]] }),
  [`createProfile for ${kind}`]: (ports, principal, ids) =>
    createProfile(ports, principal, { name: 'bound', base: 'tls', authority: ids[kind] }),
  [`createAuthority under ${kind}`]: (ports, principal, ids) =>
    createAuthority(ports, principal, {
      kind: 'subordinate',
      parent: ids[kind],
      name: 'below',
      subject: { commonName: 'B' },
    }),
})

/** Every operation that takes an id, with every kind of id it takes. */
const CALLS: Record<string, Call> = {
  ...authorityCalls('authorityId'),
  ...authorityCalls('authorityName'),
  ...authorityCalls('authorityArn'),
  'searchCertificates by authority': search(({ authorityId }) => ({
    authority: authorityId as NonNullable<CertificateSearch['authority']>,
  })),
  'searchCertificates by serial': search(({ serial }) => ({ serial })),
  'searchCertificates by name': search(({ name }) => ({ name })),
  'searchCertificates below a domain': search(({ name }) => ({ name: name.slice(3) })),
  'searchCertificates by authority and status': search(({ authorityId }) => ({
    authority: authorityId as NonNullable<CertificateSearch['authority']>,
    status: 'valid',
  })),
  describeProfile: (ports, principal, { profileName }) => describeProfile(ports, principal, profileName),
  updateProfile: (ports, principal, { profileName: name }) =>
    updateProfile(ports, principal, { name, members: { base: 'email' } }),
  deleteProfile: (ports, principal, { profileName }) => deleteProfile(ports, principal, profileName),
  'issueCertificate under a profile': (ports, principal, { profileName }) =>
    issueCertificate(ports, principal, { csr: aRequest(), profile: profileName }),
  describeShare: (ports, principal, { shareId }) => describeShare(ports, principal, shareId),
  updateShare: (ports, principal, { shareId }) =>
    updateShare(ports, principal, { share: shareId, name: 'stolen' }),
  'deleteShare of another': (ports, principal, { shareId }) => deleteShare(ports, principal, shareId),
  'leaveShare (not) shared': (ports, principal, { shareId }) => leaveShare(ports, principal, shareId),
  'associateShare of another': (ports, principal, { shareId }) =>
    associateShare(ports, principal, { share: shareId, principals: ['123456789012'] }),
  'createShare with a permission': (ports, principal, { permissionName }) =>
    createShare(ports, principal, { name: 'stolen', permission: permissionName }),
  describeSharePermission: (ports, principal, { permissionName }) =>
    describeSharePermission(ports, principal, permissionName),
  describeCertificate: (ports, principal, { certificateId: id }) =>
    describeCertificate(ports, principal, { id }),
  exportCertificate: (ports, principal, { keyedCertificateId: id }) =>
    exportCertificate(ports, principal, { id, form: { format: 'pem' } }),
  revokeCertificate: (ports, principal, { certificateId: id }) =>
    revokeCertificate(ports, principal, { id, reason: 'superseded' }),
  'markKeyCompromised by certificate': (ports, principal, { certificateId }) =>
    markKeyCompromised(ports, principal, { certificateId }),
  describeCompromisedKey: (ports, principal, { markedKey }) =>
    describeCompromisedKey(ports, principal, markedKey),
  revokeToken: (ports, principal, { tokenId: id }) => revokeToken(ports, principal, { id }),
  'revokeToken of an account': (ports, principal, { tokenId: id, account }) =>
    revokeToken(ports, principal, { id, account }),
  'listTokens of an account': (ports, principal, { account }) =>
    listTokens(ports, principal, { account, page }),
  'createToken for an account': (ports, principal, { account }) =>
    createToken(ports, principal, { account, name: 'x', role: 'issuer' }),
}

const answerTo = (call: Call, principal: Principal, used: Ids): Promise<Answer> =>
  answerOf(given.ports, used, (ports) => call(ports, principal, used))

describe.each(['of another account', 'of another region'])('ids %s', (whose) => {
  test.each(Object.keys(CALLS))('%s', async (name) => {
    const call = CALLS[name] as Call
    const theirs = ids.get(whose) as Ids
    // Tokens, compromised keys and accounts have no region: another region of one's own account shares them.
    if (whose === 'of another region' && /Token|CompromisedKey/.test(name)) return
    const known = await answerTo(call, caller, theirs)
    for (const ids of [unknownLike(theirs), unknownAuthorityLike(theirs)])
      expect(known).toEqual(await answerTo(call, caller, ids))
    if (!JSON.stringify(known.outcome).includes('forbidden')) expect(known.statements).not.toEqual([])
    expect(JSON.stringify(known.outcome)).toMatch(/not_found|forbidden|"items":\[\]/)
  })
})

test('each of these calls finds what is the caller’s own', async () => {
  const quiet = [
    'markKey',
    'update',
    'import',
    'issue',
    'create',
    'revoke',
    'delete',
    'restore',
    'selfSigning',
    'requestManaged',
    'leaveShare',
    'associateShare',
  ]
  for (const [name, call] of Object.entries(CALLS)) {
    if (quiet.some((prefix) => name.startsWith(prefix))) continue
    const { outcome } = await answerTo(call, caller, ids.get('mine') as Ids)
    expect(JSON.stringify(outcome), name).not.toMatch(/not_found|forbidden|"items":\[\]/)
  }
})

test('any text in an id’s place is unknown, too', async () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom('%', "' OR 1=1 --", '*'),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(CALLS)), texts, async (name, text) => {
      // What is looked for in the answer would be blanked with it.
      fc.pre(!'{"items":[]} not_found forbidden request_invalid'.includes(text))
      const theirs = ids.get('of another account') as Ids
      const used = Object.fromEntries(Object.keys(theirs).map((kind) => [kind, text])) as unknown as Ids
      const { outcome } = await answerTo(CALLS[name] as Call, caller, { ...used, name: 'x' })
      expect(JSON.stringify(outcome)).toMatch(/not_found|forbidden|request_invalid|"items":\[\]/)
    }),
    { numRuns: 200, examples: [['searchCertificates by serial', 'm']] },
  )
})

describe('lists', () => {
  const everything = async (principal: Principal) => {
    const wide = { limit: 1000, after: undefined }
    const certificates = await searchCertificates(given.ports, principal, { filter: {}, page: wide })
    const authorities = await listAuthorities(given.ports, principal, wide)
    const tokens = await listTokens(given.ports, principal, { page: wide })
    const profiles = await listProfiles(given.ports, principal, wide)
    const keys = await listCompromisedKeys(given.ports, principal, wide)
    return JSON.stringify([
      certificates,
      authorities,
      tokens,
      profiles,
      keys.items.map(({ account, spki }) => account + spki),
    ])
  }

  test.each([HERE, OTHER_ACCOUNT, OTHER_REGION])('of %o hold nothing of another place', async (place) => {
    const text = await everything(administrator(place))
    for (const [whose, theirs] of ids) {
      const own = { mine: HERE, 'of another account': OTHER_ACCOUNT, 'of another region': OTHER_REGION }[
        whose
      ]
      if (own === place) expect(text).toContain(theirs.authorityId)
      else
        for (const kind of ['authorityId', 'serial', 'profileName'] as const)
          expect(text).not.toContain(theirs[kind])
    }
  })

  test('of accounts are for the installation’s administrator', async () => {
    const refused = listAccounts(given.ports, caller, page)
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
    expect(await describeInstallation(given.ports, caller)).toMatchObject({ account: HERE.account })
  })
})
