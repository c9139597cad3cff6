import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { DAY, HOUR } from '../../../src/core/domain/time.ts'
import { runCli } from '../../../src/faces/cli/program.ts'
import { archiveCertificatesJob } from '../../../src/faces/jobs/audit-jobs.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { verifyAudit } from '../../../src/main/verify-audit.ts'
import { aWorld, noVerbs } from '../cli/a-world.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let admin: Client
let directory: string
const later = Date.now() + 100 * DAY

const issue = (name: string, days: number) =>
  admin.issueCertificate({
    body: { names: { dns: [name] }, validity: { days }, key: { algorithm: 'ED25519' } },
  })

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chancery-archives-'))
  installation = await anInstallation('simulation')
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
})
afterAll(async () => {
  await api.close()
  await installation.close()
  rmSync(directory, { recursive: true })
})

test('expired certificates are archived over REST and on the command line, listed, downloaded and verified', async () => {
  const old = await issue('old.example.com', 1)
  const young = await issue('young.example.com', 90)
  await expect(
    admin.archiveCertificates({ body: { before: new Date(later).toISOString() } }),
  ).rejects.toMatchObject({ status: 400, problem: { violations: [{ field: 'before' }] } })
  await admin.setCalendar({ body: { now: new Date(later - 60 * DAY).toISOString() } })
  const environment = { CHANCERY_URL: api.url, CHANCERY_TOKEN: installation.adminToken }
  const world = aWorld({ directory, environment })
  const before = new Date(later - 61 * DAY).toISOString()
  expect(await runCli(['certificate', 'archive', '--before', before, '--out', '.'], world, noVerbs)).toBe(0)
  const { items } = await admin.listCertificateArchives({ query: {} })
  expect(items).toMatchObject([{ first: 1, last: 1, file: 'certificates-000000000001.jsonl.gz' }])
  expect(world.stdout.text()).toContain('certificates-000000000001.jsonl.gz: certificates 1 to 1')
  const file = join(directory, readdirSync(directory)[0] as string)
  const found = await verifyAudit({
    trail: { files: [file] },
    checkpoints: [],
    publicKey: undefined,
    acceptRestores: false,
  })
  expect(found).toMatchObject({ findings: [], certificates: { certificates: 1 } })
  await expect(admin.describeCertificate({ params: { id: old.id } })).rejects.toMatchObject({
    status: 404,
    problem: { detail: expect.stringContaining('certificates-000000000001.jsonl.gz') as string },
  })
  expect(
    await admin.describeSerial({ params: { authority: old.authority, serial: old.serial } }),
  ).toMatchObject({ status: 'issued', archive: items[0]?.file })
  expect((await admin.describeCertificate({ params: { id: young.id } })).status).toBe('valid')
  await expect(admin.readCertificateArchive({ params: { first: '999' } })).rejects.toMatchObject({
    status: 404,
  })
  expect((await admin.archiveCertificates({ body: { before } })).archive).toBeUndefined()
})

test('the job archives what ended so long ago, and then nothing', async () => {
  await issue('job.example.com', 1)
  await admin.setCalendar({ body: { now: new Date(later).toISOString() } })
  const job = archiveCertificatesJob(installation.ports, 30 * DAY)
  expect(job.every).toBe(HOUR)
  expect(await job.run(new AbortController().signal)).toEqual({ certificates: 1 })
  expect(await job.run(new AbortController().signal)).toEqual({ certificates: 0 })
  const { items } = await admin.listCertificateArchives({ query: {} })
  expect(items.map(({ first, last }) => [first, last])).toEqual([
    [1, 1],
    [2, 2],
  ])
})

test('it takes an administrator of the installation', async () => {
  const account = await admin.createAccount({ body: { name: 'other' } })
  const body = { name: 'other', role: 'administrator', account: account.id } as const
  const other = clientOf(api, (await admin.createToken({ body })).secret)
  const before = '2020-01-01T00:00:00Z'
  await expect(other.archiveCertificates({ body: { before } })).rejects.toMatchObject({ status: 403 })
  await expect(other.listCertificateArchives({ query: {} })).rejects.toMatchObject({ status: 403 })
  await expect(other.readCertificateArchive({ params: { first: '1' } })).rejects.toMatchObject({
    status: 403,
  })
})
