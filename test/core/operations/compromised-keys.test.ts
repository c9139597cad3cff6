import { completeScope } from '../../../src/core/domain/crl-scopes.ts'
import { readCrl } from '../../../src/core/operations/revocation/public-repository.ts'
import { createHash } from 'node:crypto'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { COMPROMISE_STATEMENT, type SpkiHash } from '../../../src/core/domain/compromised-keys.ts'
import type { AccountId } from '../../../src/core/domain/ids.ts'
import type { Principal } from '../../../src/core/domain/access.ts'
import { createAccount } from '../../../src/core/operations/access/accounts.ts'
import { createAuthority } from '../../../src/core/operations/authorities/create-authority.ts'
import { updateAuthority } from '../../../src/core/operations/authorities/update-authority.ts'
import { describeCertificate } from '../../../src/core/operations/certificates/read-certificates.ts'
import { fillKeyHashes } from '../../../src/core/operations/keys/fill-key-hashes.ts'
import { loadKeyFile } from '../../../src/core/operations/keys/key-file.ts'
import { markKeyCompromised } from '../../../src/core/operations/keys/mark-compromised.ts'
import {
  describeCompromisedKey,
  listCompromisedKeys,
} from '../../../src/core/operations/keys/read-compromised.ts'
import { refuseCompromisedChain } from '../../../src/core/operations/keys/refuse-compromised.ts'
import { revokeDueSiblings } from '../../../src/core/operations/keys/revoke-siblings.ts'
import { publishCrl } from '../../../src/core/operations/revocation/publish-crl.ts'
import { parseCertificate } from '../../../src/core/x509/certificate.ts'
import type { ParsedCertificate } from '../../../src/core/x509/types.ts'
import { forge, usualValidity } from '../../../src/testing/forge.ts'
import { parseCrl } from '../../../src/core/x509/crl-parser.ts'
import { pemEncode } from '../../../src/core/x509/pem.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import {
  advance,
  aLeaf,
  aPrincipal,
  aRoot,
  aSubordinate,
  barePorts,
  idOf,
  secondServer,
  type TestPorts,
} from './ports.ts'
import { auditTrail, rowsOf } from './database.ts'
import { expectRefusal } from './refusals.ts'
import { aRequest, keyPair, spkiOf, type KeyPair } from './requests.ts'

const P256 = keyPair('EC_prime256v1')
const P384 = keyPair('EC_secp384r1')
const hashOf = (key: KeyPair): string => createHash('sha256').update(spkiOf(key)).digest('hex')
const page = { limit: 100, after: undefined }
const TENANTS = ['111111111111', '222222222222'] as AccountId[]

let given: TestPorts
/** Administrators of two accounts, and of the first who has the installation, too. */
let one: Principal
let two: Principal
let installation: Principal

/** A root and a default issuing authority in the account. */
async function hierarchy(admin: Principal): Promise<void> {
  await aRoot({ ports: given.ports, admin })
  await aSubordinate({ ports: given.ports, admin })
}
beforeEach(async () => {
  given = await barePorts()
  const [first, second] = TENANTS.map((account) => aPrincipal({ account, role: 'administrator' })) as [
    Principal,
    Principal,
  ]
  one = first
  two = second
  installation = { ...first, installation: true }
  for (const account of TENANTS)
    await createAccount(given.ports, installation, { id: account, name: account })
  await hierarchy(one)
  await hierarchy(two)
})
afterEach(() => given[Symbol.asyncDispose]())

const leafOf = (principal: Principal, key: KeyPair = P256, ports = given.ports) =>
  aLeaf(ports, principal, {
    csr: aRequest({ key, algorithm: key === P384 ? 'EC_secp384r1' : 'EC_prime256v1' }),
  })
const forgedWith = ({ privateKey }: KeyPair): ParsedCertificate =>
  parseCertificate(
    forge({
      ...usualValidity(given.ports.calendar.now()),
      key: privateKey,
      issuer: forge({ ...usualValidity(0), extensions: [] }),
      commonName: 'Outside',
      extensions: [],
    }).der,
  )
const statement = (key: KeyPair = P256): string =>
  pemEncode(
    'CERTIFICATE REQUEST',
    aRequest({ key, subject: { commonName: COMPROMISE_STATEMENT }, names: [] }),
  )
const revocationOf = async (principal: Principal, { certificate }: Awaited<ReturnType<typeof leafOf>>) =>
  (await describeCertificate(given.ports, principal, { id: idOf(certificate) })).certificate.revocation
    ?.reason

describe('marking a key compromised', () => {
  test('revokes its siblings, publishes their CRLs, and says so', async () => {
    const mine = [await leafOf(one), await leafOf(one), await leafOf(one)]
    const other = await leafOf(one, P384)
    const marked = await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256), note: 'leaked' })
    expect(marked).toMatchObject({
      key: { everywhere: false, source: 'mark', note: 'leaked', account: one.account },
      revoked: 3,
      authorities: [],
      issuers: [mine[0]?.certificate.authority],
    })
    expect(marked.key.settledAt).toBeDefined()
    for (const each of mine) expect(await revocationOf(one, each)).toBe('keyCompromise')
    expect(await revocationOf(one, other)).toBeUndefined()
    const crl = await readCrl(given.ports, other.certificate.authority)
    expect([...parseCrl(crl?.der ?? new Uint8Array()).entries()]).toHaveLength(3)
    const events = auditTrail(given.database).map(({ eventName }) => eventName)
    expect(events.filter((name) => name === 'RevokeCertificate')).toHaveLength(3)
    expect(events).toContain('MarkKeyCompromised')
  })

  test('refuses it from then on, for a leaf, a subordinate and an imported authority; other keys go on', async () => {
    await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256).toUpperCase() })
    await expectRefusal(leafOf(one), 'lint_failed', ['subjectPublicKeyInfo key_compromised'])
    expect((await leafOf(one, P384)).certificate.state).toBe('issued')
    const [good, bad] = [P384, P256].map((key) => forgedWith(key))
    const outside = { certificate: good as ParsedCertificate, chain: [good, bad] as ParsedCertificate[] }
    await expectRefusal(refuseCompromisedChain(given.ports, one.account, outside), 'lint_failed', [
      'chain[1] key_compromised',
    ])
    await refuseCompromisedChain(given.ports, two.account, outside)
    // An authority's key is made by the vault: this one's is known to be out before it is used.
    const vault = {
      ...given.ports.vault,
      generate: async (...all: Parameters<Ports['vault']['generate']>) => ({
        ...(await given.ports.vault.generate(...all)),
        spki: spkiOf(P256),
      }),
    }
    const work = createAuthority({ ...given.ports, vault }, one, {
      kind: 'subordinate',
      parent: 'r',
      name: 'late',
      subject: { commonName: 'Late' },
    })
    await expectRefusal(work, 'lint_failed', ['subjectPublicKeyInfo key_compromised'])
    expect(await given.ports.store.reads.authorities.byName(one, 'late')).toBeUndefined()
  })

  test('nothing is recorded for a refused key', async () => {
    await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256) })
    const count = () => rowsOf(given.database, 'SELECT id FROM Certificate').length
    const before = count()
    await expectRefusal(leafOf(one), 'lint_failed')
    expect(count()).toBe(before)
  })

  test.each<[string, (key: KeyPair) => Promise<object> | object]>([
    ['a public key', (key) => ({ publicKey: pemEncode('PUBLIC KEY', spkiOf(key)) })],
    ['a request', (key) => ({ csr: pemEncode('CERTIFICATE REQUEST', aRequest({ key })) })],
    ['a certificate’s id', async (key) => ({ certificateId: idOf((await leafOf(one, key)).certificate) })],
    [
      'a certificate',
      async (key) => ({ certificate: pemEncode('CERTIFICATE', (await leafOf(one, key)).certificate.der) }),
    ],
  ])('takes %s', async (_, form) => {
    const { key } = await markKeyCompromised(given.ports, one, await form(P256))
    expect(key).toMatchObject({ spki: hashOf(P256), everywhere: false })
  })

  test.each<[string, object, readonly string[]]>([
    ['nothing', {}, ['spkiSha256 key_reference']],
    ['two ways', { spkiSha256: 'a', publicKey: 'b' }, ['publicKey key_reference']],
    ['a short hash', { spkiSha256: 'abcd' }, ['spkiSha256 spki_hash']],
    ['another digit', { spkiSha256: 'g'.repeat(64) }, ['spkiSha256 spki_hash']],
    ['text for a certificate', { certificate: 'x' }, ['certificate pem_text']],
    [
      'a certificate for a key',
      { publicKey: pemEncode('CERTIFICATE', Buffer.of(48, 0)) },
      ['publicKey pem_label'],
    ],
    [
      'rubbish for a key',
      { publicKey: pemEncode('PUBLIC KEY', Buffer.of(48, 0)) },
      ['publicKey der_structure'],
    ],
  ])('refuses %s', async (_, request, violations) => {
    const error = await expectRefusal(markKeyCompromised(given.ports, one, request), 'request_invalid')
    expect(error.violations.map(({ field }) => field)).toEqual(violations.map((each) => each.split(' ')[0]))
    expect((await listCompromisedKeys(given.ports, installation, page)).items).toEqual([])
  })

  test('a request that its own key hasn’t signed says nothing', async () => {
    const csr = pemEncode(
      'CERTIFICATE REQUEST',
      aRequest({ signer: keyPair('EC_prime256v1'), spki: spkiOf(P384), algorithm: 'EC_prime256v1' }),
    )
    await expectRefusal(markKeyCompromised(given.ports, one, { csr }), 'csr_invalid')
  })

  test('is for administrators', async () => {
    const issuer = aPrincipal({ account: one.account })
    await expectRefusal(markKeyCompromised(given.ports, issuer, { spkiSha256: hashOf(P256) }), 'forbidden')
    await expectRefusal(listCompromisedKeys(given.ports, issuer, page), 'forbidden')
  })

  test('expired certificates stay as they are', async () => {
    const old = await leafOf(one)
    advance(given, 91 * DAY)
    const { revoked } = await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256) })
    expect(revoked).toBe(0)
    expect(await revocationOf(one, old)).toBeUndefined()
  })

  test('once more goes on where it stopped, and revokes nothing twice', async () => {
    await leafOf(one)
    expect((await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256) })).revoked).toBe(1)
    const again = await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256), note: 'again' })
    expect(again).toMatchObject({ revoked: 0, key: { note: 'again' } })
    expect((await listCompromisedKeys(given.ports, one, page)).items).toHaveLength(1)
  })
})

describe('whose key it is', () => {
  test('a tenant’s mark holds in the own account only, and tells nothing of others', async () => {
    const theirs = await leafOf(two)
    const marked = await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256) })
    expect(marked).toMatchObject({ revoked: 0, authorities: [], issuers: [], key: { everywhere: false } })
    expect(await revocationOf(two, theirs)).toBeUndefined()
    expect((await leafOf(two)).certificate.state).toBe('issued')
    expect((await listCompromisedKeys(given.ports, two, page)).items).toEqual([])
    await expectRefusal(describeCompromisedKey(given.ports, two, hashOf(P256)), 'not_found')
    expect((await describeCompromisedKey(given.ports, one, hashOf(P256))).spki).toBe(hashOf(P256))
    expect((await describeCompromisedKey(given.ports, installation, hashOf(P256))).spki).toBe(hashOf(P256))
  })

  test('an ordinary request of somebody else, and a certificate got for it, prove nothing', async () => {
    const theirs = await leafOf(two)
    const csr = pemEncode('CERTIFICATE REQUEST', aRequest())
    const replayed = await leafOf(one)
    await markKeyCompromised(given.ports, one, { csr })
    await markKeyCompromised(given.ports, one, { certificateId: idOf(replayed.certificate) })
    expect(await revocationOf(two, theirs)).toBeUndefined()
  })

  test('who signs the statement with the key ends it everywhere, and is told of the own certificates only', async () => {
    const theirs = await leafOf(two)
    await leafOf(one)
    const marked = await markKeyCompromised(given.ports, one, { csr: statement() })
    expect(marked).toMatchObject({ revoked: 1, key: { everywhere: true } })
    expect(marked.issuers).not.toContain(theirs.certificate.authority)
    expect(await revocationOf(two, theirs)).toBe('keyCompromise')
    await expectRefusal(leafOf(two), 'lint_failed', ['subjectPublicKeyInfo key_compromised'])
  })

  test('a key that the service made for the account is its own', async () => {
    const { certificate } = await aLeaf(given.ports, one, {
      key: { algorithm: 'EC_prime256v1' },
      names: { dns: ['a.test'] },
    })
    const marked = await markKeyCompromised(given.ports, one, { certificateId: idOf(certificate) })
    expect(marked).toMatchObject({ revoked: 1, key: { everywhere: true } })
  })

  test('the installation’s administrator ends it everywhere, and is told of all', async () => {
    const leaves = [await leafOf(one), await leafOf(two)]
    const marked = await markKeyCompromised(given.ports, installation, { spkiSha256: hashOf(P256) })
    expect(marked.revoked).toBe(2)
    expect(new Set(marked.issuers)).toEqual(new Set(leaves.map(({ certificate }) => certificate.authority)))
  })

  test('a certificate of another account is unknown', async () => {
    const theirs = await leafOf(two)
    const work = markKeyCompromised(given.ports, one, { certificateId: idOf(theirs.certificate) })
    await expectRefusal(work, 'not_found')
  })
})

describe('an authority’s own key', () => {
  const spkiOfAuthority = async (name: string): Promise<string> => {
    const { authorities, keys } = given.ports.store.reads
    const authority = await authorities.byName(one, name)
    const key = authority === undefined ? undefined : await keys.get(authority.key)
    return createHash('sha256')
      .update(key?.spki ?? '')
      .digest('hex')
  }

  test('a subordinate is disabled, its certificate revoked with cACompromise, and nothing brings it back', async () => {
    const marked = await markKeyCompromised(given.ports, one, { spkiSha256: await spkiOfAuthority('s') })
    const { authorities } = given.ports.store.reads
    const [subordinate, root] = [await authorities.byName(one, 's'), await authorities.byName(one, 'r')]
    expect(marked).toMatchObject({ revoked: 1, authorities: [subordinate?.id], issuers: [root?.id] })
    expect(subordinate?.status).toBe('DISABLED')
    const crl = await readCrl(given.ports, root?.id ?? '')
    expect([...parseCrl(crl?.der ?? new Uint8Array()).entries()]).toMatchObject([{ reason: 'cACompromise' }])
    await expectRefusal(leafOf(one, P384), 'state_conflict')
    await expectRefusal(
      updateAuthority(given.ports, one, { reference: 's', status: 'ACTIVE' }),
      'state_conflict',
    )
    expect(given.log.some(({ level }) => level === 'error')).toBe(true)
  })

  test('a root is disabled with everything below it, though no CRL can say so', async () => {
    const marked = await markKeyCompromised(given.ports, one, { spkiSha256: await spkiOfAuthority('r') })
    expect(marked).toMatchObject({ revoked: 0, key: { settledAt: expect.any(Number) as number } })
    const { authorities } = given.ports.store.reads
    expect((await authorities.byName(one, 'r'))?.status).toBe('DISABLED')
    const error = await expectRefusal(leafOf(one, P384), 'state_conflict')
    expect(error.message).toMatch(/the key of “r” is marked compromised/)
    await expectRefusal(
      updateAuthority(given.ports, one, { reference: 'r', status: 'ACTIVE' }),
      'state_conflict',
    )
  })

  test('its CRLs go on', async () => {
    await markKeyCompromised(given.ports, one, { spkiSha256: await spkiOfAuthority('s') })
    const subordinate = await given.ports.store.reads.authorities.byName(one, 's')
    const crl = await publishCrl(given.ports, completeScope(subordinate?.id ?? ('' as never)))
    expect(crl.number).toBeGreaterThan(0n)
  })
})

describe('in the background', () => {
  test('what stopped a mark halfway doesn’t stop the next sweep', async () => {
    for (let n = 0; n < 5; n++) await leafOf(one)
    let allowed = 3
    const failing: Ports = {
      ...given.ports,
      store: {
        ...given.ports.store,
        transact: (build) =>
          allowed-- > 0 ? given.ports.store.transact(build) : Promise.reject(new Error('the disk is full')),
      },
    }
    await expect(markKeyCompromised(failing, one, { spkiSha256: hashOf(P256) })).rejects.toThrow(/disk/)
    expect((await describeCompromisedKey(given.ports, one, hashOf(P256))).settledAt).toBeUndefined()
    await expectRefusal(leafOf(one), 'lint_failed')
    expect(await revokeDueSiblings(given.ports)).toEqual({ revoked: 3, settled: 1 })
    expect(await revokeDueSiblings(given.ports)).toEqual({ revoked: 0, settled: 0 })
    expect((await describeCompromisedKey(given.ports, one, hashOf(P256))).settledAt).toBeDefined()
  })

  test('a certificate that was being signed when the key was marked is revoked when it is there', async () => {
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let signing = (): void => {}
    const begun = new Promise<void>((resolve) => (signing = resolve))
    const sign: Ports['vault']['sign'] = async (...all) => {
      signing()
      await held
      return given.ports.vault.sign(...all)
    }
    const late = leafOf(one, P256, { ...given.ports, vault: { ...given.ports.vault, sign } })
    await begun
    const marked = await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256) })
    expect(marked).toMatchObject({ revoked: 0, key: { settledAt: undefined } })
    expect(await revokeDueSiblings(given.ports)).toEqual({ revoked: 0, settled: 0 })
    release()
    const issued = await late
    expect(await revokeDueSiblings(given.ports)).toEqual({ revoked: 1, settled: 1 })
    expect(await revocationOf(one, issued)).toBe('keyCompromise')
  })

  test('a mark holds at once in another process, too', async () => {
    const second = await secondServer(given)
    await leafOf(one, P384, second.ports)
    await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256) })
    await expectRefusal(leafOf(one, P256, second.ports), 'lint_failed')
    await second.store.close()
  })

  test('certificates older than the index of keys are found when the job has filled it', async () => {
    const old = await leafOf(one)
    const db = new Database(given.database)
    const { changes } = db.prepare('UPDATE Certificate SET keyHash = NULL').run()
    db.close()
    const marked = await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256) })
    expect(marked).toMatchObject({ revoked: 0, key: { settledAt: undefined } })
    expect(await revokeDueSiblings(given.ports)).toEqual({ revoked: 0, settled: 0 })
    expect(await fillKeyHashes(given.ports)).toEqual({ filled: changes })
    expect(await fillKeyHashes(given.ports)).toEqual({ filled: 0 })
    expect(await revokeDueSiblings(given.ports)).toEqual({ revoked: 1, settled: 1 })
    expect(await revocationOf(one, old)).toBe('keyCompromise')
  })

  test('a certificate that comes after its key was marked and settled is revoked, too', async () => {
    const imported = await leafOf(one)
    const db = new Database(given.database)
    db.prepare('UPDATE Certificate SET keyHash = 0').run()
    expect(await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256) })).toMatchObject({
      key: { settledAt: expect.any(Number) as number },
    })
    // As an import leaves it.
    db.prepare('UPDATE Certificate SET keyHash = NULL').run()
    db.close()
    await fillKeyHashes(given.ports)
    expect(await revokeDueSiblings(given.ports)).toEqual({ revoked: 1, settled: 1 })
    expect(await revocationOf(one, imported)).toBe('keyCompromise')
  })

  test('two keys that share the index’s 48 bits are told apart', async () => {
    const [mine, other] = [await leafOf(one), await leafOf(one, P384)]
    const db = new Database(given.database)
    db.prepare('UPDATE Certificate SET keyHash = ?').run(Number.parseInt(hashOf(P256).slice(0, 12), 16))
    db.close()
    expect((await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256) })).revoked).toBe(1)
    expect(await revocationOf(one, mine)).toBe('keyCompromise')
    expect(await revocationOf(one, other)).toBeUndefined()
  })
})

describe('the file', () => {
  const load = (...keys: readonly KeyPair[]) => loadKeyFile(given.ports, keys.map(hashOf) as SpkiHash[])

  test('refuses its keys in every account, revokes what they have, and forgets those that go', async () => {
    const leaves = [await leafOf(one), await leafOf(two)] as const
    expect(await load(P256, P384)).toEqual({ added: 2, dropped: 0 })
    expect(await load(P256, P384)).toEqual({ added: 0, dropped: 0 })
    await expectRefusal(leafOf(two), 'lint_failed')
    expect(await revokeDueSiblings(given.ports)).toEqual({ revoked: 2, settled: 2 })
    expect([await revocationOf(one, leaves[0]), await revocationOf(two, leaves[1])]).toEqual([
      'keyCompromise',
      'keyCompromise',
    ])
    expect((await listCompromisedKeys(given.ports, one, page)).items).toEqual([])
    expect((await listCompromisedKeys(given.ports, installation, page)).items).toHaveLength(2)
    expect(await load(P384)).toEqual({ added: 0, dropped: 1 })
    expect((await leafOf(two)).certificate.state).toBe('issued')
    const loads = auditTrail(given.database).filter(({ eventName }) => eventName === 'LoadCompromisedKeys')
    expect(loads).toHaveLength(2)
  })

  test('a key that was marked besides stays marked', async () => {
    await markKeyCompromised(given.ports, one, { spkiSha256: hashOf(P256) })
    await load(P256)
    expect(await load()).toEqual({ added: 0, dropped: 1 })
    await expectRefusal(leafOf(one), 'lint_failed')
  })

  test('thousands of keys, settled a page at a time', async () => {
    const hashes = Array.from({ length: 2500 }, (_, n) =>
      createHash('sha256').update(String(n)).digest('hex'),
    ) as SpkiHash[]
    expect(await loadKeyFile(given.ports, hashes)).toEqual({ added: 2500, dropped: 0 })
    expect(await revokeDueSiblings(given.ports)).toEqual({ revoked: 0, settled: 2500 })
    expect(await loadKeyFile(given.ports, hashes.slice(1))).toEqual({ added: 0, dropped: 1 })
  })
})
