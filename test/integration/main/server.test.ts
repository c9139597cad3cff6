import Database from 'better-sqlite3'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { Server as HttpServer } from 'node:http'
import { request as httpsRequest, Server as HttpsServer } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { loadConfig } from '../../../src/main/config.ts'
import { initDataDir, startServer, type RunningServer } from '../../../src/main/server.ts'
import { aRequest } from '../../core/operations/requests.ts'
import { rowsOf } from '../../core/operations/database.ts'

const TOKEN = 'a-token-that-has-at-least-thirty-two-characters'
let dataDir: string
const running: RunningServer[] = []
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'chancery-server-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(running.splice(0).map((server) => server.stop()))
  rmSync(dataDir, { recursive: true })
})

type Environment = Readonly<Record<string, string>>
const loaded = (environment: Environment = {}, mode: 'normal' | 'simulation' = 'normal') =>
  loadConfig(
    {
      CHANCERY_DATA_DIR: dataDir,
      CHANCERY_API_PORT: '0',
      CHANCERY_PUBLIC_PORT: '0',
      CHANCERY_LOG_LEVEL: 'silent',
      ...environment,
    },
    mode,
  )
async function start(environment: Environment = {}): Promise<RunningServer> {
  const server = await startServer(loaded(environment))
  running.push(server)
  return server
}
const file = (name: string): string => join(dataDir, name)
const modeOf = (name: string): number => statSync(file(name)).mode & 0o777

/** A request over TLS under the listener's CA. */
function call(
  server: RunningServer,
  path: string,
  token: string,
  more: { method?: string; servername?: string } = {},
): Promise<{ status: number; json: Record<string, unknown> }> {
  const ca = readFileSync(server.listenerCaFile ?? '')
  return new Promise((resolve, reject) => {
    const options = {
      ca,
      method: more.method ?? 'GET',
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    }
    const servername = more.servername === undefined ? {} : { servername: more.servername }
    httpsRequest(`${server.apiUrl}${path}`, { ...options, ...servername }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
        resolve({ status: response.statusCode ?? 0, json })
      })
    })
      .on('error', reject)
      .end()
  })
}

describe('the first start', () => {
  test('makes what there has to be, for its owner alone', async () => {
    const server = await start()
    expect(server.newAdminToken).toMatchObject({ file: file('admin-token') })
    for (const name of ['admin-token', 'kms.key', 'chancery.db']) expect(modeOf(name), name).toBe(0o600)
    const secret = server.newAdminToken?.secret ?? ''
    expect(readFileSync(file('admin-token'), 'utf8')).toBe(`${secret}\n`)
    const { json } = await call(server, '/v1/authorities', secret)
    expect((json['items'] as { name: string }[]).map(({ name }) => name)).toEqual(['root', 'issuing'])
  })

  test('the second one finds it again', async () => {
    const first = await start()
    const secret = first.newAdminToken?.secret ?? ''
    const ca = readFileSync(first.listenerCaFile ?? '', 'utf8')
    await first.stop()
    const second = await start()
    expect(second.newAdminToken).toBeUndefined()
    expect(readFileSync(second.listenerCaFile ?? '', 'utf8')).toBe(ca)
    expect((await call(second, '/v1/installation', secret)).status).toBe(200)
    const { json } = await call(second, '/v1/authorities', secret)
    expect(json['items']).toHaveLength(2)
  })

  test('without listening does the same work', async () => {
    const { newAdminToken } = await initDataDir(loaded())
    expect(rowsOf(file('chancery.db'), 'SELECT * FROM Lease')).toEqual([])
    const server = await start()
    expect((await call(server, '/v1/installation', newAdminToken?.secret ?? '')).status).toBe(200)
  })

  test('of two servers at once makes one installation', async () => {
    const both = await Promise.all([start(), start()])
    const secret = both.map(({ newAdminToken }) => newAdminToken?.secret).find((each) => each !== undefined)
    const ids = await Promise.all(
      both.map(async (server) => (await call(server, '/v1/installation', secret ?? '')).json['id']),
    )
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(new Set(ids).size).toBe(1)
    const names = rowsOf<{ name: string }>(
      file('chancery.db'),
      "SELECT name FROM Authority WHERE accountId <> '000000000000'",
    )
    expect(names.map(({ name }) => name).sort()).toEqual(['issuing', 'root'])
  })
})

describe('a start that is refused', () => {
  const refused = async (environment: Environment, message: RegExp) => {
    await expect(startServer(loaded(environment))).rejects.toThrow(message)
  }

  test('in the other mode', async () => {
    await initDataDir(loaded())
    await expect(startServer(loaded({}, 'simulation'))).rejects.toThrow(/normal mode/)
  })

  test('without the key file of a database that stands; it isn’t made anew', async () => {
    await initDataDir(loaded())
    rmSync(file('kms.key'))
    await refused({}, /kms\.key is missing/)
    expect(existsSync(file('kms.key'))).toBe(false)
  })

  test('with files that others can read', async () => {
    await initDataDir(loaded())
    chmodSync(file('kms.key'), 0o640)
    await refused({}, /chmod 600/)
    chmodSync(file('kms.key'), 0o600)
    expect((await initDataDir(loaded())).newAdminToken).toBeUndefined()
  })

  test('on a port that is taken, or with files that are not there; each names its setting', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const port = String((taken.address() as AddressInfo).port)
    await refused({ CHANCERY_API_PORT: port }, /^CHANCERY_API_PORT: .*another program/)
    await refused({ CHANCERY_PUBLIC_PORT: port }, /^CHANCERY_PUBLIC_PORT: .*another program/)
    await refused(
      { CHANCERY_TLS_CERT_FILE: '/no', CHANCERY_TLS_KEY_FILE: '/no' },
      /^CHANCERY_TLS_CERT_FILE: /,
    )
    await new Promise((resolve) => taken.close(resolve))
    expect((await start()).apiUrl).toMatch(/^https:/)
  })
})

describe('the admin token', () => {
  test('from a start that was killed before it was used is used', async () => {
    writeFileSync(file('admin-token'), `${TOKEN}\n`, { mode: 0o600 })
    expect((await start()).newAdminToken).toEqual({ file: file('admin-token'), secret: TOKEN })
  })

  test('in a file that others can read is not', async () => {
    writeFileSync(file('admin-token'), `${TOKEN}\n`)
    chmodSync(file('admin-token'), 0o644)
    await expect(startServer(loaded())).rejects.toThrow(/chmod 600/)
  })

  test('that is given acts only while there is no administrator', async () => {
    const first = await start({ CHANCERY_ADMIN_TOKEN: TOKEN })
    expect(first.newAdminToken).toEqual({ file: undefined, secret: TOKEN })
    expect(existsSync(file('admin-token'))).toBe(false)
    await first.stop()
    const other = TOKEN.toUpperCase()
    const second = await start({ CHANCERY_ADMIN_TOKEN: other })
    expect(second.newAdminToken).toBeUndefined()
    expect((await call(second, '/v1/installation', TOKEN)).status).toBe(200)
    expect((await call(second, '/v1/installation', other)).status).toBe(401)
  })

  /** Nobody may revoke the last administrator's; one that ends all the same is as good as revoked. */
  const revokeAdmin = async (server: RunningServer, secret: string) => {
    const { json } = await call(server, '/v1/tokens', secret)
    const [token] = json['items'] as { id: string }[]
    const path = `/v1/tokens/${token?.id}`
    expect((await call(server, path, secret, { method: 'DELETE' })).status).toBe(409)
    await server.stop()
    const db = new Database(file('chancery.db'))
    db.prepare('UPDATE Token SET revokedAt = ? WHERE id = ?').run(Date.now(), token?.id)
    db.close()
  }

  test('that was revoked is replaced when it was ours', async () => {
    const first = await start()
    const secret = first.newAdminToken?.secret ?? ''
    await revokeAdmin(first, secret)
    const second = await start()
    expect(second.newAdminToken?.secret).not.toBe(secret)
    expect((await call(second, '/v1/installation', second.newAdminToken?.secret ?? '')).status).toBe(200)
    expect((await call(second, '/v1/installation', secret)).status).toBe(401)
  })

  test('that was revoked stays so when it was given; the server serves all the same', async () => {
    await revokeAdmin(await start({ CHANCERY_ADMIN_TOKEN: TOKEN }), TOKEN)
    const second = await start({ CHANCERY_ADMIN_TOKEN: TOKEN })
    expect(second.newAdminToken).toBeUndefined()
    expect((await call(second, '/v1/installation', TOKEN)).status).toBe(401)
  })
})

describe('the listener', () => {
  test('is who its names say, under its own CA and no other', async () => {
    const server = await start({ CHANCERY_LISTENER_NAMES: 'ca.example.com' })
    const secret = server.newAdminToken?.secret ?? ''
    expect((await call(server, '/v1/installation', secret, { servername: 'ca.example.com' })).status).toBe(
      200,
    )
    const other = call(server, '/v1/installation', secret, { servername: 'www.example.com' })
    await expect(other).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    const { port } = new URL(server.apiUrl)
    const stranger = new Promise((_, reject) => connect(Number(port), '127.0.0.1').on('error', reject))
    await expect(stranger).rejects.toMatchObject({ code: /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO/ })
  })
})

describe('stop', () => {
  test('lets a request finish that has begun, then nobody is answered', async () => {
    const server = await start()
    const secret = server.newAdminToken?.secret ?? ''
    const body = Buffer.from(aRequest())
    const { port } = new URL(server.apiUrl)
    const ca = readFileSync(server.listenerCaFile ?? '')
    const socket: TLSSocket = connect({ port: Number(port), host: '127.0.0.1', ca })
    const answer: Buffer[] = []
    socket.on('data', (chunk: Buffer) => answer.push(chunk))
    const ended = new Promise((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    socket.write(
      `POST /v1/certificates HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${secret}\r\n` +
        `Content-Type: application/pkcs10\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
    socket.write(body.subarray(0, 20))
    // The server has read the head once it has read what came after it on another connection.
    expect((await call(server, '/v1/installation', secret)).status).toBe(200)
    const cut = [HttpServer, HttpsServer].map((each) => vi.spyOn(each.prototype, 'closeAllConnections'))
    const stopping = Promise.all([server.stop(), server.stop()])
    socket.write(body.subarray(20))
    await ended
    expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1\.1 201 /)
    await stopping
    await expect(call(server, '/v1/installation', secret)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(rowsOf(file('chancery.db'), 'SELECT * FROM Lease')).toEqual([])
    // Nobody waited for the kept-alive one until it was cut.
    for (const each of cut) expect(each).not.toHaveBeenCalled()
  })
})
