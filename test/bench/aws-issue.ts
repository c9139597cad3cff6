/**
 * What a certificate costs the server through AWS's face, IssueCertificate and GetCertificate by the SDK for JavaScript,
 * against the same through REST, issued and read: processor time of all its threads, so that neither client counts. Rounds
 * of each way alternate; beside the token, REST with requests signed as the SDK signs them.
 */
import { join } from 'node:path'
import { ACMPCAClient, GetCertificateCommand, IssueCertificateCommand } from '@aws-sdk/client-acm-pca'
import aws4 from 'aws4'
import { createClient, type Client, type Fetch } from '../../src/contract/client.ts'
import { benchArguments } from './support/arguments.ts'
import { madeCsrs } from './support/csrs.ts'
import { aBench } from './support/installation.ts'
import { checkInvariants, marksOf, settled } from './support/invariants.ts'
import { median } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { microsecondsEach } from './support/proc.ts'
import { printResult } from './support/result.ts'
import { startServerProcess, type ServerProcess } from './support/server-process.ts'

const TARGET = 1.3
const CONCURRENCY = 16
/** V8 has compiled the hot path of each way after so many. */
const WARM_UP = 6000

type Keys = { readonly id: string; readonly secret: string }
/** Issues for a CSR, reads what was issued, and gives it. */
type Way = (csr: string) => Promise<string>

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const server = await startServerProcess({ dataDir: join(bench.folder, 'data'), ...given })
const admin = createClient(server)
const keys = await keysOf(admin)
const { items: authorities } = await admin.listAuthorities()
const authority = authorities.find(({ kind }) => kind === 'subordinate')
if (authority === undefined) throw new Error('there is no authority')
const { id, arn } = authority
const ways = {
  aws: byAws(server, keys),
  rest: byRest(admin),
  signedRest: byRest(createClient({ ...server, fetch: signing(keys) })),
}
const NAMES = ['aws', 'rest', 'signedRest'] as const

const csrs = madeCsrs(given.smoke ? 50 : 5000).map(({ pem }) => pem)
const each = given.smoke ? 20 : 2000
const marks = marksOf(server.database)
const spent = { aws: [] as number[], rest: [] as number[], signedRest: [] as number[] }
const threads: Record<string, Record<string, number>> = {}
let issued = 0
for (const name of NAMES) await round(ways[name], given.smoke ? 20 : WARM_UP)
for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++)
  for (const name of NAMES) {
    const before = server.threads()
    await round(ways[name], each)
    await settled(server.database)
    threads[name] = microsecondsEach(before, server.threads(), each)
    spent[name].push(Object.values(threads[name]).reduce((sum, used) => sum + used, 0))
  }
await settled(server.database)
await server.stop()
const checked = await checkInvariants(server.database, marks, issued, 0)
const ratioTo = (other: 'rest' | 'signedRest') =>
  rounded(median(spent.aws.map((used, turn) => used / (spent[other][turn] ?? NaN))), 3)
printResult(
  {
    name: 'aws-issue',
    value: ratioTo('rest'),
    unit: 'of what the same costs the server through REST, with a token',
    target: TARGET,
    ratioToSignedRest: ratioTo('signedRest'),
    microseconds: Object.fromEntries(NAMES.map((name) => [name, rounded(median(spent[name]), 0)])),
    threadMicroseconds: threads,
    rounds: spent,
    checked,
    // A ratio within one run, whatever the machine.
    machine: { ...machine, slowdown: 1 },
  },
  'less',
  given.smoke,
)

async function round(way: Way, count: number): Promise<void> {
  let next = 0
  const one = async (): Promise<void> => {
    while (next < count) {
      const csr = csrs[(issued + next++) % csrs.length] as string
      const pem = await way(csr)
      if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no certificate came back')
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, one))
  issued += count
}

function byAws({ url }: ServerProcess, keys: Keys): Way {
  const client = new ACMPCAClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: keys.id, secretAccessKey: keys.secret },
  })
  return async (csr) => {
    const { CertificateArn } = await client.send(
      new IssueCertificateCommand({
        CertificateAuthorityArn: arn,
        Csr: Buffer.from(csr),
        SigningAlgorithm: 'SHA256WITHECDSA',
        TemplateArn: 'arn:aws:acm-pca:::template/EndEntityCertificate/V1',
        Validity: { Type: 'DAYS', Value: 30 },
      }),
    )
    const named = { CertificateAuthorityArn: arn, CertificateArn }
    return (await client.send(new GetCertificateCommand(named))).Certificate ?? ''
  }
}

function byRest(client: Client): Way {
  return async (csr) => {
    const made = await client.issueCertificate({
      body: { authority: id, csr, template: 'EndEntityCertificate/V1', validity: { days: 30 } },
    })
    return (await client.describeCertificate({ params: { id: made.id } })).certificate
  }
}

/** `fetch`, with a signature instead of a token. */
function signing({ id: accessKeyId, secret: secretAccessKey }: Keys): Fetch {
  return (url, { method, headers: given, body }) => {
    const { host, pathname } = new URL(url)
    const { authorization: _, ...headers } = given
    const content = body === undefined ? {} : { body }
    const asked = { host, method, path: pathname, headers, service: 'chancery', region: 'us-east-1' }
    const signed = aws4.sign({ ...asked, ...content }, { accessKeyId, secretAccessKey }).headers
    const { Host: _host, 'Content-Length': _length, ...sent } = signed as Record<string, string>
    return fetch(url, { method, headers: sent, ...content })
  }
}

/** Of a user that may do everything in the account. */
async function keysOf(client: Client): Promise<Keys> {
  await client.createUser({ body: { name: 'bench' } })
  await client.attachPolicy({ params: { policy: 'AdministratorAccess', kind: 'user', name: 'bench' } })
  return client.createAccessKey({ params: { user: 'bench' } })
}
