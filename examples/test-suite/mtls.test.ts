import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChancery, type BrokenCertificate, type Chancery, type Issued } from 'chancery/testing'
import { askBackend, createBackend } from './backend.ts'

let ca: Chancery
let frontend: Issued
beforeAll(async () => {
  ca = await startChancery()
  frontend = await ca.issue({ dns: 'frontend.example.com', clientAuth: true })
})
afterAll(() => ca.close())

/** Runs a backend with this certificate while `use` asks it. */
async function withBackend<T>(
  tls: Issued | BrokenCertificate,
  use: (port: number) => Promise<T>,
): Promise<T> {
  const { cert, key } = tls
  const backend = createBackend({ cert, key, ca: ca.root }).listen(0)
  await once(backend, 'listening')
  try {
    return await use((backend.address() as AddressInfo).port)
  } finally {
    backend.close()
  }
}

describe('the backend', () => {
  it('answers the frontend', async () => {
    const backend = await ca.issue({ dns: 'localhost' })
    expect(await withBackend(backend, (port) => askBackend(port, frontend))).toBe('for your eyes only')
  })

  it('refuses a client without a certificate, and one of another authority', async () => {
    await using elsewhere = await startChancery()
    const stranger = await elsewhere.issue({ dns: 'frontend.example.com', clientAuth: true })
    await withBackend(await ca.issue(), async (port) => {
      await expect(askBackend(port, { ca: ca.root })).rejects.toThrow()
      await expect(askBackend(port, { ...stranger, ca: ca.root })).rejects.toThrow()
    })
  })
})

describe('the frontend', () => {
  it.each([
    'expired',
    'wrongName',
    'selfSigned',
    'unknownIssuer',
    'wrongExtendedKeyUsage',
    'revoked',
  ] as const)('refuses a backend whose certificate is broken: %s', async (kind) => {
    const broken = await ca.broken[kind]({ dns: 'localhost' })
    const tls = { cert: frontend.cert, key: frontend.key, ca: broken.ca }
    const trusting = broken.crls === undefined ? tls : { ...tls, crl: broken.crls }
    await expect(withBackend(broken, (port) => askBackend(port, trusting))).rejects.toMatchObject({
      code: broken.refusedWith?.node,
    })
  })
})
