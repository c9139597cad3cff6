/** ListCertificates of 1,000 out of 1,000,000 by the SDK for JavaScript: what the server itself says that each took. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ACMClient, ListCertificatesCommand, type ListCertificatesCommandInput } from '@aws-sdk/client-acm'
import { createClient } from '../../src/contract/client.ts'
import { benchArguments } from './support/arguments.ts'
import { aBench } from './support/installation.ts'
import { median } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { addManaged } from './support/managed-seed.ts'
import { printResult } from './support/result.ts'
import { aToken, startServerProcess } from './support/server-process.ts'

const TARGET_MILLISECONDS = 50
const PAGE = 1000

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const dataDir = join(bench.folder, 'data')
const token = aToken()
const all = given.smoke ? 4000 : 1_000_000
const few = given.smoke ? 1500 : 5000
await (await startServerProcess({ dataDir, token })).stop()
const database = join(dataDir, 'chancery.db')
const seeded = { kind: 'private', renewalKey: 'new', keyId: 'bench-0000000' } as const
// Those of another kind of key are the older ones: a walk in the order of making would pass all the others first.
addManaged(database, { ...seeded, count: few, keyAlgorithm: 'EC_prime256v1' })
addManaged(database, { ...seeded, count: all - few, keyAlgorithm: 'RSA_2048' })

const server = await startServerProcess({ dataDir, token, ...given })
const client = await aClient()
const QUERIES: Readonly<Record<string, ListCertificatesCommandInput>> = {
  'as it is': {},
  'oldest first': { SortBy: 'CREATED_AT', SortOrder: 'ASCENDING' },
  'another kind of key': { Includes: { keyTypes: ['EC_prime256v1'] } },
  'both kinds': { Includes: { keyTypes: ['RSA_2048', 'EC_prime256v1'] } },
  issued: {
    CertificateStatuses: ['ISSUED'],
    Includes: { extendedKeyUsage: ['TLS_WEB_SERVER_AUTHENTICATION'] },
  },
}
const rounds = given.smoke ? 2 : 15
const asked = new Map<string, string[]>(Object.keys(QUERIES).map((label) => [label, []]))
for (let round = 0; round < rounds; round++)
  for (const [label, query] of Object.entries(QUERIES)) asked.get(label)?.push((await page(query)).id)
// A page far behind the first costs what the first does.
let next = (await page({})).next
for (let at = 0; at < (given.smoke ? 1 : 20) && next !== undefined; at++) {
  const found = await page({ NextToken: next })
  asked.set('far behind', [...(asked.get('far behind') ?? []), found.id])
  next = found.next
}
await sleep(200)
const logged = server.logged()
await server.stop()
const figures = Object.fromEntries(
  [...asked].map(([label, ids]) => {
    const times = ids.map((id) => logged.get(id) ?? Number.NaN)
    return [label, { median: rounded(median(times), 2), slowest: Math.max(...times) }]
  }),
)
printResult(
  {
    name: 'aws-list',
    value: Math.max(...Object.values(figures).map((figure) => figure.median)),
    unit: `ms (median of the slowest kind of list, a page of ${PAGE})`,
    target: TARGET_MILLISECONDS,
    certificates: all,
    queries: figures,
    machine,
  },
  'less',
  given.smoke,
)

async function page(query: ListCertificatesCommandInput): Promise<{ id: string; next: string | undefined }> {
  const {
    $metadata,
    CertificateSummaryList = [],
    NextToken,
  } = await client.send(new ListCertificatesCommand({ ...query, MaxItems: PAGE }))
  if (CertificateSummaryList.length !== PAGE)
    throw new Error(`${CertificateSummaryList.length} certificates instead of ${PAGE}`)
  return { id: $metadata.requestId ?? '', next: NextToken }
}

/** Of a user that may do everything in the account that has them. */
async function aClient(): Promise<ACMClient> {
  const admin = createClient({ url: server.url, token })
  await admin.createUser({ body: { name: 'lister' } })
  await admin.attachPolicy({ params: { policy: 'AdministratorAccess', kind: 'user', name: 'lister' } })
  const { id, secret } = await admin.createAccessKey({ params: { user: 'lister' } })
  return new ACMClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: id, secretAccessKey: secret },
  })
}
