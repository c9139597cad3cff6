import Database from 'better-sqlite3'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkpointFile } from '../../../../src/adapters/files/checkpoint-file.ts'
import { makeCheckpoint } from '../../../../src/core/operations/audit/make-checkpoint.ts'
import { createAccount } from '../../../../src/core/operations/access/accounts.ts'
import { checkpointJob } from '../../../../src/faces/jobs/audit-jobs.ts'
import { trailIn, verifyAudit } from '../../../../src/main/verify-audit.ts'
import { testPorts, type TestPorts } from '../../../support/test-ports.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chancery-checkpoints-'))
  file = join(directory, 'checkpoints.jsonl')
})
afterEach(() => rmSync(directory, { recursive: true }))

const change = async ({ ports, admin }: TestPorts, name: string): Promise<void> => {
  await createAccount(ports, admin, { name })
}
const verified = (given: TestPorts, more: object = {}) =>
  verifyAudit({
    trail: trailIn(dirname(given.database)).trail,
    checkpoints: [file],
    publicKey: undefined,
    acceptRestores: false,
    ...more,
  })
const never = new AbortController().signal

/** A checkpoint of everything, in the file. */
async function checkpointed(given: TestPorts): Promise<void> {
  const job = checkpointJob(given.ports, [checkpointFile(file)], { auditCheckpoint: () => {} })
  expect(await job.run(never)).toEqual({ failed: 0 })
}

describe('checkpoints', () => {
  it('are signed by a key of their own and prove what was before them', async () => {
    await using given = await testPorts({ authorities: false })
    await checkpointed(given)
    await change(given, 'second')
    const found = await verified(given)
    expect(found).toMatchObject({ findings: [], matched: 1, proved: { id: 2 } })
    expect(found.last?.id).toBe(3)
    expect(found.key).toMatchObject({ given: false, names: [expect.stringMatching(/^[0-9a-f]{64}$/)] })
  })

  it('an idle installation stays idle: the same one again, and no event', async () => {
    await using given = await testPorts({ authorities: false })
    await makeCheckpoint(given.ports)
    const one = await makeCheckpoint(given.ports)
    expect(await makeCheckpoint(given.ports)).toEqual(one)
  })

  it('the key’s making is on record, and of servers that race for it one decides', async () => {
    await using given = await testPorts({ authorities: false })
    const made = await Promise.all([makeCheckpoint(given.ports), makeCheckpoint(given.ports)])
    expect(new Set(made.map(({ publicKey }) => publicKey)).size).toBe(1)
    const db = new Database(given.database, { readonly: true })
    const events = db
      .prepare("SELECT accountId FROM AuditEvent WHERE name = 'CreateAuditCheckpointKey'")
      .all()
    expect(events).toEqual([{ accountId: '000000000000' }])
    db.close()
  })

  it('a keeper that fails gets the next one, and is in the log', async () => {
    await using given = await testPorts({ authorities: false })
    const kept: number[] = []
    let works = false
    const keeper = {
      name: 'elsewhere',
      keep: async ({ id }: { id: number }) => {
        if (!works) throw new Error('no route')
        kept.push(id)
      },
    }
    const job = checkpointJob(given.ports, [keeper], { auditCheckpoint: () => {} })
    expect(await job.run(never)).toEqual({ failed: 1 })
    works = true
    await change(given, 'second')
    await job.run(never)
    await job.run(never)
    expect(kept).toEqual([3])
    expect(given.log.some(({ message }) => message.includes('could not be kept'))).toBe(true)
  })
})

describe('a file of checkpoints', () => {
  it('is for its owner alone, goes on behind a line that a crash cut, and is laid aside when it is large', async () => {
    await using given = await testPorts({ authorities: false })
    await checkpointed(given)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    appendFileSync(file, '{"format":"chancery-audit-check')
    await change(given, 'second')
    await checkpointed(given)
    expect(await verified(given)).toMatchObject({ findings: [], matched: 2 })
    await change(given, 'third')
    const small = checkpointFile(file, 100)
    const { checkpoint, publicKey } = await makeCheckpoint(given.ports)
    await small.keep(checkpoint, publicKey)
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2)
    const both = await verified(given, { checkpoints: [`${file}.1`, file] })
    expect(both).toMatchObject({ findings: [], matched: 3 })
  })

  it('without any checkpoint is refused', async () => {
    await using given = await testPorts({ authorities: false })
    appendFileSync(file, 'nothing of the kind\n')
    await expect(verified(given)).rejects.toThrow('holds no checkpoint')
  })
})

describe('tampering with the table, each way', () => {
  const ways: Record<string, readonly [kind: string, sql: string]> = {
    'a record changed': [
      'changed',
      "UPDATE AuditEvent SET record = replace(record, 'CreateAccount', 'CreateNothing') WHERE id = 3",
    ],
    'an event removed': ['removed', 'DELETE FROM AuditEvent WHERE id = 4'],
    'two events exchanged': [
      'reordered',
      `UPDATE AuditEvent SET id = -3 WHERE id = 3; UPDATE AuditEvent SET id = 3 WHERE id = 5;
         UPDATE AuditEvent SET id = 5 WHERE id = -3`,
    ],
    'the end cut off': ['truncated', 'DELETE FROM AuditEvent WHERE id > 3'],
    'an event hidden from its account': [
      'mislabelled',
      "UPDATE AuditEvent SET accountId = '999999999999' WHERE id = 3",
    ],
    'a record that is no text any more': ['changed', "UPDATE AuditEvent SET record = x'00ff' WHERE id = 3"],
    'the first event removed': ['removed', 'DELETE FROM AuditEvent WHERE id = 1'],
  }
  it.each(Object.entries(ways))('%s', async (_, [kind, sql]) => {
    await using given = await testPorts({ authorities: false })
    for (const name of ['second', 'third', 'fourth', 'fifth']) await change(given, name)
    await checkpointed(given)
    await checkpointed(given)
    expect((await verified(given)).findings).toEqual([])
    const db = new Database(given.database)
    db.exec(sql)
    db.close()
    const { findings } = await verified(given)
    expect(findings.map((each) => each.kind)).toContain(kind)
  })
})
