import { describe, expect, it } from 'vitest'
import { issueCertificate } from '../../src/core/operations/certificates/issue-certificate.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { TEST_NOW, testPorts, type TestPorts } from '../support/test-ports.ts'

const issue = ({ ports, admin }: TestPorts) =>
  issueCertificate(ports, admin, {
    key: { algorithm: 'EC_prime256v1' },
    names: { dns: ['www.example.com'] },
    export: { format: 'pem' },
  })

describe('testPorts', () => {
  it('issues, with the same serials for the same seed and others for another', async () => {
    await using one = await testPorts()
    await using same = await testPorts()
    await using other = await testPorts({ seed: 'another' })
    const [first, again, different] = [await issue(one), await issue(same), await issue(other)]
    expect(again.certificate.serial).toBe(first.certificate.serial)
    expect(different.certificate.serial).not.toBe(first.certificate.serial)
    expect(first.certificate.issuedAt).toBe(TEST_NOW)
    expect(one.unwraps.map(({ context }) => context.purpose)).toContain('certificate')
  })

  it('shares no database', async () => {
    await using one = await testPorts()
    await using other = await testPorts()
    await issue(one)
    const page = { limit: 10, after: undefined }
    const found = await other.ports.store.reads.certificates.search(other.admin, {}, TEST_NOW, page)
    expect(found.items.map(({ certificate }) => certificate.profile)).not.toContain('tls-server')
  })

  it('has no authorities when told so', async () => {
    await using bare = await testPorts({ authorities: false })
    await expect(issue(bare)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('seededRandom', () => {
  it('gives the same octets however they are drawn', () => {
    const [one, other] = [seededRandom('a'), seededRandom('a')]
    const pieces = Buffer.concat([one.bytes(1), one.bytes(40), one.bytes(0), one.bytes(59)])
    expect(pieces.equals(other.bytes(100))).toBe(true)
    expect(pieces.equals(seededRandom('b').bytes(100))).toBe(false)
  })
})
