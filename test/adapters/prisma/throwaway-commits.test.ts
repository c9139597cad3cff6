import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStore, type OpenStore } from '../../../src/adapters/prisma/store.ts'
import { certificateIdOf } from '../../../src/core/domain/ids.ts'
import { AUTHORITY, NOW, PLACE, anEvent, anIntent } from './rows.ts'

let directory: string
let store: OpenStore
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chancery-throwaway-'))
  const file = join(directory, 'chancery.db')
  store = await openStore({ file, serverId: 'server-1', clock: { now: () => NOW }, throwaway: true })
})
afterAll(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

const state = async (serial: Parameters<typeof certificateIdOf>[1]) =>
  (await store.reads.certificates.get(PLACE, certificateIdOf(AUTHORITY, serial)))?.state

it('makes all writes of a call or none, and says which precondition failed', async () => {
  const [first, second] = [anIntent(), anIntent()]
  await store.transact((writes) => [writes.certificates.reserve(first)])
  expect(await state(first.serial)).toBe('signing')
  await expect(
    store.transact((writes) => [
      writes.certificates.reserve(second),
      writes.audit.append(anEvent()),
      writes.certificates.reserve(first),
    ]),
  ).rejects.toMatchObject({ name: 'StoreConflict', reason: 'exists', subject: 'certificates.reserve' })
  expect(await state(second.serial)).toBeUndefined()
  await store.transact((writes) => [writes.certificates.reserve(second)])
  expect(await state(second.serial)).toBe('signing')
})

it('takes many calls at once, each standing alone', async () => {
  const taken = anIntent()
  const intents = [taken, ...Array.from({ length: 20 }, () => anIntent()), taken]
  const results = await Promise.allSettled(
    intents.map((intent) => store.transact((writes) => [writes.certificates.reserve(intent)])),
  )
  expect(results.map(({ status }) => status)).toEqual([
    ...Array.from({ length: 21 }, () => 'fulfilled'),
    'rejected',
  ])
})
