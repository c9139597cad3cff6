import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HOUR, SECOND } from '../../../src/core/domain/time.ts'
import { standingJobs, keepServerLease, SERVER_LEASE } from '../../../src/faces/jobs/jobs.ts'
import { runJob, startJobs } from '../../../src/faces/jobs/runner.ts'
import type { Job } from '../../../src/faces/jobs/job.ts'
import { rowsOf } from '../../core/operations/database.ts'
import { secondServer } from '../../core/operations/ports.ts'
import { testPorts, type TestPorts } from '../../support/test-ports.ts'

let given: TestPorts
beforeEach(async () => {
  given = await testPorts({ authorities: false })
})
afterEach(async () => {
  vi.useRealTimers()
  await given[Symbol.asyncDispose]()
})

const aJob = (more: Partial<Job> = {}): Job & { readonly runs: () => number } => {
  let runs = 0
  return {
    name: 'test',
    every: 10 * SECOND,
    run: async () => ({ done: ++runs }),
    runs: () => runs,
    ...more,
  }
}

describe('two servers on one database', () => {
  test('one of them runs a job, until its lease has ended', async () => {
    const other = await secondServer(given)
    const job = aJob()
    expect(await runJob(given.ports, job)).toEqual({ done: 1 })
    expect(await runJob(other.ports, job)).toBeUndefined()
    given.clock.advance(20 * SECOND)
    expect(await runJob(given.ports, job)).toEqual({ done: 2 })
    given.clock.advance(29 * SECOND)
    expect(await runJob(other.ports, job)).toBeUndefined()
    given.clock.advance(SECOND)
    expect(await runJob(other.ports, job)).toEqual({ done: 3 })
    expect(await runJob(given.ports, job)).toBeUndefined()
    await other.store.close()
  })

  test('asked at the same time, one of them', async () => {
    const other = await secondServer(given)
    const job = aJob()
    const both = await Promise.all([runJob(given.ports, job), runJob(other.ports, job)])
    expect(both.filter((report) => report !== undefined)).toHaveLength(1)
    expect(job.runs()).toBe(1)
    await other.store.close()
  })

  test('each runs what is for everywhere', async () => {
    const other = await secondServer(given)
    const job = aJob({ everywhere: true })
    await Promise.all([runJob(given.ports, job), runJob(other.ports, job)])
    expect(job.runs()).toBe(2)
    await other.store.close()
  })

  test('the calendar has no say in leases', async () => {
    const other = await secondServer(given)
    const job = aJob()
    await runJob(given.ports, job)
    given.calendar.advance(365 * 24 * HOUR)
    expect(await runJob(other.ports, job)).toBeUndefined()
    await other.store.close()
  })

  test('one that stops hands its jobs over at once', async () => {
    const other = await secondServer(given)
    const job = aJob()
    await runJob(given.ports, job)
    await startJobs(given.ports, [job]).stop()
    expect(await runJob(other.ports, job)).toEqual({ done: 2 })
    await other.store.close()
  })
})

describe('the schedule', () => {
  const ticks = () => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })

  test('a job that fails is logged, runs again, and keeps no other from running', async () => {
    ticks()
    const failing = aJob({ name: 'failing', run: () => Promise.reject(new Error('no luck')) })
    const sound = aJob({ name: 'sound' })
    const jobs = startJobs(given.ports, [failing, sound])
    const failures = () => given.log.filter(({ message }) => message === 'job failed').length
    // A turn that comes while the last one isn't over is left out: as many as it takes.
    const after = (turns: () => number) => {
      vi.advanceTimersByTime(10 * SECOND)
      return turns()
    }
    await expect.poll(() => after(() => Math.min(failures(), sound.runs()))).toBeGreaterThanOrEqual(3)
    await jobs.stop()
  })

  test('a job never runs twice at a time, and stop waits for it', async () => {
    ticks()
    const gate = Promise.withResolvers<void>()
    let begun = 0
    const slow = aJob({
      run: async () => {
        begun++
        await gate.promise
        return {}
      },
    })
    const jobs = startJobs(given.ports, [slow])
    vi.advanceTimersByTime(50 * SECOND)
    await expect.poll(() => begun).toBe(1)
    let stopped = false
    const stopping = jobs.stop().then(() => (stopped = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(stopped).toBe(false)
    gate.resolve()
    await stopping
    vi.advanceTimersByTime(50 * SECOND)
    expect(begun).toBe(1)
  })
})

describe('standing jobs', () => {
  test('each can run at any time, and does nothing when nothing is due', async () => {
    for (const job of standingJobs(given.ports)) {
      const report = await runJob(given.ports, job)
      expect(
        Object.values(report ?? { refused: 1 }).every((count) => count === 0),
        job.name,
      ).toBe(true)
    }
  })

  test('the server’s lease lasts longer than three turns of its job', async () => {
    await keepServerLease(given.ports)
    const [lease] = rowsOf<{ expiresAt: number }>(
      given.database,
      "SELECT expiresAt FROM Lease WHERE name = 'server/test'",
    )
    expect(lease?.expiresAt).toBe(given.clock.now() + SERVER_LEASE)
    const job = standingJobs(given.ports).find(({ name }) => name === 'server-lease')
    expect(3 * (job?.every ?? Infinity)).toBeLessThan(SERVER_LEASE)
  })
})
