import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createNodeFetch } from '../../../src/contract/node-fetch.ts'
import { createClient, type Client } from '../../../src/contract/client.ts'
import { makeDueReports } from '../../../src/core/operations/reports/make-due-reports.ts'
import { runCli } from '../../../src/faces/cli/program.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { recordsOfCsv } from '../../support/csv.ts'
import { aWorld, noVerbs } from '../cli/a-world.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'

let installation: Installation
let api: Listening
let admin: Client
let directory: string
let authority: string
const names = Array.from({ length: 5 }, (_, index) => `host-${index}.example.com`)

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chancery-report-'))
  installation = await anInstallation()
  api = await listening(createRestApp(installation.ports, { ready: () => true }))
  admin = clientOf(api, installation.adminToken)
  for (const name of names)
    await admin.issueCertificate({
      body: { names: { dns: [name] }, subject: { commonName: name }, key: { algorithm: 'EC_prime256v1' } },
    })
  authority = (await admin.listAuthorities()).items.find(({ kind }) => kind === 'subordinate')?.id ?? ''
})
afterAll(async () => {
  await api.close()
  await installation.close()
  rmSync(directory, { recursive: true })
})

const make = () => makeDueReports(installation.ports)

describe('audit reports over REST', () => {
  test('one lives: asked for, followed, made, downloaded, deleted', async () => {
    const asked = await admin.exchange('createAuditReport', {
      params: { authority },
      body: { format: 'CSV' },
    })
    expect(asked.status).toBe(202)
    const report = asked.value
    const params = { authority, report: report.id }
    expect(report).toMatchObject({ authority, format: 'CSV', status: 'CREATING', rows: 0 })
    expect(report.url).toBe(`/v1/authorities/${authority}/audit-reports/${report.id}`)
    expect(report.fileUrl).toBeUndefined()
    await expect(admin.readAuditReport({ params })).rejects.toMatchObject({ status: 409 })
    await expect(
      admin.createAuditReport({ params: { authority }, body: { format: 'JSON' } }),
    ).rejects.toMatchObject({ status: 409, problem: { details: { report: report.id } } })
    await make()
    const made = await admin.describeAuditReport({ params })
    expect(made).toMatchObject({ status: 'SUCCESS', rows: 5, total: 5, fileUrl: `${report.url}/file` })
    expect((await admin.listAuditReports({ params: { authority } })).items).toEqual([made])
    const { mediaType, fileName, bytes } = await admin.readAuditReport({ params })
    expect({ mediaType, fileName }).toEqual({ mediaType: 'text/csv', fileName: `${report.id}.csv` })
    expect(bytes).toHaveLength(made.size ?? 0)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(made.sha256)
    const [header = [], ...records] = recordsOfCsv(Buffer.from(bytes).toString())
    expect(records.map((record) => record[header.indexOf('subject')])).toEqual(
      names.map((name) => `CN=${name}`),
    )
    expect(await admin.deleteAuditReport({ params })).toBeUndefined()
    await expect(admin.describeAuditReport({ params })).rejects.toMatchObject({ status: 404 })
    await expect(admin.readAuditReport({ params })).rejects.toMatchObject({ status: 404 })
  })

  test('the file comes in pieces, with its length and its kind; HEAD has these alone', async () => {
    const { id } = await admin.createAuditReport({ params: { authority }, body: { format: 'JSON' } })
    await make()
    const client = createClient({ url: api.url, token: installation.adminToken, fetch: createNodeFetch() })
    const download = await client.download('readAuditReport', { params: { authority, report: id } })
    const pieces: Uint8Array[] = []
    for await (const piece of download.pieces) pieces.push(piece)
    const octets = Buffer.concat(pieces)
    expect(octets).toHaveLength(download.length ?? 0)
    expect(JSON.parse(octets.toString())).toHaveLength(5)
    expect(download).toMatchObject({ mediaType: 'application/json', fileName: `${id}.json` })
    await expect(
      client.download('readAuditReport', { params: { authority, report: 'none' } }),
    ).rejects.toMatchObject({ status: 404, code: 'not_found' })
    const head = await answerTo('HEAD', `/v1/authorities/${authority}/audit-reports/${id}/file`)
    expect(head).toMatchObject({ status: 200, length: String(octets.length), octets: 0, store: 'no-store' })
    const other = await answerTo('GET', `/v1/authorities/${authority}/audit-reports/${id}/file`, 'image/png')
    expect(other.status).toBe(406)
  })

  function answerTo(method: string, path: string, accept = '*/*') {
    return new Promise<{ status: number | undefined; length: unknown; store: unknown; octets: number }>(
      (resolve, reject) => {
        const headers = { authorization: `Bearer ${installation.adminToken}`, accept }
        const sent = request(api.url + path, { method, headers }, (response) => {
          let octets = 0
          response.on('data', (piece: Buffer) => (octets += piece.length))
          response.on('end', () =>
            resolve({
              status: response.statusCode,
              length: response.headers['content-length'],
              store: response.headers['cache-control'],
              octets,
            }),
          )
        })
        sent.on('error', reject)
        sent.end()
      },
    )
  }

  test('one in a bucket says what it is called there, and the bucket is the account’s', async () => {
    const asked = await admin.createAuditReport({
      params: { authority },
      body: { format: 'CSV', bucket: 'pki-reports' },
    })
    await make()
    const params = { authority, report: asked.id }
    const made = await admin.describeAuditReport({ params })
    const key = `audit-report/${authority}/${asked.id}.csv`
    expect(made).toMatchObject({ status: 'SUCCESS', bucket: 'pki-reports', key })
    expect((await admin.listBuckets()).items).toMatchObject([{ name: 'pki-reports' }])
    const bucket = { params: { bucket: 'pki-reports' } }
    await expect(admin.deleteBucket(bucket)).rejects.toMatchObject({ status: 409 })
    await admin.deleteAuditReport({ params })
    await admin.deleteBucket(bucket)
    expect((await admin.listBuckets()).items).toEqual([])
    await expect(admin.deleteBucket(bucket)).rejects.toMatchObject({ status: 404 })
    await expect(
      admin.createAuditReport({ params: { authority }, body: { format: 'CSV', bucket: '../reports' } }),
    ).rejects.toMatchObject({
      status: 400,
      problem: { violations: [{ field: 'bucket', code: 'bucket_name' }] },
    })
  })

  test('what isn’t a format is named, and who may only issue is refused', async () => {
    const params = { authority }
    await expect(admin.createAuditReport({ params, body: { format: 'XML' as 'CSV' } })).rejects.toMatchObject(
      { status: 400, problem: { violations: [{ field: 'format' }] } },
    )
    const issuer = clientOf(api, installation.issuerToken)
    await expect(issuer.createAuditReport({ params, body: { format: 'CSV' } })).rejects.toMatchObject({
      status: 403,
    })
    await expect(issuer.listAuditReports({ params })).rejects.toMatchObject({ status: 403 })
  })
})

describe('chancery bucket', () => {
  const cli = async (...args: readonly string[]) => {
    const environment = { CHANCERY_URL: api.url, CHANCERY_TOKEN: installation.adminToken }
    const world = aWorld({ directory, environment })
    const code = await runCli(['bucket', ...args], world, noVerbs)
    return { code, out: world.stdout.text(), err: world.stderr.text() }
  }

  test('lists what reports were put in, and gives it up', async () => {
    const body = { format: 'CSV', bucket: 'cli-reports' } as const
    const { id } = await admin.createAuditReport({ params: { authority }, body })
    await make()
    expect((await cli('list')).out).toMatch(/^NAME +SINCE *\ncli-reports +2\d{3}-/)
    expect((await cli('delete', 'cli-reports')).err).toContain('names it')
    await admin.deleteAuditReport({ params: { authority, report: id } })
    expect(await cli('delete', 'cli-reports')).toMatchObject({ code: 0 })
    expect((await admin.listBuckets()).items).toEqual([])
  })
})

describe('chancery authority report', () => {
  const cli = async (args: readonly string[], job: () => Promise<unknown> = make) => {
    const environment = { CHANCERY_URL: api.url, CHANCERY_TOKEN: installation.adminToken }
    const world = { ...aWorld({ directory, environment }), pause: async () => void (await job()) }
    const code = await runCli(['authority', 'report', authority, ...args], world, noVerbs)
    return { code, out: world.stdout.text(), err: world.stderr.text() }
  }

  test('waits for the report and writes it', async () => {
    const { code, out, err } = await cli(['--out', 'issued.csv'])
    expect({ code, out }, err).toEqual({ code: 0, out: '' })
    expect(err).toContain('5 certificates')
    expect(recordsOfCsv(readFileSync(join(directory, 'issued.csv'), 'utf8'))).toHaveLength(6)
  })

  test('has it put in a bucket besides', async () => {
    const { code, err } = await cli(['--out', 'kept.csv', '--bucket', 'cli-kept'])
    expect(code, err).toBe(0)
    expect((await admin.listAuditReports({ params: { authority } })).items[0]).toMatchObject({
      bucket: 'cli-kept',
    })
  })

  test('prints it where no file is named', async () => {
    const { code, out, err } = await cli(['--format', 'json'])
    expect(code, err).toBe(0)
    expect(JSON.parse(out)).toHaveLength(5)
  })

  test('asks for nothing when the file is there, and says where its report goes with --json', async () => {
    writeFileSync(join(directory, 'there.csv'), 'mine')
    const before = (await admin.listAuditReports({ params: { authority } })).items.length
    expect(await cli(['--out', 'there.csv'])).toMatchObject({ code: 2 })
    expect(await cli(['--json'])).toMatchObject({ code: 2 })
    expect((await admin.listAuditReports({ params: { authority } })).items).toHaveLength(before)
    expect(readFileSync(join(directory, 'there.csv'), 'utf8')).toBe('mine')
    const { code, out } = await cli(['--out', 'there.csv', '--force', '--json'])
    expect({ code, status: (JSON.parse(out) as { status: string }).status }).toEqual({
      code: 0,
      status: 'SUCCESS',
    })
  })

  test('says why a report failed, and leaves no file', async () => {
    const reportMaker = { make: () => Promise.reject(new Error('no')) }
    const failing = () => makeDueReports({ ...installation.ports, reportMaker })
    const { code, err } = await cli(['--out', 'none.csv'], failing)
    expect(code).toBe(1)
    expect(err).toContain('could not be made')
    expect(existsSync(join(directory, 'none.csv'))).toBe(false)
  })
})
