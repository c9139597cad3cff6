/** Verifying a million events off line: from the database, with the columns beside the records, and from an exported file. */
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openStore } from '../../src/adapters/prisma/store.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { eventLine } from '../../src/core/domain/audit-trail.ts'
import { verifyAudit, type AuditVerificationOptions } from '../../src/main/verify-audit.ts'
import { benchArguments } from './support/arguments.ts'
import { aTrailOf } from './support/audit-seed.ts'
import { median } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { printResult } from './support/result.ts'

const TARGET_SECONDS = 30
const { smoke, windows } = benchArguments()
const EVENTS = smoke ? 5_000 : 1_000_000

const machine = machineFacts()
const trail = await aTrailOf(EVENTS, false)
const file = join(trail.folder, 'exported.jsonl')
await pipeline(Readable.from(exported()), createWriteStream(file))

async function* exported(): AsyncGenerator<string> {
  const store = await openStore({ file: trail.database, serverId: 'bench', clock: systemClock })
  for (let after = 0; ;) {
    const events = await store.reads.audit.after(after, 1000)
    if (events.length === 0) break
    yield events.map((event) => `${eventLine(event)}\n`).join('')
    after = events.at(-1)?.id ?? after
  }
  await store.close()
}

async function seconds(source: AuditVerificationOptions['trail']): Promise<number> {
  const from = performance.now()
  const found = await verifyAudit({
    trail: source,
    checkpoints: [],
    publicKey: undefined,
    acceptRestores: false,
  })
  if (found.events !== EVENTS || found.findings.length > 0)
    throw new Error(`${found.events} events, ${found.findings[0]?.message ?? 'no finding'}`)
  return (performance.now() - from) / 1000
}

const rounds = Array.from({ length: smoke ? 1 : windows })
const fromDatabase: number[] = []
const fromFile: number[] = []
for (const _ of rounds) {
  fromDatabase.push(await seconds({ database: trail.database, archives: '' }))
  fromFile.push(await seconds({ files: [file] }))
}
await rm(file)
printResult(
  {
    name: 'audit-verify',
    value: rounded(median(fromDatabase)),
    unit: 's (database)',
    target: TARGET_SECONDS,
    events: EVENTS,
    file: rounded(median(fromFile)),
    rounds: {
      database: fromDatabase.map((each) => rounded(each)),
      file: fromFile.map((each) => rounded(each)),
    },
    memoryMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
    machine,
  },
  'less',
  smoke,
)
