import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createJsonClient, type JsonAnswer, type JsonClient } from '../../../src/adapters/kms/json-client.ts'
import { startChancery, type Chancery, type Issued } from '../../../src/testing/index.ts'
import { stage, type Stage } from './doubles/stage.ts'

const directory = mkdtempSync(join(tmpdir(), 'chancery-json-client-'))
let ca: Chancery
let mutual: Stage
let client: Issued
const clients: JsonClient[] = []
let files = 0
const aFile = (content: string): string => {
  const path = join(directory, String(++files))
  writeFileSync(path, content)
  return path
}

beforeAll(async () => {
  ca = await startChancery()
  const { cert, key } = await ca.issue({ dns: 'localhost', ip: '127.0.0.1' })
  client = await ca.issue({ dns: 'chancery.example.com', clientAuth: true })
  mutual = await stage(() => ({ status: 200, json: { fine: true } }), {
    cert,
    key,
    ca: ca.root,
    requestCert: true,
  })
})
afterAll(async () => {
  for (const each of clients) each.close()
  await mutual.close()
  await ca.close()
  rmSync(directory, { recursive: true })
})

type Files = Parameters<typeof createJsonClient>[1]
function clientOf(url: string, tls: Files): JsonClient {
  const made = createJsonClient(new URL(`${url}/`), tls, {
    address: 'CHANCERY_KMS_X_URL',
    prefix: 'CHANCERY_KMS_X_',
  })
  clients.push(made)
  return made
}
const ask = (asked: JsonClient): Promise<JsonAnswer> =>
  asked.request('POST', 'v1/x', {}, {}, new AbortController().signal)

describe('over TLS', () => {
  it('shows its certificate, and trusts the CA it was given', async () => {
    const tls = { caFile: aFile(ca.root), certFile: aFile(client.cert), keyFile: aFile(client.key) }
    expect(await ask(clientOf(mutual.url, tls))).toEqual({ status: 200, json: { fine: true } })
  })

  it('refuses a service that another CA certifies, naming the setting', async () => {
    await using other = await startChancery()
    for (const caFile of [undefined, aFile(other.root)]) {
      await expect(ask(clientOf(mutual.url, { caFile }))).rejects.toMatchObject({
        code: 'kms_unavailable',
        details: { retryable: false },
        message: expect.stringMatching(/not trusted \([A-Z_]+\); CHANCERY_KMS_X_CA_FILE must name/) as string,
      })
    }
  })

  it('refuses a service whose certificate has another name', async () => {
    const { cert, key } = await ca.issue({ dns: 'elsewhere.example.com' })
    const service = await stage(() => ({ status: 200 }), { cert, key })
    await expect(ask(clientOf(service.url, { caFile: aFile(ca.root) }))).rejects.toMatchObject({
      details: { retryable: false },
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as string,
    })
    await service.close()
  })

  it('says so when the service wants a certificate that it has not', async () => {
    await expect(ask(clientOf(mutual.url, { caFile: aFile(ca.root) }))).rejects.toMatchObject({
      code: 'kms_unavailable',
      message: expect.stringMatching(
        /does it want a client certificate|can't be reached \(ECONNRESET\)/,
      ) as string,
    })
  })

  it('uses a renewed certificate for the next connection, without a restart', async () => {
    const [certFile, keyFile] = [aFile(client.cert), aFile(client.key)]
    const asking = clientOf(mutual.url, { caFile: aFile(ca.root), certFile, keyFile })
    await ask(asking)
    const next = await ca.issue({ dns: 'chancery.example.com', clientAuth: true })
    writeFileSync(certFile, next.cert)
    // Only one of the two has come yet.
    await expect(ask(asking)).rejects.toMatchObject({ details: { retryable: true } })
    writeFileSync(keyFile, next.key)
    expect(await ask(asking)).toMatchObject({ status: 200 })
  })

  it('says which file is no certificate, without showing it', async () => {
    const tls = { caFile: aFile(ca.root), certFile: aFile('SECRET'), keyFile: aFile(client.key) }
    await expect(ask(clientOf(mutual.url, tls))).rejects.toThrow(
      /^CHANCERY_KMS_X_CA_FILE, CERT_FILE or KEY_FILE/,
    )
    const missing = clientOf(mutual.url, { caFile: join(directory, 'nowhere') })
    await expect(ask(missing)).rejects.toThrow(/^CHANCERY_KMS_X_CA_FILE: .*nowhere can't be read \(ENOENT\)/)
  })
})
