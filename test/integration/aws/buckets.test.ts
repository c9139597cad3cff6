import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createClient, type Client } from '../../../src/contract/client.ts'
import { anAwsWorld, hasBoto3, type AwsWorld } from '../../support/aws.ts'
import { hasTool } from '../../support/tools.ts'
import { temporaryDirectory } from '../support/servers.ts'

const BUCKET = 'example-pki'
let world: AwsWorld
let admin: Client
let authority: string
let key: string
const directory = temporaryDirectory()

beforeAll(async () => {
  world = await anAwsWorld()
  const { account } = world.main
  const token = await world.server.admin.createToken({
    body: { name: 'buckets', role: 'administrator', account },
  })
  admin = createClient({ url: world.server.apiUrl, token: token.secret })
  const subject = { commonName: 'Kept' }
  const root = await admin.createAuthority({ body: { kind: 'root', name: 'kept-root', subject } })
  const subordinate = await admin.createAuthority({
    body: {
      ...{ kind: 'subordinate', parent: root.id, name: 'kept', subject: { commonName: 'Kept CA' } },
      revocation: { crl: { bucket: BUCKET } },
    },
  })
  authority = subordinate.id
  const issued = await admin.issueCertificate({
    body: { authority, names: { dns: ['a.example'] }, key: { algorithm: 'EC_prime256v1' } },
  })
  await admin.revokeCertificate({ params: { id: issued.id }, body: {} })
  const params = { authority }
  const begun = await admin.createAuditReport({ params, body: { format: 'JSON', bucket: BUCKET } })
  key = begun.key
  const made = () => admin.describeAuditReport({ params: { authority, report: begun.id } })
  await vi.waitFor(async () => expect((await made()).status).toBe('SUCCESS'), { timeout: 20_000 })
})
afterAll(async () => {
  await world.dispose()
  await rm(directory, { recursive: true })
})

describe.runIf(hasTool('aws', '--version'))('the AWS CLI', () => {
  test('fetches an audit report from its bucket', async () => {
    const file = join(directory, 'report.json')
    const copied = await world.cli(['s3', 'cp', `s3://${BUCKET}/${key}`, file])
    expect(copied.status, copied.stderr).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject([{ revocationReason: 'UNSPECIFIED' }])
    const head = await world.cli(['s3api', 'head-object', '--bucket', BUCKET, '--key', key])
    expect(JSON.parse(head.stdout)).toMatchObject({
      ContentLength: readFileSync(file).length,
      ContentType: 'application/json',
    })
  })

  test('fetches a part of it', async () => {
    const file = join(directory, 'part.json')
    const range = ['--range', 'bytes=0-0']
    const got = await world.cli(['s3api', 'get-object', '--bucket', BUCKET, '--key', key, ...range, file])
    expect(got.status, got.stderr).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe('[')
  })

  test('presigns its URL, which curl fetches without a key', async () => {
    // For regions of before 2014 it signs as it did then. A bucket is in every region.
    const region = ['--region', 'eu-central-1']
    const { stdout, stderr } = await world.cli(['s3', 'presign', `s3://${BUCKET}/${key}`, ...region])
    const response = await fetch(stdout.trim())
    expect(response.status, stderr).toBe(200)
    expect(await response.json()).toHaveLength(1)
  })

  test('of another account finds no such bucket', async () => {
    const [, other] = world.accounts
    const file = join(directory, 'theirs.json')
    const order = ['s3api', 'get-object', '--bucket', BUCKET, '--key', key, file]
    const { status, stderr } = await world.cli(order, other)
    expect(status).not.toBe(0)
    expect(stderr).toContain('NoSuchBucket')
    expect(existsSync(file)).toBe(false)
  })
})

describe.runIf(hasBoto3())('boto3', () => {
  test('presigns its URL, which is fetched without a key, and not for another object', async () => {
    const url = await world.boto3.call<string>({
      ...{ service: 's3', operation: 'GetObject', as: 'presign' },
      input: { Bucket: BUCKET, Key: key },
    })
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(await response.json()).toHaveLength(1)
    expect((await fetch(url.replace(BUCKET, 'another-pki'))).status).toBe(403)
  })
})

test('its CRL is public at the URL that certificates name, in the bucket', async () => {
  const url = `${world.server.repositoryUrl}/${BUCKET}/crl/${authority}.crl`
  expect((await admin.describeAuthority({ params: { authority } })).crlUrl).toBe(url)
  const response = await fetch(url)
  expect(response.status).toBe(200)
  const crl = Buffer.from(await response.arrayBuffer())
  const text = execFileSync('openssl', ['crl', '-inform', 'DER', '-noout', '-text'], { input: crl })
  expect(text.toString()).toContain('Serial Number')
})
