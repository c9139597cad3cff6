import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SHARD_SIZE } from '../../../../src/core/domain/crl-scopes.ts'
import type { RevocationWishes } from '../../../../src/core/domain/revocation-configuration.ts'
import { updateAuthority } from '../../../../src/core/operations/authorities/update-authority.ts'
import { parseCertificate } from '../../../../src/core/x509/certificate.ts'
import {
  decodeAuthorityInfoAccess,
  decodeCrlDistributionPoints,
} from '../../../../src/core/x509/extension-decoders.ts'
import { OID } from '../../../../src/core/x509/oids.ts'
import type { Ports } from '../../../../src/core/ports/ports.ts'
import { aLeaf, secondServer, testPorts, type TestPorts } from '../ports.ts'
import { rowsOf } from '../database.ts'
import { expectRefusal } from '../refusals.ts'

let given: TestPorts
beforeEach(async () => {
  given = await testPorts()
})
afterEach(() => given[Symbol.asyncDispose]())

const configure = (revocation: RevocationWishes) =>
  updateAuthority(given.ports, given.admin, { reference: 'issuing', revocation })
/** What a new certificate says about where to ask, and the shard it is recorded with. */
async function issued(ports: Ports = given.ports) {
  const { certificate } = await aLeaf(ports, given.admin)
  const { extensions } = parseCertificate(certificate.der)
  const value = (oid: string) => extensions.find((each) => each.oid === oid)?.value
  const points = (oid: string) => {
    const found = value(oid)
    return found === undefined ? [] : decodeCrlDistributionPoints(found)
  }
  const access = value(OID.authorityInfoAccess)
  return {
    shard: certificate.shard,
    crl: points(OID.cRLDistributionPoints),
    delta: points(OID.freshestCRL),
    ...(access === undefined ? { ocsp: [], caIssuers: [] } : decodeAuthorityInfoAccess(access)),
  }
}
const shards = () =>
  rowsOf<{ id: number; name: string; url: string; closedAt: number | null }>(
    given.database,
    'SELECT id, name, url, closedAt FROM CrlShard ORDER BY id',
  )

describe('what certificates say (RFC 5280 §4.2.1.13, §4.2.2.1)', () => {
  test('as usual: the complete CRL, the responder, the issuer', async () => {
    const { id } = (await given.ports.store.reads.authorities.byName(given.admin, 'issuing')) ?? {}
    expect(await issued()).toEqual({
      shard: undefined,
      crl: [`http://pki.example.com/crl/${id}.crl`],
      delta: [],
      ocsp: ['http://pki.example.com/ocsp'],
      caIssuers: [`http://pki.example.com/ca/${id}.cer`],
    })
  })

  test('with hosts, a path and deltas of one’s own', async () => {
    await configure({
      crl: { host: 'crl.example.com', path: 'pki/lists', deltaHours: 6 },
      ocsp: { host: 'ocsp.example.com' },
    })
    const { crl, delta, ocsp } = await issued()
    expect(crl[0]).toMatch(/^http:\/\/crl\.example\.com\/pki\/lists\/[0-9a-f-]{36}\.crl$/)
    expect(delta).toEqual([crl[0]?.replace(/\.crl$/, '-delta.crl')])
    expect(ocsp).toEqual(['http://ocsp.example.com'])
  })

  test('nothing where nothing is wanted', async () => {
    await configure({ crl: { enabled: false }, ocsp: { enabled: false }, caIssuers: false })
    expect(await issued()).toEqual({ shard: undefined, crl: [], delta: [], ocsp: [], caIssuers: [] })
    await configure({ crl: { enabled: true, omitExtension: true, deltaHours: 3 } })
    expect(await issued()).toMatchObject({ crl: [], delta: [] })
  })
})

describe('shards', () => {
  test('are named in certificates from the moment on that CRLs are partitioned', async () => {
    const before = await issued()
    const changed = await configure({ crl: { kind: 'PARTITIONED' } })
    expect(changed.completeCrlUntil).toBe(changed.certificate?.notAfter)
    const after = await issued()
    const [shard] = shards()
    expect(after).toMatchObject({ shard: shard?.id, crl: [shard?.url] })
    expect(after.crl).not.toEqual(before.crl)
    expect(shard?.url).toBe(`http://pki.example.com/crl/${shard?.name}.crl`)
    expect(await issued()).toMatchObject({ shard: shard?.id })
    await configure({ crl: { kind: 'COMPLETE' } })
    expect(await issued()).toEqual(before)
  })

  test('get a successor when they are full, and when their URL would be another', async () => {
    await configure({ crl: { kind: 'PARTITIONED' } })
    await issued()
    fill(given.database, SHARD_SIZE - 2)
    // Another change makes every process look again.
    await configure({ crl: { hours: 48 } })
    expect([await issued(), await issued(), await issued()].map(({ shard }) => shard)).toEqual([1, 2, 2])
    await configure({ crl: { path: 'pki' } })
    expect(await issued()).toMatchObject({ shard: 3, crl: [expect.stringContaining('/pki/')] })
    expect(shards().map(({ closedAt }) => closedAt === null)).toEqual([false, false, true])
  })

  test('are the same for two servers, and opened once', async () => {
    await configure({ crl: { kind: 'PARTITIONED' } })
    const other = await secondServer(given)
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, i) => issued(i % 2 === 0 ? given.ports : other.ports)),
    )
    expect(new Set(all.map(({ shard }) => shard))).toEqual(new Set([1]))
    expect(shards()).toHaveLength(1)
  })

  test('none without a public URL, which certificates couldn’t name', async () => {
    await configure({ crl: { kind: 'PARTITIONED' } })
    const settings = { ...given.ports.settings, publicUrl: undefined }
    expect(await issued({ ...given.ports, settings })).toMatchObject({ shard: undefined, crl: [] })
    expect(shards()).toEqual([])
  })
})

test('a configuration that is wrong changes nothing', async () => {
  const before = await given.ports.store.reads.authorities.byName(given.admin, 'issuing')
  await expectRefusal(configure({ crl: { hours: 0, deltaHours: 1 } }), 'request_invalid', [
    'revocation.crl.hours crl_hours',
    'revocation.crl.deltaHours crl_delta_hours',
  ])
  expect(await given.ports.store.reads.authorities.byName(given.admin, 'issuing')).toEqual(before)
})

/** As if the first shard had that many more certificates. */
function fill(database: string, certificates: number): void {
  const db = new Database(database)
  db.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO Certificate (authorityId, serial, accountId, region, state, der, notBefore, notAfter, issuedAt, profile, shard)
       SELECT 'x', CAST(i AS BLOB), 'x', 'x', 1, x'', 0, 0, 0, '', 1 FROM n`,
  ).run(certificates)
  db.close()
}
