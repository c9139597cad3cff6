import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { splitCertificateId } from '../../../src/core/domain/ids.ts'
import { aQuestion, statusesIn } from '../../support/ocsp-client.ts'
import { spawnServer, temporaryDirectory, type ServerProcess } from '../support/servers.ts'

let dataDir: string
let first: ServerProcess
let second: ServerProcess
beforeAll(async () => {
  dataDir = temporaryDirectory()
  first = await spawnServer(dataDir)
  second = await spawnServer(dataDir)
}, 60_000)
afterAll(async () => {
  await Promise.all([first.end('SIGTERM'), second.end('SIGTERM')])
  await rm(dataDir, { recursive: true })
})

const TURNS = 25

test('what was revoked through one server is revoked in the other’s very next answer, kept ones included', async () => {
  for (let turn = 0; turn < TURNS; turn++) {
    const [revoking, other] = turn % 2 === 0 ? [first, second] : [second, first]
    const { id, chain } = await revoking.admin.issueCertificate({
      body: { key: { algorithm: 'EC_prime256v1' }, names: { dns: [`t${turn}.example`] } },
    })
    const issuer = new Uint8Array(Buffer.from((chain[0] ?? '').replace(/-----[^-]+-----|\s/g, ''), 'base64'))
    const question = aQuestion(issuer, [splitCertificateId(id)?.serial ?? ''])
    const said = async ({ repositoryUrl }: ServerProcess) => {
      const response = await fetch(
        `${repositoryUrl}/ocsp/${Buffer.from(question).toString('base64url').replaceAll('-', '%2B').replaceAll('_', '%2F')}`,
      )
      return statusesIn(new Uint8Array(await response.arrayBuffer()), issuer)[0]?.kind
    }
    for (const server of [first, second, first, second]) expect(await said(server)).toBe('good')
    await revoking.admin.revokeCertificate({ params: { id }, body: {} })
    expect(await said(other)).toBe('revoked')
    expect(await said(revoking)).toBe('revoked')
  }
})
