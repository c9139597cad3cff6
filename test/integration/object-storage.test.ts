import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createObjectStorage } from '../../src/adapters/s3/object-storage.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { createClient, type Client } from '../../src/contract/client.ts'
import { objectStoreContract } from '../adapters/s3/object-store-contract.ts'
import { anAwsWorld, type AwsWorld } from '../support/aws.ts'
import { STORAGE_CREDENTIALS } from '../support/object-storage.ts'
import { hasSwift, startSwift, type Swift } from '../support/swift.ts'
import { hasTool, runTool } from '../support/tools.ts'
import { spawnServer, temporaryDirectory } from './support/servers.ts'

const BUCKET = 'kept'
let swift: Swift
const directory = temporaryDirectory()
const settings = (endpoint: string): Record<string, string> => ({
  CHANCERY_S3_ENDPOINT: endpoint,
  CHANCERY_S3_BUCKETS: BUCKET,
  CHANCERY_S3_ACCESS_KEY_ID: STORAGE_CREDENTIALS.accessKeyId,
  CHANCERY_S3_SECRET_ACCESS_KEY: STORAGE_CREDENTIALS.secretAccessKey,
})
const crl = { bucket: BUCKET }
const root = { kind: 'root', name: 'kept-root', subject: { commonName: 'Kept' } } as const
const issuing = {
  kind: 'subordinate',
  parent: 'kept-root',
  name: 'kept',
  subject: { commonName: 'Kept CA' },
} as const

/** A certificate that is revoked. @returns its serial, as openssl prints it */
async function revoked(admin: Client, authority: string): Promise<string> {
  const issued = await admin.issueCertificate({
    body: { authority, names: { dns: ['a.example'] }, key: { algorithm: 'EC_prime256v1' } },
  })
  await admin.revokeCertificate({ params: { id: issued.id }, body: {} })
  return issued.serial.toUpperCase()
}

describe.runIf(hasSwift() && hasTool('aws', '--version'))('OpenStack Swift', () => {
  beforeAll(async () => {
    swift = await startSwift()
    await swift.ask('PUT', `/${BUCKET}`)
  })
  afterAll(async () => {
    await swift.stop()
    await rm(directory, { recursive: true })
  })

  objectStoreContract(false, async () => ({
    client: (more = {}) =>
      createObjectStorage({
        endpoint: swift.endpoint,
        region: swift.region,
        addressing: 'path',
        credentials: STORAGE_CREDENTIALS,
        ca: undefined,
        clock: systemClock,
        version: '0.0.0-test',
        ...more,
      }),
    read: async ({ bucket, key }) => {
      const object = await swift.ask('GET', `/${bucket}/${key}`)
      const octets = Buffer.from(await object.arrayBuffer())
      const acl = await (await swift.ask('GET', `/${bucket}/${key}?acl`)).text()
      return {
        octets,
        mediaType: object.headers.get('content-type') ?? undefined,
        isPublic: acl.includes('/groups/global/AllUsers'),
      }
    },
    close: () => Promise.resolve(),
  }))

  /** The AWS CLI with the storage's own key. */
  async function cli(args: readonly string[]) {
    const child = spawn('aws', ['--endpoint-url', swift.endpoint, '--output', 'json', ...args], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: directory,
        AWS_ACCESS_KEY_ID: STORAGE_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: STORAGE_CREDENTIALS.secretAccessKey,
        AWS_DEFAULT_REGION: swift.region,
        AWS_PAGER: '',
      },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece))
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
    const [status] = (await once(child, 'close')) as [number]
    return { status, stdout, stderr }
  }
  /** What stands in the CRL of an authority in the storage, as openssl prints it. */
  async function listed(authority: string): Promise<string> {
    const answer = await swift.ask('GET', `/${BUCKET}/crl/${authority}.crl`)
    if (answer.status !== 200) return ''
    const octets = new Uint8Array(await answer.arrayBuffer())
    return runTool('openssl', ['crl', '-inform', 'DER', '-noout', '-text'], octets).stdout
  }
  const becomesListed = (authority: string, text: string) =>
    vi.waitFor(async () => expect(await listed(authority)).toContain(text), {
      timeout: 90_000,
      interval: 500,
    })

  describe('beside Chancery’s own buckets', () => {
    let world: AwsWorld
    let admin: Client
    let authority: string
    let serial: string
    beforeAll(async () => {
      world = await anAwsWorld(settings(swift.endpoint))
      const { account } = world.main
      const token = await world.server.admin.createToken({
        body: { name: 'buckets', role: 'administrator', account },
      })
      admin = createClient({ url: world.server.apiUrl, token: token.secret })
      await admin.createAuthority({ body: root })
      authority = (await admin.createAuthority({ body: { ...issuing, revocation: { crl } } })).id
      serial = await revoked(admin, authority)
    })
    afterAll(() => world.dispose())

    test('has the CRL after a revocation, public, as openssl reads it', async () => {
      await becomesListed(authority, `Serial Number: ${serial}`)
      const acl = await (await swift.ask('GET', `/${BUCKET}/crl/${authority}.crl?acl`)).text()
      expect(acl).toContain('groups/global/AllUsers')
    })

    test('and they give the same to the AWS CLI: whole and in part, with what stands in the head', async () => {
      const params = { authority }
      const report = await admin.createAuditReport({ params, body: { format: 'CSV', bucket: BUCKET } })
      const there = async () => (await swift.ask('GET', `/${BUCKET}/${report.key}`)).status
      await vi.waitFor(async () => expect(await there()).toBe(200), { timeout: 90_000, interval: 500 })
      const key = report.key ?? ''
      const crlKey = `crl/${authority}.crl`
      for (const more of [
        ['--key', key],
        ['--key', crlKey],
        ['--key', crlKey, '--range', 'bytes=3-9'],
      ]) {
        const [theirs, ours] = [join(directory, 'theirs'), join(directory, 'ours')]
        const order = ['s3api', 'get-object', '--bucket', BUCKET, ...more]
        const outputs = [await cli([...order, theirs]), await world.cli([...order, ours])]
        expect(outputs.map(({ status }) => status)).toEqual([0, 0])
        const [one, other] = outputs.map(({ stdout }) => {
          const { ContentLength, ContentType, ContentRange } = JSON.parse(stdout) as Record<string, unknown>
          return { ContentLength, ContentType, ContentRange }
        })
        expect(one).toEqual(other)
        expect(readFileSync(ours).equals(readFileSync(theirs))).toBe(true)
      }
    })
  })

  test('has the CRL of a revocation whose server was killed (kill -9) while it was writing it', async () => {
    const gate = await aGate(swift.endpoint)
    const dataDir = temporaryDirectory()
    const first = await spawnServer(dataDir, settings(gate.endpoint))
    await first.admin.createAuthority({ body: root })
    const { id } = await first.admin.createAuthority({ body: { ...issuing, revocation: { crl } } })
    await becomesListed(id, `Serial Number: ${await revoked(first.admin, id)}`)
    gate.holds = true
    const serial = await revoked(first.admin, id)
    await vi.waitFor(() => expect(gate.held).toBeGreaterThan(0), { timeout: 30_000 })
    await first.end('SIGKILL')
    expect(await listed(id)).not.toContain(serial)
    gate.holds = false
    const second = await spawnServer(dataDir, settings(gate.endpoint))
    onTestFinished(async () => {
      await second.end('SIGTERM')
      await rm(dataDir, { recursive: true })
    })
    await becomesListed(id, `Serial Number: ${serial}`)
  })
})

type Gate = { readonly endpoint: string; holds: boolean; held: number }

/** A way to the storage, on which connections can be kept waiting. */
async function aGate(to: string): Promise<Gate> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket.on('error', () => socket.destroy()))
    if (gate.holds) {
      gate.held++
      return
    }
    const { hostname, port } = new URL(to)
    const onward = connect(Number(port), hostname, () => socket.pipe(onward).pipe(socket))
    open.add(onward.on('error', () => socket.destroy()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const gate: Gate = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    holds: false,
    held: 0,
  }
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return gate
}
