import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkedAnswer } from '../../support/ocsp-client.ts'
import { benchArguments } from './arguments.ts'
import { aBench } from './installation.ts'
import { loadWindow, median, type LoadScript, type Window } from './load.ts'
import { machineFacts, rounded } from './machine.ts'
import { addCertificates, ocspQuestions, type Question, type Seeded } from './certificates-seed.ts'
import { microsecondsEach } from './proc.ts'
import { printResult } from './result.ts'
import { startServerProcess, aToken, type ServerProcess } from './server-process.ts'

export type OcspBench = {
  readonly name: string
  /** Answers a second, as the issue has them. */
  readonly target: number
  /** GET without a nonce, or POST with one: answers that may be given again, or not. */
  readonly method: 'GET' | 'POST'
}

const CERTIFICATES = 100_000
const QUESTIONS = 200_000
const CHECKED = 200
const P99_MILLISECONDS = 15

/** A server with 100,000 certificates, asked as RFC 9919 §6 has it; beside it what node:http alone does here. */
export async function runOcsp({ name, target, method }: OcspBench): Promise<void> {
  const given = benchArguments()
  await using bench = await aBench()
  const machine = machineFacts()
  if (given.profile !== undefined) await mkdir(given.profile, { recursive: true })
  const [dataDir, token] = [join(bench.folder, 'data'), aToken()]
  const making = await startServerProcess({ dataDir, token })
  const made = await making.request('/v1/certificates', {
    key: { algorithm: 'EC_prime256v1' },
    names: { dns: ['www.example.com'] },
  })
  if (made.status !== 201) throw new Error(made.text)
  await making.stop()
  const seeded = addCertificates(making.database, given.smoke ? 1000 : CERTIFICATES)
  const questions = ocspQuestions(seeded, given.smoke ? 5000 : QUESTIONS, method === 'POST')
  const file = join(bench.folder, name)
  await writeFile(file, Buffer.concat(questions.map(({ der }) => recordOf(der, method))))
  const server = await startServerProcess({ dataDir, token, ...given })
  const script = { script: 'ocsp-load.lua', method }
  const seconds = given.smoke ? 1 : given.seconds
  const responder = { url: server.repositoryUrl, token }
  // Once over everything that is asked: what can be kept is kept then, and V8 has compiled what is hot.
  let asked = 0
  do asked += (await loadWindow(responder, file, seconds, asked, 0, script)).answers
  while (!given.smoke && asked < questions.length)
  const before = await hitsOf(server)
  const threads = server.threads()
  const windows: Window[] = []
  for (let turn = 0; turn < (given.smoke ? 1 : given.windows); turn++) {
    windows.push(await loadWindow(responder, file, seconds, asked, 0, script))
    asked += windows.at(-1)?.answers ?? 0
  }
  const answers = windows.reduce((sum, window) => sum + window.answers, 0)
  const hits = (await hitsOf(server)) - before
  const busy = server.threads()
  const memoryMiB = Math.round(server.memory() / 1024 / 1024)
  await checkAnswers(server, questions, seeded)
  await server.stop()
  const bare = await bareRate(file, seconds, script)
  const rate = median(windows.map((window) => window.rate))
  const p99 = median(windows.map((window) => window.p99))
  printResult(
    {
      name,
      value: Math.round(rate),
      unit: 'answers/s',
      target,
      p50: rounded(median(windows.map((window) => window.p50)), 2),
      p99: rounded(p99, 2),
      p99Reached: p99 < P99_MILLISECONDS,
      fromCache: rounded(hits / answers, 3),
      bareHttpPerSecond: Math.round(bare),
      shareOfBareHttp: rounded(rate / bare, 2),
      threadMicroseconds: microsecondsEach(threads, busy, answers),
      memoryMiB,
      certificates: seeded.serials.length,
      checked: CHECKED,
      windows: windows.map((window) => rounded(window.rate, 0)),
      machine,
    },
    'more',
    given.smoke,
  )
}

const recordOf = (der: Uint8Array, method: LoadScript['method']): Buffer =>
  method === 'POST'
    ? Buffer.concat([Uint8Array.of(der.length >> 8, der.length & 0xff), der])
    : Buffer.from(`${encodeURIComponent(Buffer.from(der).toString('base64'))}\n`)

/** Answers that had been signed before, as the server counts them. */
async function hitsOf(server: ServerProcess): Promise<number> {
  const { text } = await server.request('/metrics')
  return Number(/^chancery_ocsp_cache_hits_total (\d+)/m.exec(text)?.[1] ?? NaN)
}

/** Some of the questions once more, their answers verified as a client does. @throws Error when one says something else */
async function checkAnswers(
  server: ServerProcess,
  questions: readonly Question[],
  { issuerDer }: Seeded,
): Promise<void> {
  for (const { der, expected } of questions.slice(0, CHECKED)) {
    const response = await fetch(`${server.repositoryUrl}/ocsp`, {
      method: 'POST',
      headers: { 'content-type': 'application/ocsp-request' },
      body: Uint8Array.from(der),
    })
    const [one] = checkedAnswer(Buffer.from(await response.arrayBuffer()), issuerDer).responses
    if (one?.status.kind !== expected)
      throw new Error(`${one?.status.kind} was answered, ${expected} is right`)
  }
}

async function bareRate(file: string, seconds: number, script: LoadScript): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-process.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const server = { url: `http://127.0.0.1:${line.toString().trim()}`, token: 'none' }
    // The first window warms up.
    await loadWindow(server, file, seconds, 0, 0, script)
    return (await loadWindow(server, file, seconds, 0, 0, script)).rate
  } finally {
    child.kill()
  }
}
