import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { run } from './support/run.ts'
import { spawnServer, temporaryDirectory, type ServerProcess } from './support/servers.ts'

const PROGRAM = join(import.meta.dirname, '../../src/main/cli.ts')
const chancery = (...args: string[]) => run(process.execPath, [PROGRAM, ...args])

const place = temporaryDirectory()
let server: ServerProcess
beforeAll(async () => {
  const port = String(await freePort())
  const publicUrl = { CHANCERY_PUBLIC_PORT: port, CHANCERY_PUBLIC_URL: `http://127.0.0.1:${port}` }
  server = await spawnServer(join(place, 'old'), publicUrl)
})
afterAll(async () => {
  await server.end('SIGTERM')
  await rm(place, { recursive: true })
})

test('a restore reads back the CRLs of shards, and their deltas', async () => {
  const { admin } = server
  const revocation = { crl: { kind: 'PARTITIONED' as const, deltaHours: 6 } }
  await admin.updateAuthority({ params: { authority: 'issuing' }, body: { revocation } })
  const names = ['a', 'b'].map((label) => `${label}.example.net`)
  const ids: string[] = []
  for (const name of names) {
    const body = { key: { algorithm: 'EC_prime256v1' as const }, names: { dns: [name] } }
    ids.push((await admin.issueCertificate({ body })).id)
  }
  const [first = '', second = ''] = ids
  // The shard's complete CRL is out before the backup; what comes after it is in a delta.
  await admin.revokeCertificate({ params: { id: first }, body: { reason: 'superseded' } })
  const [backup, key, data] = ['backup', 'kms.key', 'new'].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ]
  const made = await chancery('backup', backup, '--with-key', key, '--data-dir', join(place, 'old'))
  expect(made.status).toBe(0)
  const { crl } = await admin.revokeCertificate({ params: { id: second }, body: { reason: 'keyCompromise' } })
  expect(crl?.url).toMatch(/-delta\.crl$/)
  // The server of before still answers, as a cache of its repository would.
  const restored = await chancery(
    'restore',
    backup,
    '--key-file',
    key,
    '--crl-url',
    server.repositoryUrl,
    '--data-dir',
    data,
  )
  expect(restored.stdout).toMatch(/1 revocations were added from [3-9] CRLs/)
  const again = await spawnServer(data)
  try {
    const [, status] = await Promise.all(ids.map((id) => again.admin.describeCertificate({ params: { id } })))
    expect(status).toMatchObject({ status: 'revoked', revocation: { reason: 'keyCompromise' } })
  } finally {
    await again.end('SIGTERM')
  }
})
