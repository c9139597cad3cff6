/**
 * Runs what README.md and docs/ tell people to type: the fences marked as scripts/examples-in.ts says, each page in
 * one shell in a scratch copy of the checkout. Arguments: pages, instead of all.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { checkoutCopy } from './checkout-copy.ts'
import { examplesIn, missingLine, type Example } from './examples-in.ts'

const checkout = join(import.meta.dirname, '..')
const LIMIT_MS = 600_000
/** A server finishes what it has begun, for ten seconds at most. */
const STOP_MS = 20_000
const READY = 'http://127.0.0.1:8080/health/ready'
const mark = (index: number): string => `##chancery-example ${index}##`

/** Waits for the server that began last, as long as its process lives. An example may install everything first. */
const WAIT = `for _ in $(seq 1200); do curl -fsS -o /dev/null ${READY} 2>/dev/null && break
  kill -0 $! 2>/dev/null || break; sleep 0.2; done
curl -fsS -o /dev/null ${READY}`

function shellScript(examples: readonly Example[]): string {
  return examples
    .map(({ script, server }, index) => {
      const marked = `echo '${mark(index)}'`
      return server ? `${marked}\n{\n${script}\n} >"$SERVER_LOG" 2>&1 &\n${WAIT}` : `${marked}\n${script}`
    })
    .join('\n')
}

/**
 * Gives the copy packages of its own. Never a link to the checkout's folder: an example may say `npm ci`, which
 * empties the folder. Linked files are unlinked by it, no more.
 */
function givePackages(copy: string): void {
  const [from, to] = [join(checkout, 'node_modules'), join(copy, 'node_modules')]
  if (spawnSync('cp', ['-al', from, to], { stdio: 'ignore' }).status === 0) return
  // Another file system: no links across.
  rmSync(to, { recursive: true, force: true })
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  )

/** Whether the group's last process ends within so many milliseconds. */
async function gone(group: number | undefined, within: number): Promise<boolean> {
  for (const until = Date.now() + within; Date.now() < until; await after(50)) {
    try {
      process.kill(-(group ?? 0), 0)
    } catch {
      return true
    }
  }
  return false
}

/** Runs a page's blocks; returns what is wrong, undefined when nothing is. */
async function problemOf(page: string, examples: readonly Example[]): Promise<string | undefined> {
  // Else the page would be proven by somebody else's server.
  if (examples.some(({ server }) => server) && (await answers(READY))) {
    return `${page}: something answers at ${READY} before the page began`
  }
  const copy = checkoutCopy('examples')
  givePackages(copy)
  const generated = join(checkout, 'src/adapters/prisma/generated')
  if (existsSync(generated)) {
    cpSync(generated, join(copy, 'src/adapters/prisma/generated'), { recursive: true })
  }
  const log = join(copy, 'server.log')
  writeFileSync(log, '')
  const path = `${join(copy, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`
  // A group of its own, so that servers left in the background end with it.
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', shellScript(examples)], {
    cwd: copy,
    env: { ...process.env, PATH: path, SERVER_LOG: log },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let printed = ''
  let complaints = ''
  shell.stdout.on('data', (data: Buffer) => (printed += data.toString()))
  shell.stderr.on('data', (data: Buffer) => (complaints += data.toString()))
  const group = shell.pid
  const end = (signal: NodeJS.Signals): void => {
    try {
      if (group !== undefined) process.kill(-group, signal)
    } catch {
      // everything has ended already
    }
  }
  const timer = setTimeout(() => {
    end('SIGKILL')
  }, LIMIT_MS)
  const [code] = (await once(shell, 'exit')) as [number | null]
  clearTimeout(timer)
  end('SIGTERM')
  // The next page's server wants the same ports.
  if (!(await gone(group, STOP_MS))) end('SIGKILL')
  const serverSaid = readFileSync(log, 'utf8')
  rmSync(copy, { recursive: true, force: true, maxRetries: 10 })

  const outputs = printed.split(/##chancery-example \d+##\n/).slice(1)
  const reached = examples[Math.max(0, outputs.length - 1)]
  if (code !== 0) {
    return `${page}:${reached?.line ?? 0}: failed with ${code ?? `a time-out of ${LIMIT_MS} ms`}\n${outputs.at(-1) ?? ''}${complaints}${serverSaid}`
  }
  for (const [index, { line, output }] of examples.entries()) {
    const missing = missingLine(outputs[index] ?? '', output)
    if (missing !== undefined)
      return `${page}:${line}: no line ${String(missing)} in\n${outputs[index] ?? ''}`
  }
  return undefined
}

const given = process.argv.slice(2)
const pages = given.length > 0 ? given : ['README.md', ...globSync('docs/**/*.md', { cwd: checkout })]
let ran = 0
for (const page of pages.filter((name) => existsSync(join(checkout, name)))) {
  const examples = examplesIn(readFileSync(join(checkout, page), 'utf8'))
  if (examples.length === 0) continue
  const problem = await problemOf(page, examples)
  ran += examples.length
  console.log(problem ?? `${page}: ${examples.length} examples run`)
  if (problem !== undefined) process.exitCode = 1
}
console.log(ran === 0 ? 'No page has a runnable example.' : `${ran} examples in all`)
