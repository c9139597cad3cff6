import { generateKeyPairSync, sign } from 'node:crypto'
import type { Worker } from 'node:worker_threads'
import { afterAll, expect, it } from 'vitest'
import { createSignatureVerifier } from '../../../src/adapters/system/signature-verifier.ts'

// Node.js tells of each thread that is started (process, event 'worker').
const workers: Worker[] = []
const noted = (worker: Worker): void => void workers.push(worker)
process.on('worker', noted)
afterAll(() => void process.off('worker', noted))

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const spki = publicKey.export({ format: 'der', type: 'spki' })
const data = Buffer.from('signed')
const signature = sign('sha256', data, privateKey)
const verifier = createSignatureVerifier(1)
const verify = (): Promise<boolean> =>
  verifier.verify(verifier.load(spki, 'csr'), 'SHA256WITHECDSA', data, signature)

it('answers as unavailable what a worker had when it died, and starts another one', async () => {
  expect(await verify()).toBe(true)
  expect(workers).toHaveLength(1)
  const pending = Promise.allSettled(Array.from({ length: 40 }, verify))
  await Promise.resolve() // the batch is on its way
  await workers[0]?.terminate()
  for (const result of await pending) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'unavailable' })
    else expect(result.value).toBe(true)
  }
  expect(await verify()).toBe(true)
  expect(workers).toHaveLength(2)
  await verifier.close()
})
