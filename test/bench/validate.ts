/** 10,000 pending validations, polled against a resolver that takes 20 ms to say that there is no such record. */
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { benchArguments } from './support/arguments.ts'
import { aBench } from './support/installation.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { addManaged } from './support/managed-seed.ts'
import { printResult } from './support/result.ts'
import { aToken, startServerProcess } from './support/server-process.ts'
import { slowResolver } from './support/slow-resolver.ts'

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const dataDir = join(bench.folder, 'data')
const token = aToken()
const pending = given.smoke ? 300 : 10_000
await (await startServerProcess({ dataDir, token })).stop()
const database = join(dataDir, 'chancery.db')
addManaged(database, { count: pending, kind: 'validated', keyAlgorithm: 'EC_prime256v1', renewalKey: 'new' })
const resolver = await slowResolver(20)
const environment = { CHANCERY_RESOLVERS: resolver.address }
const server = await startServerProcess({ dataDir, token, ...given, environment })

const db = new Database(database, { readonly: true })
const polled = db.prepare('SELECT count(*) FROM ManagedCertificate WHERE attempts >= ?').pluck()
let most = 0
let idle: number | undefined
const from = performance.now()
let first: number | undefined
for (;;) {
  const memory = server.memory()
  idle ??= memory
  most = Math.max(most, memory)
  const done = polled.get(1) as number
  if (done > 0) first ??= performance.now()
  if (done >= pending) break
  if (performance.now() - from > 300_000)
    throw new Error(`${done} of ${pending} were looked at in five minutes`)
  await sleep(50)
}
const seconds = (performance.now() - (first ?? from)) / 1000
const storing = db
  .prepare("SELECT count(*) FROM ValidationEvidence WHERE kind = 'dns' AND verdict = 'refused'")
  .pluck()
  .get() as number
if (storing !== pending) throw new Error(`${storing} of ${pending} looks left evidence`)
db.close()
await server.stop()
resolver.close()
printResult(
  {
    name: 'validate',
    value: Math.round(most / 1024 / 1024),
    unit: 'MiB',
    target: 200,
    pending,
    looksPerSecond: Math.round(pending / seconds),
    questions: resolver.answered(),
    mostQuestionsAtOnce: resolver.mostAtOnce(),
    idleMiB: Math.round((idle ?? 0) / 1024 / 1024),
    seconds: rounded(seconds),
    machine,
  },
  'less',
  given.smoke,
)
