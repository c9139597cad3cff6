import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lock, LockedError } from '../../../src/main/renew/lock.ts'

let state: string
beforeEach(() => void (state = mkdtempSync(join(tmpdir(), 'chancery-lock-'))))
afterEach(() => rmSync(state, { recursive: true }))

const held = (): { pid: number; id: string } =>
  JSON.parse(readFileSync(join(state, 'lock'), 'utf8')) as { pid: number; id: string }
const stale = (more: object = {}): void =>
  writeFileSync(
    join(state, 'lock'),
    JSON.stringify({ id: 'old', pid: spawnSync('true').pid, started: 'then', ...more }),
  )

test('one at a time; free again afterwards', async () => {
  const release = await lock(state)
  expect(held().pid).toBe(process.pid)
  await expect(lock(state)).rejects.toThrow(
    new LockedError(`another run is at work (process ${process.pid}, ${join(state, 'lock')})`),
  )
  await release()
  expect(readdirSync(state)).toEqual([])
  await (
    await lock(state)
  )()
})

test('one whose holder was killed is taken over', async () => {
  stale()
  const release = await lock(state)
  expect(held().pid).toBe(process.pid)
  await release()
  expect(readdirSync(state)).toEqual([])
})

test('a number that another process has by now is no holder', async () => {
  const other = spawn('sleep', ['60'])
  await once(other, 'spawn')
  stale({ pid: other.pid })
  await (
    await lock(state)
  )()
  other.kill()
})

test('of many that find a stale one, exactly one has it', async () => {
  for (let round = 0; round < 20; round++) {
    stale({ id: `old-${round}` })
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lock(state)))
    const winners = tries.filter((each) => each.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    for (const each of tries) if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(LockedError)
    await winners[0]?.value()
    expect(readdirSync(state)).toEqual([])
  }
})

test('a run that was killed while it took over holds up one run, no more', async () => {
  stale()
  writeFileSync(
    join(state, 'lock.old'),
    JSON.stringify({ id: 'b', pid: spawnSync('true').pid, started: 'then' }),
  )
  await expect(lock(state)).rejects.toThrow(/the next one can begin/)
  await (
    await lock(state)
  )()
  expect(readdirSync(state)).toEqual([])
})
