import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openStore, type OpenStore } from '../../../src/adapters/prisma/store.ts'
import type { AuthorityId } from '../../../src/core/domain/ids.ts'
import { anAuthority, NOW } from './rows.ts'

// Both write on this thread, without a turn of the event loop in between: what is seen is seen in the same one.
const open = (file: string, serverId: string): Promise<OpenStore> =>
  openStore({ file, serverId, clock: { now: () => NOW }, throwaway: true })

let directory: string
let own: OpenStore
let other: OpenStore
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chancery-generation-'))
  const file = join(directory, 'chancery.db')
  own = await open(file, 'own')
  other = await open(file, 'other')
})
afterAll(async () => {
  await own.close()
  await other.close()
  rmSync(directory, { recursive: true })
})

let made = 0
/** Changes something that is cached. */
function change(store: OpenStore): Promise<void> {
  made++
  const id = `01900000-0000-7000-8000-${String(made).padStart(12, '0')}` as AuthorityId
  return store.transact((writes) => [writes.authorities.add(anAuthority({ id, name: `a${made}` }))])
}

describe('the generation', () => {
  let before: number
  beforeEach(async () => {
    await nextTurn()
    before = await own.reads.generation()
  })
  const now = (): Promise<number> => own.reads.generation()

  it('is read once for all that ask in one turn', async () => {
    await change(other)
    expect(await now()).toBe(before)
    expect(await now()).toBe(before)
  })

  it('shows what another process has committed in the next turn, and in each one after it', async () => {
    for (let turn = 1; turn <= 3; turn++) {
      await change(other)
      await nextTurn()
      expect(await now()).toBe(before + turn)
    }
  })

  it('shows what another process has committed to whoever comes in after that', async () => {
    for (let request = 1; request <= 3; request++) {
      await change(other)
      own.refresh()
      expect(await now()).toBe(before + request)
    }
  })

  it('shows a caller its own commit at once', async () => {
    for (let commit = 1; commit <= 3; commit++) {
      await change(own)
      expect(await now()).toBe(before + commit)
    }
  })

  it('is read anew after a commit that failed, of which nobody knows what it did', async () => {
    await change(other)
    const again = own.transact((writes) => [writes.authorities.add(anAuthority({ name: `a${made}` }))])
    await expect(again).rejects.toMatchObject({ reason: 'exists' })
    expect(await now()).toBe(before + 1)
  })
})
