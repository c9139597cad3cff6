/**
 * Tries the package as its users get it: packed, installed into an empty project without a compiler's help, its
 * command served and asked, its two modules imported and type-checked there.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from './free-port.ts'
import { startedServer } from './server-process.ts'

const checkout = join(import.meta.dirname, '..')
const work = mkdtempSync(join(tmpdir(), 'chancery-pack-'))
const project = join(work, 'project')
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` }
const bin = join(project, 'node_modules/chancery/dist/main/bin.js')

function step(title: string, work: () => void): void {
  const started = performance.now()
  work()
  console.log(`-- ${title}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
}

function npm(cwd: string, ...args: string[]): void {
  execFileSync('npm', args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] })
}

function install(): void {
  npm(checkout, 'pack', '--silent', '--pack-destination', work)
  const tarball = readdirSync(work).find((file) => file.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm pack left no package')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n')
  npm(project, 'install', '--silent', '--ignore-scripts', '--no-fund', '--no-audit', join(work, tarball))
}

/** What must not be in the package, or must: a mistake in `files` shows up nowhere else. */
function contents(): void {
  const root = join(project, 'node_modules/chancery')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  const sources = files.filter((file) => /^(src|test|scripts)\//.test(file) || /(?<!\.d)\.ts$/.test(file))
  if (sources.some((file) => !file.startsWith('node_modules/'))) {
    throw new Error(`sources are published: ${sources.slice(0, 5).join(', ')}`)
  }
  for (const file of [
    'dist/adapters/prisma/generated/client.js',
    'docs/openapi.json',
    'LICENSE',
    'README.md',
  ]) {
    if (!existsSync(join(root, file))) throw new Error(`${file} is not in the package`)
  }
  if (!files.some((file) => /^prisma\/migrations\/\d+_\w+\/migration\.sql$/.test(file))) {
    throw new Error('no migration is in the package')
  }
}

/** Imports both modules from outside, and has the compiler read their types with its strictest settings. */
function modules(): void {
  const lines = [
    `import { createClient } from 'chancery'`,
    `if (typeof createClient !== 'function') throw new Error('no client')`,
  ]
  if (existsSync(join(project, 'node_modules/chancery/dist/testing/index.js'))) {
    lines.push(
      `import * as testing from 'chancery/testing'`,
      `if (Object.keys(testing).length === 0) throw new Error('empty')`,
    )
  }
  writeFileSync(join(project, 'try.mts'), `${lines.join('\n')}\n`)
  execFileSync(process.execPath, ['try.mts'], { cwd: project, env, stdio: 'inherit' })
  const tsc = join(checkout, 'node_modules/typescript/bin/tsc')
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--typeRoots',
    join(checkout, 'node_modules/@types'),
  ]
  execFileSync(process.execPath, [tsc, ...options, '--types', 'node', 'try.mts'], {
    cwd: project,
    stdio: 'inherit',
  })
}

/** A Node that is too old gets one line that says so; only where this machine has one. */
function oldNode(): void {
  const old = ['/usr/bin/node', '/usr/local/bin/node'].find((file) => existsSync(file))
  if (old === undefined) return
  const version = execFileSync(old, ['--version'], { encoding: 'utf8' })
  if (Number(/^v(\d+)/.exec(version)?.[1]) >= 22) return
  const run = spawnSync(old, [bin, '--version'], { encoding: 'utf8' })
  if (run.status !== 1 || !/^chancery needs Node\.js \d+.*\n$/.test(run.stderr) || run.stdout !== '') {
    throw new Error(`on ${version.trim()} the command says: ${run.stdout}${run.stderr}`)
  }
}

async function serve(): Promise<void> {
  const [apiPort, publicPort] = [await freePort(), await freePort()]
  const started = performance.now()
  const server = await startedServer({
    command: 'npx',
    args: ['--no-install', 'chancery', 'serve'],
    cwd: project,
    env: {
      ...env,
      CHANCERY_DATA_DIR: join(work, 'data'),
      CHANCERY_API_PORT: `${apiPort}`,
      CHANCERY_PUBLIC_PORT: `${publicPort}`,
    },
    readyUrl: `http://127.0.0.1:${publicPort}/health/ready`,
    withinMs: 30_000,
  })
  console.log(`-- npx chancery serve: ready after ${Math.round(performance.now() - started)} ms`)
  await server.stop()
}

try {
  step('pack and install', install)
  step('contents', contents)
  step('modules', modules)
  step('an old Node', oldNode)
  execFileSync('npx', ['--no-install', 'chancery', '--help'], {
    cwd: project,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await serve()
  console.log('The package works where it is installed.')
} finally {
  rmSync(work, { recursive: true, force: true })
}
