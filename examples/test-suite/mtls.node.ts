// The same with Node's own test runner: node --test mtls.node.ts
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { startChancery } from 'chancery/testing'
import { askBackend, createBackend } from './backend.ts'

const ca = await startChancery()
const frontend = await ca.issue({ dns: 'frontend.example.com', clientAuth: true })
const backend = createBackend(await ca.issue({ dns: 'localhost' })).listen(0)
await once(backend, 'listening')
const { port } = backend.address() as AddressInfo
after(async () => {
  backend.close()
  await ca.close()
})

void test('the backend answers the frontend', async () => {
  assert.equal(await askBackend(port, frontend), 'for your eyes only')
})

void test('the backend refuses a client without a certificate', async () => {
  await assert.rejects(askBackend(port, { ca: ca.root }))
})

void test('the frontend refuses a backend that has been revoked', async () => {
  const { cert, key, ca: root, crls = [] } = await ca.broken.revoked({ dns: 'localhost' })
  const revoked = createBackend({ cert, key, ca: root }).listen(0)
  await once(revoked, 'listening')
  const asked = askBackend((revoked.address() as AddressInfo).port, { ...frontend, crl: crls })
  await assert.rejects(asked, { code: 'CERT_REVOKED' })
  revoked.close()
})
