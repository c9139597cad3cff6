/**
 * Issuing with everything on that the front door and access have: requests signed by a user (AWS Signature Version 4), 20
 * policies of 20 statements, a trusted proxy, rules, rate limits of every kind shared through the database, checkpoints and
 * the audit trail streamed to a file. Its windows alternate with those of a server as `issue-http` has it.
 */
import aws4 from 'aws4'
import { join } from 'node:path'
import { createClient } from '../../src/contract/client.ts'
import { benchArguments } from './support/arguments.ts'
import { aBench, csrBodies } from './support/installation.ts'
import { checkInvariants, marksOf, settled } from './support/invariants.ts'
import { measureIssuance, warmUp } from './support/issuance.ts'
import { median } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { benchPolicies } from './support/policies.ts'
import { printResult } from './support/result.ts'
import { startServerProcess, type ServerProcess } from './support/server-process.ts'

const TARGET = 0.85
/** One that nothing here reaches: each request is counted, none is refused. */
const PLENTY = '100000000/60'

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const plain = await startServerProcess({ dataDir: join(bench.folder, 'plain') })
const full = await startServerProcess({
  dataDir: join(bench.folder, 'full'),
  environment: {
    CHANCERY_SIGV4_SKEW_MINUTES: '15',
    CHANCERY_TRUSTED_PROXIES: '127.0.0.1',
    CHANCERY_ACCESS_RULES: 'allow 10.0.0.0/8 /v1/**; allow any /health/**; allow any /metrics; deny any /**',
    CHANCERY_RATE_LIMITS: ['address', 'account', 'principal', 'operation']
      .map((kind) => `${kind}=${PLENTY}`)
      .join('; '),
    CHANCERY_AUDIT_STREAM_FILE: join(bench.folder, 'stream.jsonl'),
  },
})

const bodies = csrBodies()
const files = {
  plain: await bench.bodies('plain', bodies),
  full: await bench.bodies('full', await signedBodies(full)),
}
const marks = { plain: marksOf(plain.database), full: marksOf(full.database) }
const sums = { plain: { answers: 0, unread: 0 }, full: { answers: 0, unread: 0 } }
const rates: { readonly plain: number[]; readonly full: number[] } = { plain: [], full: [] }
const servers = { plain, full }
const KINDS = ['plain', 'full'] as const

for (const kind of KINDS) count(kind, await warmUp(servers[kind], files[kind], given.smoke))
for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++)
  for (const kind of KINDS) {
    const one = { ...given, windows: 1, warm: true }
    const measured = await measureIssuance(servers[kind], files[kind], one, sums[kind].answers)
    rates[kind].push(measured.rate)
    count(kind, measured)
  }
const checked = []
for (const kind of KINDS) {
  await settled(servers[kind].database)
  await servers[kind].stop()
  checked.push(
    await checkInvariants(servers[kind].database, marks[kind], sums[kind].answers, sums[kind].unread),
  )
}
const value = rounded(median(rates.full) / median(rates.plain), 3)
const result = { name: 'issue-full', value, unit: 'of issue-http', target: TARGET }
printResult(
  { ...result, perSecond: { plain: median(rates.plain), full: median(rates.full) }, rates, checked, machine },
  'more',
  given.smoke,
)

function count(kind: 'plain' | 'full', more: { readonly answers: number; readonly unread: number }): void {
  sums[kind] = {
    answers: sums[kind].answers + more.answers,
    unread: sums[kind].unread + more.unread,
  }
}

/** The same bodies, each signed by a user who may issue by the last of his twenty policies. */
async function signedBodies({ url, token }: ServerProcess): Promise<readonly string[]> {
  const headers = { 'x-forwarded-for': '10.1.2.3', 'x-forwarded-proto': 'https' }
  const admin = createClient({
    url,
    token,
    fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, ...headers } }),
  })
  const { account } = await admin.describeInstallation()
  await admin.createUser({ body: { name: 'bench' } })
  for (const { name, document } of benchPolicies(account)) {
    await admin.createPolicy({ body: { name, document } })
    await admin.attachPolicy({ params: { policy: name, kind: 'user', name: 'bench' } })
  }
  const { id, secret } = await admin.createAccessKey({ params: { user: 'bench' } })
  const { host } = new URL(url)
  return bodies.map((body) => {
    const { headers: signed } = aws4.sign(
      {
        ...{ host, method: 'POST', path: '/v1/certificates', service: 'chancery', region: 'us-east-1', body },
        headers: { 'Content-Type': 'application/json' },
      },
      { accessKeyId: id, secretAccessKey: secret },
    )
    return [signed?.['X-Amz-Date'], signed?.['Authorization'], body].join('\t')
  })
}
