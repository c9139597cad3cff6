import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../../src/contract/client.ts'
import { runCli } from '../../../src/faces/cli/program.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { verifyAudit } from '../../../src/main/verify-audit.ts'
import { aWorld, noVerbs } from '../cli/a-world.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let admin: Client
let other: Client
let directory: string
let certificate: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chancery-audit-'))
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
  const account = await admin.createAccount({ body: { name: 'other' } })
  const token = await admin.createToken({
    body: { name: 'other', role: 'administrator', account: account.id },
  })
  other = clientOf(api, token.secret)
  const issued = await admin.issueCertificate({
    body: { names: { dns: ['a.example.com'] }, key: { algorithm: 'EC_prime256v1' } },
  })
  certificate = issued.arn
})
afterAll(async () => {
  await api.close()
  await installation.close()
  rmSync(directory, { recursive: true })
})

const namesOf = async (client: Client, query: object): Promise<string[]> =>
  (await client.listAuditEvents({ query })).items.map(({ name }) => name)
const verified = (file: string, checkpoints: readonly string[] = []) =>
  verifyAudit({ trail: { files: [file] }, checkpoints, publicKey: undefined, acceptRestores: false })

describe('looking up the audit trail over REST', () => {
  test('by resource, name, principal and time, newest first, in pages', async () => {
    const { items } = await admin.listAuditEvents({ query: { resource: certificate } })
    expect(items).toHaveLength(1)
    expect(items[0]).toMatchObject({
      name: 'IssueCertificate',
      record: {
        eventVersion: '1.11',
        eventName: 'IssueCertificate',
        resources: expect.anything() as unknown,
      },
    })
    const who = (items[0]?.record['userIdentity'] as { principalId: string }).principalId
    expect(await namesOf(admin, { principal: who, name: 'IssueCertificate' })).toEqual(['IssueCertificate'])
    expect(await namesOf(admin, { until: items[0]?.time, name: 'IssueCertificate', principal: who })).toEqual(
      [],
    )
    const first = await admin.listAuditEvents({ query: { limit: 2 } })
    const second = await admin.listAuditEvents({ query: { limit: 2, cursor: first.next ?? '' } })
    const ids = [...first.items, ...second.items].map(({ id }) => id)
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
    expect(new Set(ids).size).toBe(4)
  })

  test('another account sees nothing of it, and may not ask for all', async () => {
    expect(await namesOf(other, { resource: certificate })).toEqual([])
    expect(await namesOf(other, {})).not.toContain('IssueCertificate')
    await expect(other.listAuditEvents({ query: { scope: 'installation' } })).rejects.toMatchObject({
      status: 403,
    })
    for (const call of [
      () => other.exportAuditTrail({ query: {} }),
      () => other.makeAuditCheckpoint({}),
      () => other.archiveAuditTrail({ body: { before: '2020-01-01T00:00:00Z' } }),
      () => other.listAuditArchives({ query: {} }),
      () => other.readAuditArchive({ params: { first: '1' } }),
    ])
      await expect(call()).rejects.toMatchObject({ status: 403 })
    expect(await namesOf(admin, { scope: 'installation', limit: 1000 })).toContain('CreateToken')
  })

  test.each([
    [{ since: '2030-01-02T00:00:00Z', until: '2030-01-01T00:00:00Z' }, 'until'],
    [{ name: 'no name' }, 'name'],
    [{ since: 'yesterday' }, 'since'],
    [{ cursor: 'abc' }, 'cursor'],
    [{ limit: 0 }, 'limit'],
  ])('%j names what is wrong with it', async (query, field) => {
    await expect(admin.listAuditEvents({ query })).rejects.toMatchObject({
      status: 400,
      problem: { violations: [{ field: expect.stringContaining(field) as string }] },
    })
  })
})

describe('checkpoints, export and archives over REST and on the command line', () => {
  const cli = async (...args: string[]) => {
    const world = aWorld({
      directory,
      environment: { CHANCERY_URL: api.url, CHANCERY_TOKEN: installation.adminToken },
    })
    return { code: await runCli(args, world, noVerbs), world }
  }

  test('the last checkpoint comes with its key; before the first one there is none', async () => {
    await expect(other.describeAuditCheckpoint({})).rejects.toMatchObject({ status: 404 })
    const made = await admin.makeAuditCheckpoint({})
    expect(await other.describeAuditCheckpoint({})).toEqual(made)
    expect(made.publicKey).toContain('BEGIN PUBLIC KEY')
  })

  test('an export is verified with a checkpoint, and gone on with', async () => {
    expect((await cli('audit', 'export', '--out', 'trail.jsonl')).code).toBe(0)
    const made = await cli('audit', 'checkpoint')
    writeFileSync(join(directory, 'checkpoint.json'), made.world.stdout.text())
    expect((await cli('audit', 'export', '--out', 'trail.jsonl')).code).toBe(0)
    const file = join(directory, 'trail.jsonl')
    const found = await verified(file, [join(directory, 'checkpoint.json')])
    expect(found).toMatchObject({ findings: [], matched: 1, repeated: 0, first: 1 })
    writeFileSync(file, `${readFileSync(file, 'utf8')}no event`)
    expect((await cli('audit', 'export', '--out', 'trail.jsonl')).code).toBe(2)
    expect((await cli('audit', 'list', '--name', 'IssueCertificate')).world.stdout.text()).toContain(
      certificate,
    )
  })

  test('what is old goes into an archive, which is downloaded', async () => {
    await expect(admin.archiveAuditTrail({ body: { before: '2999-01-01T00:00:00Z' } })).rejects.toMatchObject(
      { status: 400, problem: { violations: [{ field: 'before' }] } },
    )
    const before = new Date().toISOString()
    const { code, world } = await cli('audit', 'archive', '--before', before, '--out', '.')
    expect(code).toBe(0)
    const { items } = await admin.listAuditArchives({ query: {} })
    expect(items).toHaveLength(1)
    expect(world.stdout.text()).toContain(items[0]?.file)
    expect(await verified(join(directory, items[0]?.file ?? ''))).toMatchObject({ findings: [], archives: 1 })
    await expect(admin.readAuditArchive({ params: { first: '999' } })).rejects.toMatchObject({ status: 404 })
    expect(
      (await admin.archiveAuditTrail({ body: { before: '2020-01-01T00:00:00Z' } })).archive,
    ).toBeUndefined()
  })
})
