import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { abandonLeftBehind } from '../../../src/core/operations/certificates/abandon-intent.ts'
import { createAuthority } from '../../../src/core/operations/authorities/create-authority.ts'
import { createFirstAuthorities } from '../../../src/core/operations/installation/initialize.ts'
import type { Store } from '../../../src/core/ports/store.ts'
import { sha256 } from '../../../src/core/x509/digest.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { failing } from './failing-store.ts'
import { auditTrail, recordedSerials, rowsOf } from './database.ts'
import { aLeaf, aRoot, barePorts, testPorts, type TestPorts } from './ports.ts'
import { expectRefusal, refusal } from './refusals.ts'

/** Counts signatures, and remembers which serials were recorded when they were made. */
function watched({ ports, database }: TestPorts): {
  readonly vault: Ports['vault']
  readonly unrecorded: () => number
} {
  let unrecorded = 0
  return {
    unrecorded: () => unrecorded,
    vault: {
      ...ports.vault,
      sign: (...all) => {
        if (![...recordedSerials(database).values()].includes(0)) unrecorded++
        return ports.vault.sign(...all)
      },
    },
  }
}

const unfinished = (database: string): number =>
  [...recordedSerials(database).values()].filter((state) => state === 0).length

/** What always holds: each certificate issued is on record, and each abandoned one counts as revoked. */
function expectSound(database: string): void {
  const wrong = rowsOf(
    database,
    `SELECT 1 FROM Certificate c LEFT JOIN Revocation r ON r.certificateId = c.id
       WHERE (c.state = 2) <> (r.id IS NOT NULL)`,
  )
  expect(wrong).toEqual([])
  const issued = [...recordedSerials(database).values()].filter((state) => state === 1).length
  expect(auditTrail(database).filter(({ eventName }) => eventName === 'IssueCertificate')).toHaveLength(
    issued,
  )
}

const idempotency = { key: 'k', bodyHash: sha256('body') }

describe.each(['before', 'after'] as const)('a commit that fails %s it is durable', (when) => {
  // Two commits each: recorded, published; the third is one that isn't made, so nothing fails.
  describe.each([1, 2, 3])('number %i', (n) => {
    let given: TestPorts
    beforeEach(async () => {
      given = await testPorts()
      return () => given[Symbol.asyncDispose]()
    })

    test('of an issuance: nothing answered is lost, the same key gives one certificate', async () => {
      const { store } = failing(given.ports.store, n, when)
      const { vault, unrecorded } = watched(given)
      const ports: Ports = { ...given.ports, store, vault }
      const wishes = {
        idempotency,
        key: { algorithm: 'ED25519' },
        names: { dns: ['a.test'] },
        subject: {},
      } as const
      if (n < 3) await expectRefusal(aLeaf(ports, given.admin, wishes), 'unavailable')
      const { certificate } = await aLeaf(ports, given.admin, wishes)
      const again = await aLeaf(ports, given.admin, wishes)
      expect(again.certificate.serial).toBe(certificate.serial)
      expect(recordedSerials(given.database).get(certificate.serial)).toBe(1)
      expect([unrecorded(), unfinished(given.database)]).toEqual([0, 0])
      expectSound(given.database)
    })

    test('of an authority’s creation: its name stays free or it is there', async () => {
      const { store } = failing(given.ports.store, n, when)
      const { vault, unrecorded } = watched(given)
      const ports: Ports = { ...given.ports, store, vault }
      const create = () =>
        createAuthority(ports, given.admin, {
          kind: 'subordinate',
          parent: 'root',
          name: 'new',
          subject: { commonName: 'N' },
          idempotency,
        })
      if (n < 3) await expectRefusal(create(), 'unavailable')
      const authority = await create()
      expect((await create()).id).toBe(authority.id)
      const all = await given.ports.store.reads.authorities.all()
      expect(all.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
        'issuing ACTIVE',
        'new ACTIVE',
        'root ACTIVE',
      ])
      expect([unrecorded(), unfinished(given.database)]).toEqual([0, 0])
      expectSound(given.database)
    })

    test('of the first start: the next start goes on', async () => {
      await using empty = await barePorts()
      for (const skipped of [0, 2]) {
        const { store } = failing(empty.ports.store, n + skipped, when)
        await createFirstAuthorities({ ...empty.ports, store }, empty.installation.account).catch((error) =>
          expect(error).toBeInstanceOf(ChanceryError),
        )
      }
      await createFirstAuthorities(empty.ports, empty.installation.account)
      const all = await empty.ports.store.reads.authorities.all()
      expect(all.map(({ name }) => name).sort()).toEqual(['issuing', 'root'])
      expect(unfinished(empty.database)).toBe(0)
    })
  })
})

test('an issuance takes two commits: what the faults above go through', async () => {
  await using given = await testPorts()
  const counted = failing(given.ports.store, 0, 'before')
  await aLeaf({ ...given.ports, store: counted.store }, given.admin)
  expect(counted.commits()).toBe(2)
})

describe('while no commit works', () => {
  test('what was recorded is abandoned as soon as one does, and a retry needn’t wait for that', async () => {
    await using given = await testPorts()
    let broken = false
    const store: Store = {
      ...given.ports.store,
      transact: (build) =>
        broken ? Promise.reject(new ChanceryError('unavailable', 'full')) : given.ports.store.transact(build),
    }
    const vault: Ports['vault'] = {
      ...given.ports.vault,
      sign: (...all) => {
        broken = true
        return given.ports.vault.sign(...all)
      },
    }
    const ports: Ports = { ...given.ports, store, vault }
    const working = { ...ports, vault: given.ports.vault }
    await expectRefusal(aLeaf(ports, given.admin, { idempotency }), 'unavailable')
    expect(unfinished(given.database)).toBe(1)
    await expectRefusal(abandonLeftBehind(ports), 'unavailable')
    broken = false
    const { certificate } = await aLeaf(working, given.admin, { idempotency })
    expect(certificate.state).toBe('issued')
    expect([...recordedSerials(given.database).values()].sort((a, b) => a - b)).toEqual([1, 1, 1, 2])
    expect(await abandonLeftBehind(working)).toEqual({ abandoned: 0 })
    broken = false
    await expectRefusal(aLeaf(ports, given.admin), 'unavailable')
    broken = false
    expect(await abandonLeftBehind(working)).toEqual({ abandoned: 1 })
    expectSound(given.database)
  })
})

describe('a vault that', () => {
  let given: TestPorts
  beforeAll(async () => {
    given = await testPorts()
    await aRoot(given, { name: 'other', keyAlgorithm: 'EC_prime256v1' })
  })
  afterAll(() => given[Symbol.asyncDispose]())

  const faults: Record<string, (ports: Ports) => Ports['vault']['sign']> = {
    'throws an Error': () => () => Promise.reject(new Error('pin of slot 7 is 1234')),
    'throws at once': () => () => {
      throw new TypeError('x is not a function')
    },
    'is unavailable': () => () =>
      Promise.reject(new ChanceryError('kms_unavailable', 'no', { details: { retryable: true } })),
    'gives nothing': () => () => Promise.resolve(undefined as unknown as Uint8Array),
    'gives no octets': () => () => Promise.resolve(new Uint8Array()),
    'gives garbage': () => () => Promise.resolve(new Uint8Array(70).fill(7)),
    'gives a megabyte': () => () => Promise.resolve(new Uint8Array(1 << 20).fill(0x30)),
    'changes a bit':
      ({ vault }) =>
      async (...all) => {
        const signature = Uint8Array.from(await vault.sign(...all))
        signature[signature.length - 1] = (signature[signature.length - 1] as number) ^ 1
        return signature
      },
    'signs with another key':
      ({ vault, store }) =>
      async (_key, prepared, use) => {
        const other = await store.reads.authorities.byName(given.admin, 'other')
        const key = other && (await store.reads.keys.get(other.key))
        return vault.sign(key as NonNullable<typeof key>, prepared, use)
      },
  }

  test.each(Object.keys(faults))('%s', async (name) => {
    const sign = (faults[name] as (ports: Ports) => Ports['vault']['sign'])(given.ports)
    const ports: Ports = { ...given.ports, vault: { ...given.ports.vault, sign } }
    const issued = recordedSerials(given.database).size
    const error = await expectRefusal(aLeaf(ports, given.admin, { idempotency }), 'kms_unavailable')
    expect(error.message).not.toMatch(/pin|function/)
    await expectRefusal(aRoot({ ports, admin: given.admin }, { name: 'never' }), 'kms_unavailable')
    expect([...recordedSerials(given.database).values()].slice(issued)).toEqual([2, 2])
    expectSound(given.database)
  })

  test('works again: the same key issues, the same name is free', async () => {
    expect((await aLeaf(given.ports, given.admin, { idempotency })).certificate.state).toBe('issued')
    expect((await aRoot(given, { name: 'never' })).status).toBe('ACTIVE')
  })

  test('can’t make keys: nothing is recorded', async () => {
    const generate = () => Promise.reject(new ChanceryError('kms_unavailable', 'no'))
    const ports: Ports = { ...given.ports, vault: { ...given.ports.vault, generate } }
    const before = recordedSerials(given.database).size
    await expectRefusal(
      aLeaf(ports, given.admin, { key: { algorithm: 'ED25519' }, names: { dns: ['a.test'] } }),
      'kms_unavailable',
    )
    expect(recordedSerials(given.database).size).toBe(before)
  })
})

test('a verifier that says no: no certificate and no request passes', async () => {
  await using given = await testPorts()
  const ports: Ports = {
    ...given.ports,
    verifier: { ...given.ports.verifier, verify: () => Promise.resolve(false) },
  }
  await expectRefusal(aLeaf(ports, given.admin), 'csr_invalid', ['csr csr_signature'])
  const wishes = { key: { algorithm: 'ED25519' }, names: { dns: ['a.test'] }, subject: {} } as const
  expect((await refusal(aLeaf(ports, given.admin, wishes))).code).toBe('kms_unavailable')
})
