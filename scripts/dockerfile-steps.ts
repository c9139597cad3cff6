/**
 * Does what the Dockerfile says, in a directory instead of an image: there is no container engine where CI runs, and
 * a Dockerfile that nobody builds is wrong within a month. Each stage is a directory that stands for `/`; the parts
 * of a path that the Dockerfile names are taken below it. Then the last stage's CMD is started, its readiness is asked
 * for, it is told to end, and what it wrote outside its volumes is an error. USER and HEALTHCHECK are not performed.
 */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix } from 'node:path'
import { checkoutCopy } from './checkout-copy.ts'
import { stagesOf, type Instruction, type Stage } from './dockerfile.ts'
import { freePort } from './free-port.ts'
import { startedServer } from './server-process.ts'

type Built = {
  readonly root: string
  readonly env: Record<string, string>
  workdir: string
  command: string[]
  readonly volumes: string[]
}

const checkout = join(import.meta.dirname, '..')
const BASE = /^node:(\d+)(-|$)/
const INERT = new Set(['EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'USER'])

/** .dockerignore as it is written here: everything is left out but for the lines that begin with `!`. */
function buildContext(): string {
  const kept = readFileSync(join(checkout, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1))
  return checkoutCopy('context', (file) =>
    kept.some((name) => (name.endsWith('/') ? file.startsWith(name) : file === name)),
  )
}

function copy(step: Instruction, built: Built, sources: (stage: string | undefined) => string): void {
  const words = step.rest.split(/\s+/)
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice('--from='.length) : undefined
  if (words.some((word) => word.startsWith('--')))
    throw new Error(`Dockerfile:${step.line}: unknown option of COPY`)
  const target = words.pop() ?? ''
  const to = join(built.root, posix.resolve(built.workdir, target))
  for (const word of words) {
    const source = join(sources(from), word)
    const intoFolder = target.endsWith('/') && !statSync(source).isDirectory()
    cpSync(source, intoFolder ? join(to, basename(word)) : to, { recursive: true, verbatimSymlinks: true })
  }
}

/** Absolute paths in a RUN line are the image's; users of the image are root here. */
function run(step: Instruction, built: Built): void {
  if (step.rest.startsWith('[')) throw new Error(`Dockerfile:${step.line}: RUN as a list is not understood`)
  const command = step.rest
    .replaceAll(/(?<=\s)\/(?=[a-z])/g, `${built.root}/`)
    .replaceAll(/(?<=\s)-[og] node\b/g, '')
  console.log(`   RUN ${step.rest}`)
  const { status } = spawnSync('sh', ['-ec', command], {
    cwd: join(built.root, built.workdir),
    env: { ...environment(), ...built.env },
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`Dockerfile:${step.line}: RUN failed`)
}

/** Of this machine's environment only what a build needs; `node` is this very Node, as the image's base has it. */
function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(HOME$|LANG$|npm_config_|(https?|no)_proxy$|SSL_CERT_|NODE_EXTRA_CA_CERTS$)/i.test(name),
  )
  const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':')
  return { ...(Object.fromEntries(kept) as Record<string, string>), PATH: path }
}

function build(stage: Stage, root: string, sources: (stage: string | undefined) => string): Built {
  const major = BASE.exec(stage.base)?.[1]
  if (major === undefined || process.versions.node.split('.')[0] !== major) {
    throw new Error(
      `the stage ${stage.name} is built on ${stage.base}, but this is Node ${process.versions.node}`,
    )
  }
  const built: Built = { root, env: {}, workdir: '/', command: [], volumes: [] }
  for (const step of stage.steps) {
    if (step.keyword === 'WORKDIR') {
      built.workdir = posix.resolve(built.workdir, step.rest)
      mkdirSync(join(root, built.workdir), { recursive: true })
    } else if (step.keyword === 'ENV') {
      const at = step.rest.indexOf('=')
      built.env[step.rest.slice(0, at)] = step.rest.slice(at + 1)
    } else if (step.keyword === 'COPY') copy(step, built, sources)
    else if (step.keyword === 'RUN') run(step, built)
    else if (step.keyword === 'CMD') built.command = JSON.parse(step.rest) as string[]
    else if (step.keyword === 'VOLUME') built.volumes.push(step.rest)
    else if (!INERT.has(step.keyword))
      throw new Error(`Dockerfile:${step.line}: ${step.keyword} is not understood`)
  }
  return built
}

/** Starts the image's command on free ports of 127.0.0.1, asks for readiness and lets it end. */
async function probe(image: Built): Promise<void> {
  const [apiPort, publicPort] = [await freePort(), await freePort()]
  const inside = (value: string): string => (value.startsWith('/') ? join(image.root, value) : value)
  const env = Object.fromEntries(Object.entries(image.env).map(([name, value]) => [name, inside(value)]))
  const [command = '', ...args] = image.command
  const before = listing(image.root, image.volumes)
  const started = performance.now()
  const server = await startedServer({
    command,
    args,
    cwd: join(image.root, image.workdir),
    env: {
      ...environment(),
      ...env,
      CHANCERY_BIND: '127.0.0.1',
      CHANCERY_API_PORT: `${apiPort}`,
      CHANCERY_PUBLIC_PORT: `${publicPort}`,
    },
    readyUrl: `http://127.0.0.1:${publicPort}/health/ready`,
    withinMs: 30_000,
  })
  console.log(`   ready after ${Math.round(performance.now() - started)} ms`)
  const code = await server.stop()
  if (code !== 0) throw new Error(`the server ended with ${code} when asked to:\n${server.output()}`)
  const after = listing(image.root, image.volumes)
  const written = [...after].filter((file) => !before.has(file))
  if (written.length > 0)
    throw new Error(
      `the root file system is read-only, but ${written.length} files were written: ${written.slice(0, 10).join(', ')} …`,
    )
}

/** All files outside the volumes. */
function listing(root: string, volumes: readonly string[]): Set<string> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) => `/${file}`)
  return new Set(
    files.filter((file) => !volumes.some((volume) => file === volume || file.startsWith(`${volume}/`))),
  )
}

const work = mkdtempSync(join(tmpdir(), 'chancery-image-'))
const context = buildContext()
try {
  const built = new Map<string, Built>()
  const sources = (stage: string | undefined): string => {
    if (stage === undefined) return context
    const found = built.get(stage)
    if (found === undefined) throw new Error(`COPY --from=${stage}: there is no such stage before`)
    return found.root
  }
  for (const stage of stagesOf(readFileSync(join(checkout, 'Dockerfile'), 'utf8'))) {
    console.log(`-- stage ${stage.name}`)
    const root = join(work, stage.name)
    mkdirSync(root)
    built.set(stage.name, build(stage, root, sources))
  }
  const image = [...built.values()].at(-1)
  if (image === undefined) throw new Error('the Dockerfile has no stage')
  if (!existsSync(join(image.root, 'app/dist/main/bin.js'))) throw new Error('the image has no server')
  await probe(image)
  console.log('The Dockerfile’s steps give a server that gets ready.')
} finally {
  rmSync(work, { recursive: true, force: true })
  rmSync(context, { recursive: true, force: true })
}
