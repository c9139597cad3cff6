/** DescribeCertificate of ACM, signed requests for a thousand certificates in turn, each looked at as the SDK reads it. */
import { join } from 'node:path'
import { ACMClient, DescribeCertificateCommand } from '@aws-sdk/client-acm'
import aws4 from 'aws4'
import { createClient, type Client } from '../../src/contract/client.ts'
import { benchArguments } from './support/arguments.ts'
import { aBench } from './support/installation.ts'
import { loadWindow, median, type Window } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { microsecondsEach } from './support/proc.ts'
import { printResult } from './support/result.ts'
import { startServerProcess } from './support/server-process.ts'

const TARGET = 6000
const P99_MILLISECONDS = 30
const TARGET_HEADER = 'CertificateManager.DescribeCertificate'
/** V8 has compiled the hot path after so many answers. */
const WARM_UP = 40_000
const CHECKED = 50

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const server = await startServerProcess({ dataDir: join(bench.folder, 'data'), ...given })
const admin = createClient(server)
const arns = await requested(admin, given.smoke ? 20 : 1000)
const keys = await keysOf(admin)
const file = await bench.bodies('aws-describe', signedBodies())
const load = (seconds: number, from: number): Promise<Window> =>
  loadWindow(server, file, seconds, from, 0, { path: '/', target: TARGET_HEADER })

const seconds = given.smoke ? 1 : given.seconds
let asked = 0
do asked += (await load(seconds, asked)).answers
while (!given.smoke && asked < WARM_UP)
const threads = server.threads()
const windows: Window[] = []
for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++) {
  windows.push(await load(seconds, asked))
  asked += windows.at(-1)?.answers ?? 0
}
const answers = windows.reduce((sum, window) => sum + window.answers, 0)
const threadMicroseconds = microsecondsEach(threads, server.threads(), answers)
const memoryMiB = Math.round(server.memory() / 2 ** 20)
await checkAnswers()
await server.stop()
const p99 = median(windows.map((window) => window.p99))
printResult(
  {
    name: 'aws-describe',
    value: Math.round(median(windows.map(({ rate }) => rate))),
    unit: 'answers/s',
    target: TARGET,
    p99: rounded(p99, 2),
    p99Reached: p99 < P99_MILLISECONDS,
    threadMicroseconds,
    memoryMiB,
    certificates: arns.length,
    windows: windows.map(({ rate }) => Math.round(rate)),
    machine,
  },
  'more',
  given.smoke,
)

/** Private certificates, as `RequestCertificate` makes them. @returns their ARNs */
async function requested(client: Client, count: number): Promise<readonly string[]> {
  const { items } = await client.listAuthorities()
  const authority = items.find(({ kind }) => kind === 'subordinate')?.id ?? ''
  const found: string[] = []
  for (let at = 0; at < count; at++) {
    const { arn } = await client.requestManagedCertificate({
      body: {
        domainName: `host-${at}.bench.example.com`,
        names: [`alias-${at}.bench.example.com`],
        authority,
        keyAlgorithm: 'EC_prime256v1',
      },
    })
    found.push(arn)
  }
  return found
}

/** Of a user that may do everything in the account. */
async function keysOf(client: Client): Promise<{ readonly id: string; readonly secret: string }> {
  await client.createUser({ body: { name: 'bench' } })
  await client.attachPolicy({ params: { policy: 'AdministratorAccess', kind: 'user', name: 'bench' } })
  return client.createAccessKey({ params: { user: 'bench' } })
}

/** As the load script takes them: date, signature, body. */
function signedBodies(): readonly string[] {
  const { host } = new URL(server.url)
  const credentials = { accessKeyId: keys.id, secretAccessKey: keys.secret }
  return arns.map((CertificateArn) => {
    const body = JSON.stringify({ CertificateArn })
    const headers = { 'Content-Type': 'application/json', 'X-Amz-Target': TARGET_HEADER }
    const request = { host, method: 'POST', path: '/', service: 'acm', region: 'us-east-1', body, headers }
    const { headers: signed } = aws4.sign(request, credentials)
    return [signed?.['X-Amz-Date'], signed?.['Authorization'], body].join('\t')
  })
}

/** What the load was answered by 200 is what the SDK reads. */
async function checkAnswers(): Promise<void> {
  const client = new ACMClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: keys.id, secretAccessKey: keys.secret },
  })
  for (const [at, CertificateArn] of arns.slice(0, CHECKED).entries()) {
    const { Certificate } = await client.send(new DescribeCertificateCommand({ CertificateArn }))
    if (Certificate?.Status !== 'ISSUED' || Certificate.DomainName !== `host-${at}.bench.example.com`)
      throw new Error(`${CertificateArn} is described as ${JSON.stringify(Certificate)}`)
  }
}
