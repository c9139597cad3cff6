import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createToken } from '../../../src/core/operations/access/tokens.ts'
import { rewrapJob, kmsCheckJob } from '../../../src/faces/jobs/kms-jobs.ts'
import { runCli } from '../../../src/faces/cli/program.ts'
import { runJob } from '../../../src/faces/jobs/runner.ts'
import { createRepositoryApp } from '../../../src/faces/pki/app.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { faulty, KMS_FAULTS, RETRYABLE } from '../../support/faulty-kms.ts'
import { systemPrincipal } from '../../../src/core/operations/installation/initialize.ts'
import { testPorts, type TestPorts } from '../../support/test-ports.ts'
import { pemEncode } from '../../../src/core/x509/pem.ts'
import { aRequest } from '../../core/operations/requests.ts'
import { recordedSerials, rowsOf } from '../../core/operations/database.ts'
import { aWorld, noVerbs, type TestWorld } from '../cli/a-world.ts'
import { clientOf, listening, type Listening } from '../installation.ts'

let given: TestPorts
let kms: ReturnType<typeof faulty>
let api: Listening
let repository: Listening
let token: string
let issuerToken: string
const figures = new Map<string, number>()
const counted = {
  kmsRewrapped: (name: string, keys: number) =>
    void figures.set(`rewrapped ${name}`, (figures.get(`rewrapped ${name}`) ?? 0) + keys),
  kmsToRewrap: (name: string, keys: number) => void figures.set(`left ${name}`, keys),
}

beforeAll(async () => {
  given = await testPorts({
    kms: (local) => {
      kms = faulty(local)
      return { preferred: kms.provider, all: [kms.provider] }
    },
    kmsDeadlines: { answer: 300, make: 3000 },
  })
  const { ports, installation } = given
  const system = systemPrincipal(ports, installation.account)
  token = (await createToken(ports, system, { name: 'a', role: 'administrator', installation: true })).secret
  issuerToken = (await createToken(ports, system, { name: 'i', role: 'issuer' })).secret
  const ready = () => ports.kms.up('local')
  api = await listening(createRestApp(ports, { ready }))
  repository = await listening(createRepositoryApp(ports, { ready }))
})
afterAll(async () => {
  await api.close()
  await repository.close()
  await given[Symbol.asyncDispose]()
})
beforeEach(async () => {
  kms.fault = 'none'
  given.ports.vault.forget()
  await runJob(given.ports, kmsCheckJob(given.ports, counted))
})

const body = { key: { algorithm: 'EC_prime256v1' as const }, names: { dns: ['a.test'] } }
const post = (path: string, content: object) =>
  fetch(api.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(content),
  })
const counts = () => [
  recordedSerials(given.database).size,
  rowsOf(given.database, 'SELECT 1 FROM Key').length,
]

describe.each(KMS_FAULTS)('a KMS that is %s', (fault) => {
  test('is a clear error that says whether to try again; nothing is half made', async () => {
    const before = counts()
    kms.fault = fault
    const response = await post('/v1/certificates', body)
    expect(response.status).toBe(503)
    const problem = (await response.json()) as { code: string; detail: string; details: object }
    expect(problem).toMatchObject({ code: 'kms_unavailable', details: { retryable: RETRYABLE[fault] } })
    expect(response.headers.get('retry-after')).toBe(RETRYABLE[fault] ? '1' : null)
    expect(problem.detail).not.toContain('10.0.0.7')
    expect(counts()).toEqual(before)
    kms.fault = 'none'
    expect((await post('/v1/certificates', body)).status).toBe(201)
  })

  test('when an authority’s key must be opened: what was recorded is abandoned, and counts as revoked', async () => {
    kms.fault = fault
    const before = [...recordedSerials(given.database).values()]
    const csr = pemEncode('CERTIFICATE REQUEST', aRequest())
    const response = await post('/v1/certificates', { csr, names: { dns: ['a.test'] } })
    expect(response.status).toBe(503)
    const after = [...recordedSerials(given.database).values()]
    expect(after.slice(before.length)).toEqual([2])
  })

  test('shows in readiness: which one on the API port, two words on the public one', async () => {
    kms.fault = fault
    await runJob(given.ports, kmsCheckJob(given.ports, counted))
    const ready = await fetch(`${api.url}/health/ready`)
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not_ready', kms: { local: 'down' } }])
    const words = await fetch(`${repository.url}/health/ready`)
    expect([words.status, await words.text()]).toEqual([503, expect.stringMatching(/^not ready\s*$/)])
    const { items } = await clientOf(api, token).describeKms({})
    expect(items).toMatchObject([{ name: 'local', status: 'down' }])
    expect(items[0]?.remaining).toBeUndefined()
    expect((await post('/v1/kms/rotations', {})).status).toBe(503)
    kms.fault = 'none'
    await runJob(given.ports, kmsCheckJob(given.ports, counted))
    const again = await fetch(`${api.url}/health/ready`)
    expect([again.status, await again.json()]).toEqual([200, { status: 'ready', kms: { local: 'up' } }])
  })
})

test('a failed call has the KMS checked at once, not at the next turn of the job', async () => {
  given.clock.advance(60_000)
  kms.fault = 'down'
  await post('/v1/certificates', body)
  await expect.poll(async () => (await fetch(`${api.url}/health/ready`)).status).toBe(503)
})

describe('rotation over the API', () => {
  test('is the installation’s administrator’s', async () => {
    const issuer = clientOf(api, issuerToken)
    await expect(issuer.describeKms({})).rejects.toMatchObject({ code: 'forbidden' })
    await expect(issuer.rotateKms({ body: {} })).rejects.toMatchObject({ code: 'forbidden' })
  })

  test.each([
    [{ kms: 'pgp' }, 'kms'],
    [{ kms: 'http' }, 'kms'],
    [{ to: 'http' }, 'to'],
    [{ kmss: 'local' }, 'kmss'],
  ])('%j is refused by its field', async (request, field) => {
    const response = await post('/v1/kms/rotations', request)
    const { violations } = (await response.json()) as { violations: { field: string }[] }
    expect([response.status, violations.map((each) => each.field)]).toEqual([400, [field]])
  })

  test('is begun, watched and finished from the command line', async () => {
    await Promise.all(Array.from({ length: 10 }, () => post('/v1/certificates', body)))
    const world = (more: Partial<TestWorld> = {}): TestWorld =>
      Object.assign(
        aWorld({
          environment: { CHANCERY_TOKEN: token, CHANCERY_URL: api.url, NO_COLOR: '1' },
          terminal: true,
        }),
        more,
      )
    const run = async (line: string, its = world()) => {
      const code = await runCli(line.split(' '), its, noVerbs)
      return { code, out: its.stdout.text(), err: its.stderr.text() }
    }
    const { versions } = (await clientOf(api, token).describeKms({})).items[0] ?? { versions: [] }
    const before = versions.at(-1)?.kekVersion ?? 0
    const begun = await run('kms rotate')
    expect(begun).toMatchObject({ code: 0 })
    expect(begun.err).toMatch(
      new RegExp(`version ${before + 1} of local’s key.*follow in the background`, 's'),
    )
    const status = await run('kms status')
    expect(status.out).toMatch(/^NAME.*\nlocal \(new keys\) +up +\d+ +\d+ under \d/)
    figures.clear()
    let turns = 0
    const waiting = world({
      pause: async () => {
        turns++
        await runJob(given.ports, rewrapJob(given.ports, counted))
      },
    })
    const waited = await run('kms rotate --provider local --wait', waiting)
    expect(waited.code, waited.err).toBe(0)
    expect(waited.err).toMatch(/Every key is wrapped anew: \d+/)
    expect(waited.err).toContain('[')
    expect(turns).toBe(1)
    expect(figures.get('rewrapped local')).toBe(rowsOf(given.database, 'SELECT 1 FROM Key').length)
    await runJob(given.ports, kmsCheckJob(given.ports, counted))
    expect(figures.get('left local')).toBe(0)
    const json = await run('kms status --json')
    expect(JSON.parse(json.out)).toMatchObject({ items: [{ name: 'local', remaining: 0 }] })
    for (const [line, code, said] of [
      ['kms rotate --from local', 2, '--from with --to'],
      ['kms rotate --from local --to vault-transit', 2, 'vault-transit'],
      ['kms rotate --provider gpg', 2, 'aws-kms'],
    ] as const) {
      const refused = await run(line)
      expect([line, refused.code]).toEqual([line, code])
      expect(refused.err).toContain(said)
    }
  })

  test('--wait ends with an error when a key doesn’t open', async () => {
    const db = new Database(given.database)
    const [one, other] = db
      .prepare("SELECT id, sealed FROM Key WHERE purpose = 'certificate' LIMIT 2")
      .all() as { id: string; sealed: Buffer }[]
    const put = db.prepare('UPDATE Key SET sealed = ? WHERE id = ?')
    put.run(other?.sealed, one?.id)
    const world = Object.assign(aWorld({ environment: { CHANCERY_TOKEN: token, CHANCERY_URL: api.url } }), {
      pause: async () => void (await runJob(given.ports, rewrapJob(given.ports, counted))),
    })
    expect(await runCli(['kms', 'rotate', '--wait'], world, noVerbs)).toBe(1)
    expect(world.stderr.text()).toContain('keys that don’t open and stay as they are: 1')
    put.run(one?.sealed, one?.id)
    db.close()
  })
})
