import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { streamFile } from '../../../../src/adapters/files/stream-file.ts'
import { createOperatorWebhook } from '../../../../src/adapters/webhooks/operator-webhook.ts'
import { streamWebhook } from '../../../../src/adapters/webhooks/stream-webhook.ts'
import type { OpenStore } from '../../../../src/adapters/prisma/store.ts'
import { trailLineFrom } from '../../../../src/core/domain/audit-trail.ts'
import { createAccount } from '../../../../src/core/operations/access/accounts.ts'
import { auditStream } from '../../../../src/core/operations/audit/audit-stream.ts'
import { streamEvents } from '../../../../src/core/operations/audit/stream-events.ts'
import type { AuditSink } from '../../../../src/core/ports/audit-sink.ts'
import { verifyAudit } from '../../../../src/main/verify-audit.ts'
import { bulkEvents } from '../../../support/audit-trail.ts'
import { TEST_NOW, testPorts, type TestPorts } from '../../../support/test-ports.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chancery-stream-'))
  file = join(directory, 'audit.jsonl')
})
afterEach(() => rmSync(directory, { recursive: true }))

const change = ({ ports, admin }: TestPorts, name: string) => createAccount(ports, admin, { name })
const verified = (...files: string[]) =>
  verifyAudit({ trail: { files }, checkpoints: [], publicKey: undefined, acceptRestores: false })
const bulk = ({ database, installation }: TestPorts, count: number): void =>
  bulkEvents(database, count, (n) => ({
    account: installation.account,
    region: 'us-east-1',
    time: TEST_NOW + n,
    name: 'IssueCertificate',
    principal: 'token/1',
    resources: [],
  }))

describe('a stream into a file', () => {
  it('has every event once, in parts, and the file may be moved away', async () => {
    await using given = await testPorts({ authorities: false })
    bulk(given, 2500)
    expect(await streamEvents(given.ports, streamFile(file))).toEqual({ streamed: 2501 })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await verified(file)).toMatchObject({ findings: [], events: 2501, repeated: 0 })
    const moved = `${file}.1`
    renameSync(file, moved)
    await change(given, 'second')
    expect(await streamEvents(given.ports, streamFile(file))).toEqual({ streamed: 1 })
    expect(await streamEvents(given.ports, streamFile(file))).toEqual({ streamed: 0 })
    expect(await verified(moved, file)).toMatchObject({ findings: [], events: 2502, first: 1 })
    expect((await verified(file)).notes).toEqual([])
  })

  it('goes on after a crash: a torn line is gone, events of which nobody knows come again', async () => {
    await using given = await testPorts({ authorities: false })
    bulk(given, 50)
    const forgetful: AuditSink = {
      name: 'file',
      take: async (...values) => {
        await streamFile(file).take(...values)
        throw new Error('killed')
      },
    }
    await expect(streamEvents(given.ports, forgetful)).rejects.toThrow('killed')
    appendFileSync(file, '{"id":52,"hash":"ab')
    await streamEvents(given.ports, streamFile(file))
    expect(await verified(file)).toMatchObject({ findings: [], repeated: 51 })
  })
})

describe('a stream to a webhook', () => {
  it('is signed as Standard Webhooks has it, and waits for a receiver that fails', async () => {
    await using given = await testPorts({ authorities: false })
    const secret = new Uint8Array(32).fill(7)
    const bodies: string[] = []
    let status = 503
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (piece) => (body += String(piece)))
      request.on('end', () => {
        const { headers } = request
        expect(headers['content-type']).toBe('application/x-ndjson')
        expect(headers['webhook-signature']).toBe(
          new Webhook(Buffer.from(secret).toString('base64')).sign(
            String(headers['webhook-id']),
            new Date(Number(headers['webhook-timestamp']) * 1000),
            body,
          ),
        )
        if (status === 204) bodies.push(body)
        response.writeHead(status).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/audit`
      const sink = streamWebhook(
        createOperatorWebhook({ url, secret, version: 'test', ca: undefined }),
        given.clock,
      )
      const stream = auditStream(given.ports, sink)
      expect(await stream.flush()).toBe(0)
      status = 204
      expect(await stream.flush()).toBe(0)
      given.clock.set(TEST_NOW + 60_000)
      expect(await stream.flush()).toBe(1)
      expect(bodies.map((body) => body.trim().split('\n').map(trailLineFrom))).toEqual([
        [
          expect.objectContaining({ head: expect.anything() as unknown }),
          expect.objectContaining({ event: expect.anything() as unknown }),
        ],
      ])
    } finally {
      server.close()
    }
  })
})

describe('changes that wait for the stream', () => {
  async function gated(sink: AuditSink): Promise<TestPorts> {
    const given = await testPorts({ authorities: false })
    ;(given.ports.store as OpenStore).gateAudit(auditStream(given.ports, sink))
    return given
  }

  it('are answered when it has them', async () => {
    await using given = await gated(streamFile(file))
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => change(given, name)))
    const lines = readFileSync(file, 'utf8')
    expect(lines.match(/CreateAccount/g)).toHaveLength(4)
    expect(await verified(file)).toMatchObject({ findings: [], events: 5, repeated: 0 })
  })

  it('are refused when it can’t be written, after the first one said so, until it can', async () => {
    let works = false
    const taken: string[] = []
    await using given = await gated({
      name: 'elsewhere',
      take: async (lines) => {
        if (!works) throw new Error('no route')
        taken.push(lines)
      },
    })
    await expect(change(given, 'a')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('is on record') as string,
    })
    const before = (await given.ports.store.reads.audit.head()).id
    await expect(change(given, 'b')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('nothing is changed') as string,
    })
    expect((await given.ports.store.reads.audit.head()).id).toBe(before)
    works = true
    given.clock.set(TEST_NOW + 60_000)
    const stream = auditStream(given.ports, {
      name: 'elsewhere',
      take: async (lines) => void taken.push(lines),
    })
    ;(given.ports.store as OpenStore).gateAudit(stream)
    await change(given, 'c')
    expect(taken.join('').match(/"eventName":"CreateAccount"/g)).toHaveLength(2)
  })
})
