/**
 * Revocations a second, each of another certificate, of one authority with a complete CRL: returning when they are in force at
 * the responder, with the CRL following; and returning when the CRL is published that has them.
 */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { parseCrl } from '../../src/core/x509/crl-parser.ts'
import { benchArguments } from './support/arguments.ts'
import { addCertificates } from './support/certificates-seed.ts'
import { aBench } from './support/installation.ts'
import { settled } from './support/invariants.ts'
import { CONNECTIONS, loadWindow, median, type Window } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { microsecondsEach } from './support/proc.ts'
import { printResult } from './support/result.ts'
import { aToken, startServerProcess } from './support/server-process.ts'

const CERTIFICATES = 250_000
const WARM_UP = 20_000

const given = benchArguments()
await using bench = await aBench()
const machine = machineFacts()
const [dataDir, token] = [join(bench.folder, 'data'), aToken()]
const making = await startServerProcess({ dataDir, token })
const made = await making.request('/v1/certificates', {
  key: { algorithm: 'EC_prime256v1' },
  names: { dns: ['www.example.com'] },
})
if (made.status !== 201) throw new Error(made.text)
await making.stop()
const { authority, serials } = addCertificates(making.database, given.smoke ? 20_000 : CERTIFICATES, 0)
const bodies = await bench.bodies(
  'revoke',
  serials.map((serial) =>
    JSON.stringify({ serial: serial.toString('hex'), authority, reason: 'superseded' }),
  ),
)
const server = await startServerProcess({ dataDir, token, ...given })
const seconds = given.smoke ? 1 : given.seconds
let asked = 0
let windows = 0
/** One window; it never comes round to a certificate that is revoked already. */
async function aWindow(wait: 'recorded' | 'published', length = seconds): Promise<Window> {
  const window = await loadWindow(server, bodies, length, asked, 0, { path: `/v1/revocations?wait=${wait}` })
  asked += window.answers + CONNECTIONS
  windows++
  if (asked > serials.length) throw new Error('more was revoked than there is')
  return window
}

do await aWindow(windows % 2 === 0 ? 'recorded' : 'published', given.smoke ? 1 : 2)
while (!given.smoke && asked < WARM_UP)
const sides = { recorded: [] as Window[], published: [] as Window[] }
const threads = server.threads()
for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++)
  for (const wait of ['recorded', 'published'] as const) sides[wait].push(await aWindow(wait))
const busy = server.threads()
const memoryMiB = Math.round(server.memory() / 2 ** 20)
await settled(server.database)
const all = [...sides.recorded, ...sides.published]
const answers = all.reduce((sum, window) => sum + window.answers, 0)
const checked = await inTheCrl()
await server.stop()
const figures = (side: readonly Window[]) => ({
  rate: Math.round(median(side.map(({ rate }) => rate))),
  p50: rounded(median(side.map(({ p50 }) => p50)), 2),
  p99: rounded(median(side.map(({ p99 }) => p99)), 2),
  windows: side.map(({ rate }) => Math.round(rate)),
})
const { rate, ...recorded } = figures(sides.recorded)
printResult(
  {
    name: 'revoke',
    value: rate,
    unit: 'revocations/s',
    target: 2000,
    recorded,
    published: figures(sides.published),
    threadMicroseconds: microsecondsEach(threads, busy, answers),
    memoryMiB,
    checked,
    machine,
  },
  'more',
  given.smoke,
)

/** Every revocation has its row, its audit event and its entry in the CRL that is published. @throws Error when one hasn't */
async function inTheCrl() {
  const db = new Database(server.database, { readonly: true })
  const count = (sql: string): number => db.prepare(sql).pluck().get() as number
  const rows = count('SELECT count(*) FROM Revocation')
  const events = count("SELECT count(*) FROM AuditEvent WHERE name = 'RevokeCertificate'")
  const crls = count("SELECT count(*) FROM AuditEvent WHERE name = 'PublishCertificateRevocationList'")
  db.close()
  // One more, waiting for the CRL: it has everything that was recorded before.
  const last = { serial: serials.at(-1)?.toString('hex'), authority, reason: 'superseded' }
  const { status, text } = await server.request('/v1/revocations', last)
  if (status !== 200) throw new Error(text)
  const response = await fetch(`${server.repositoryUrl}/crl/${authority}.crl`)
  const { entryCount } = parseCrl(new Uint8Array(await response.arrayBuffer()))
  if (rows !== events || entryCount !== rows + 1)
    throw new Error(`${rows} revocations, ${events} audit events, ${entryCount} entries`)
  return { rows, events, entryCount, crls }
}
