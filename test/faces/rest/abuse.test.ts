import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addressSet, type AddressSet } from '../../../src/faces/http/front-door/addresses.ts'
import { limitConnections, type ConnectionLimits } from '../../../src/faces/http/front-door/connections.ts'
import { createFrontDoor, type FrontDoorOptions } from '../../../src/faces/http/front-door/door.ts'
import { answerProblem } from '../../../src/faces/http/problem.ts'
import { createServer, type ListenerTls } from '../../../src/faces/http/server.ts'
import { createRestApp } from '../../../src/faces/rest/app.ts'
import { rowsOf } from '../../core/operations/database.ts'
import { anInstallation, clientOf, type Installation } from '../installation.ts'

// Real sockets against the real API. Where somebody is slow, only the server's patience is shorter than usual.
const PATIENCE = { headers: 400, request: 800, answer: 600 }
const LOOPBACK = { addresses: addressSet(['127.0.0.1']) as AddressSet, header: 'x-forwarded-for' } as const

let installation: Installation
let directory: string
let pem: string
const servers: Server[] = []
const sockets: Socket[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chancery-abuse-'))
  installation = await anInstallation('normal', directory)
  const { url } = await open()
  const issued = await clientOf(
    { url, port: 0, close: async () => {} },
    installation.issuerToken,
  ).issueCertificate({
    body: { key: { algorithm: 'EC_prime256v1' }, names: { dns: ['localhost'] }, export: { format: 'pem' } },
  })
  pem = Buffer.from(issued.exported?.content ?? '', 'base64').toString()
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})
afterAll(async () => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  await installation.close()
  await rm(directory, { recursive: true })
})

type Opening = {
  patience?: typeof PATIENCE
  door?: FrontDoorOptions
  limits?: ConnectionLimits
  tls?: ListenerTls
}
async function open({ patience, door = {}, limits, tls }: Opening = {}) {
  const { ports } = installation
  const refuse = (
    ...[request, response, thrown]: Parameters<Parameters<typeof createFrontDoor>[1]['refuse']>
  ) => answerProblem(request, response, thrown, ports.logger)
  const app = createRestApp(ports, { ready: () => true })
  const server = createServer(createFrontDoor(door, { refuse }, app), tls, patience)
  if (limits !== undefined) limitConnections(server, limits)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}`, server }
}

/** A connection, with everything that it has said so far. */
async function dial(port: number) {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let heard = ''
  socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(heard)))
  return { socket, ended, heard: () => heard }
}

/** An octet now and then, as long as the other side takes it. */
function trickle(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 50)
  socket.once('close', () => clearInterval(timer))
}

const HEAD = 'Host: localhost\r\n'
const bearer = () => `Authorization: Bearer ${installation.adminToken}\r\n`

describe('who is slow', () => {
  test('with the head of a request is cut off, however steadily it trickles', async () => {
    const { port } = await open({ patience: PATIENCE })
    const { socket, ended } = await dial(port)
    socket.write(`GET /health/live HTTP/1.1\r\n${HEAD}X-Slow: `)
    trickle(socket, 'x')
    expect(await ended).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('to say anything is cut off', async () => {
    const { port } = await open({ patience: PATIENCE })
    expect(await (await dial(port)).ended).toMatch(/^(HTTP\/1\.1 408 .*)?/s)
  })

  test('with a TLS handshake is cut off', async () => {
    const { port } = await open({ patience: PATIENCE, tls: { key: pem, cert: pem } })
    const { socket, ended } = await dial(port)
    // The beginning of a ClientHello.
    socket.write(Buffer.from([0x16, 0x03, 0x01]))
    expect(await ended).toBe('')
  })

  test('with a body is cut off', async () => {
    const { port } = await open({ patience: PATIENCE })
    const { socket, ended } = await dial(port)
    socket.write(
      `POST /v1/tokens HTTP/1.1\r\n${HEAD}${bearer()}Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{`,
    )
    trickle(socket, ' ')
    expect(await ended).not.toMatch(/ 2\d\d /)
  })

  test('with reading an answer is cut off, and its answers are not kept', async () => {
    const { port, server } = await open({ patience: PATIENCE })
    const { socket } = await dial(port)
    socket.pause()
    const ask = `GET /docs/openapi.json HTTP/1.1\r\n${HEAD}\r\n`
    socket.write(ask.repeat(50))
    await expect
      .poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))))
      .toBe(0)
  })
})

describe('who sends too much', () => {
  test('of a head is told so', async () => {
    const { port } = await open()
    const { socket, ended } = await dial(port)
    socket.write(`GET /health/live HTTP/1.1\r\n${HEAD}X-Large: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(await ended).toMatch(/^HTTP\/1\.1 431 /)
  })

  test('of a body is told before it is read', async () => {
    const { port } = await open()
    const { socket, ended } = await dial(port)
    socket.write(
      `POST /v1/tokens HTTP/1.1\r\n${HEAD}${bearer()}Content-Type: application/json\r\nContent-Length: 9000000000\r\n\r\n`,
    )
    expect(await ended).toMatch(/^HTTP\/1\.1 413 .*connection: close/is)
  })

  test('of a body without an end is told when it is too much', async () => {
    const { port } = await open()
    const { socket, ended } = await dial(port)
    socket.write(
      `POST /v1/tokens HTTP/1.1\r\n${HEAD}${bearer()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const chunk = `1000\r\n${' '.repeat(4096)}\r\n`
    const timer = setInterval(() => socket.write(chunk.repeat(8)), 5)
    socket.once('close', () => clearInterval(timer))
    expect(await ended).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('two lengths of one body are refused (RFC 9112 §6.3)', async () => {
    const { port } = await open()
    const { socket, ended } = await dial(port)
    socket.write(
      `POST /v1/tokens HTTP/1.1\r\n${HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    )
    expect(await ended).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('many connections', () => {
  const alive = async (port: number): Promise<boolean> => {
    const { socket, heard, ended } = await dial(port)
    socket.write(`GET /health/live HTTP/1.1\r\n${HEAD}\r\n`)
    const answered = new Promise<boolean>((resolve) => socket.once('data', () => resolve(true)))
    return Promise.race([answered, ended.then(() => heard() !== '')])
  }

  test('of one address: those beyond its number are closed at once, and others take the place of those that go', async () => {
    const { port } = await open({ limits: { most: 100, mostOfAddress: 3 } })
    expect([await alive(port), await alive(port), await alive(port)]).toEqual([true, true, true])
    expect(await alive(port)).toBe(false)
    sockets[0]?.destroy()
    await expect.poll(() => alive(port)).toBe(true)
  })

  test('over TLS: they are closed before a handshake, and the server goes on', async () => {
    const { port } = await open({ tls: { key: pem, cert: pem }, limits: { most: 100, mostOfAddress: 1 } })
    const first = await dial(port)
    expect(await (await dial(port)).ended).toBe('')
    first.socket.destroy()
    await first.ended
    const shaken = new Promise<boolean>((resolve) => {
      const again = (): void => {
        const socket = tlsConnect({
          port,
          host: '127.0.0.1',
          servername: 'localhost',
          rejectUnauthorized: false,
        })
        sockets.push(socket)
        // The server may learn of the first one's end a moment later.
        socket.once('secureConnect', () => resolve(true)).once('error', again)
      }
      again()
    })
    expect(await shaken).toBe(true)
  })

  test('of a trusted proxy aren’t those of one caller; the number of all holds for it too', async () => {
    const { port } = await open({ limits: { most: 4, mostOfAddress: 1, proxies: LOOPBACK.addresses } })
    expect([await alive(port), await alive(port), await alive(port), await alive(port)]).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(await alive(port)).toBe(false)
  })
})

describe('who says that he is somebody else', () => {
  const addressesOf = (name: string) =>
    rowsOf<{ record: string }>(
      join(directory, 'chancery.db'),
      'SELECT CAST(record AS TEXT) AS record FROM AuditEvent',
    )
      .filter(({ record }) => record.includes(name))
      .map(({ record }) => /"sourceIPAddress":"([^"]*)"/.exec(record)?.[1])

  const makeToken = (url: string, name: string) =>
    fetch(`${url}/v1/tokens`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${installation.adminToken}`,
        'content-type': 'application/json',
        'x-forwarded-for': '127.0.0.99, 198.51.100.7',
        forwarded: 'for=203.0.113.1',
        'x-real-ip': '203.0.113.2',
      },
      body: JSON.stringify({ name, role: 'issuer' }),
    })

  test('is on the record with his own address, unless a trusted proxy says so', async () => {
    const [direct, behindOne] = [await open(), await open({ door: { proxies: LOOPBACK } })]
    expect((await makeToken(direct.url, 'made-directly')).status).toBe(201)
    expect((await makeToken(behindOne.url, 'made-behind-a-proxy')).status).toBe(201)
    expect(addressesOf('made-directly')).toEqual(['127.0.0.1'])
    expect(addressesOf('made-behind-a-proxy')).toEqual(['198.51.100.7'])
  })
})
