/**
 * Tries the package as its users get it: packed, installed into an empty project without a compiler's help, its
 * command served and asked, its two modules imported and type-checked there, the example suite run. Besides the Node.js
 * that runs this, on those that `--nodes=22,24` names, which npm brings.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
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

const TOP_LEVEL = new Set([
  'package.json',
  'README.md',
  'LICENSE',
  'NOTICE',
  'CHANGELOG.md',
  'SECURITY.md',
  'dist',
  'docs',
  'prisma',
  'node_modules',
])

/** What must not be in the package, or must: a mistake in `files` shows up nowhere else. */
function contents(): void {
  const root = join(project, 'node_modules/chancery')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  const sources = files.filter((file) => /^(src|test|scripts)\//.test(file) || /(?<!\.d)\.ts$/.test(file))
  if (sources.some((file) => !file.startsWith('node_modules/'))) {
    throw new Error(`sources are published: ${sources.slice(0, 5).join(', ')}`)
  }
  // Scratch files, data and editors' leavings: what is published is what `files` names.
  const stray = files.filter(
    (file) => !/^(dist|docs|node_modules|prisma)(\/|$)/.test(file) && /\//.test(file),
  )
  const loose = files.filter((file) => !file.includes('/') && !TOP_LEVEL.has(file))
  if (stray.length + loose.length > 0) throw new Error(`strangers: ${[...stray, ...loose].join(', ')}`)
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>
  }
  if ('node' in dependencies) throw new Error('the package brings a Node.js of its own')
  for (const file of [
    'dist/main/bin.js',
    'dist/main/cli.js',
    'dist/testing/index.js',
    'dist/testing/index.d.ts',
    'dist/adapters/prisma/writer/thread.js',
    'dist/adapters/system/verification-worker.js',
    'dist/adapters/kms/pkcs11/token-process.js',
    'dist/api-page/swagger-ui-bundle.js',
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
function modules({ node }: Runtime): void {
  const lines = [
    `import { createClient } from 'chancery'`,
    `import { startChancery, type Issued } from 'chancery/testing'`,
    `if (typeof createClient !== 'function') throw new Error('no client')`,
    `const ca = await startChancery()`,
    `const issued: Issued = await ca.issue({ dns: 'localhost' })`,
    `if (!issued.key.startsWith('-----BEGIN PRIVATE KEY-----')) throw new Error('no key')`,
    `await ca.close()`,
  ]
  writeFileSync(join(project, 'try.mts'), `${lines.join('\n')}\n`)
  execFileSync(node, ['try.mts'], { cwd: project, env, stdio: 'inherit' })
  // Types are the same wherever they are read.
  if (node !== process.execPath) return
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

/** The version of `node` that runs what follows: this one, or one that npm brings. */
type Runtime = { readonly title: string; readonly node: string }

function runtimes(): Runtime[] {
  const { values } = parseArgs({ options: { nodes: { type: 'string', default: '' } } })
  const more = values.nodes.split(',').filter((line) => line !== '')
  return [
    { title: process.version, node: process.execPath },
    ...more.map((line) => {
      const directory = join(work, `node-${line}`)
      mkdirSync(directory)
      writeFileSync(join(directory, 'package.json'), '{ "private": true }\n')
      npm(directory, 'install', '--silent', '--no-fund', '--no-audit', `node@${line}`)
      const node = join(directory, 'node_modules/node/bin/node')
      return { title: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(), node }
    }),
  ]
}

/** The example suite, which imports `chancery/testing`, as somebody would copy it. */
function exampleSuite({ node }: Runtime): void {
  cpSync(join(checkout, 'examples/test-suite'), join(project, 'suite'), { recursive: true })
  const run = spawnSync(node, ['--test', 'suite/mtls.node.ts'], { cwd: project, encoding: 'utf8' })
  if (run.status !== 0 || !/pass [1-9]/.test(run.stdout)) {
    throw new Error(`the example suite fails: ${run.stdout}${run.stderr}`)
  }
}

/** Where the runtime has ML-DSA, a key of it is made; where it hasn't, the answer says what is missing. */
function postQuantum(node: string, issue: () => string): void {
  const code = "require('node:crypto').generateKeyPairSync('ml-dsa-65')"
  const has = spawnSync(node, ['-e', code]).status === 0
  let said = ''
  try {
    issue()
  } catch (error) {
    said = String((error as { stderr?: unknown }).stderr)
  }
  const right = has ? said === '' : /key.?algorithm.*needs Node\.js 24\.6/i.test(said)
  if (!right) throw new Error(`${has ? 'with' : 'without'} ML-DSA in Node.js, the command says: ${said}`)
}

/** Issues, lists and revokes with the command, as in a first quarter of an hour. */
function commands({ node }: Runtime, dataDir: string, url: string): void {
  const out = join(dataDir, 'issued')
  mkdirSync(out)
  const chancery = (...args: string[]): string =>
    execFileSync(node, [bin, '--data-dir', dataDir, '--url', url, '--json', ...args], {
      cwd: project,
      encoding: 'utf8',
    })
  chancery('certificate', 'issue', 'pack.example.com', '--out-dir', out)
  postQuantum(node, () =>
    chancery('certificate', 'issue', 'pq.example.com', '--key-algorithm', 'ML_DSA_65', '--out-dir', out),
  )
  for (const [file, label] of [
    ['pack.example.com.pem', 'CERTIFICATE'],
    ['pack.example.com-key.pem', 'PRIVATE KEY'],
  ] as const) {
    if (!readFileSync(join(out, file), 'utf8').includes(`-----BEGIN ${label}-----`)) {
      throw new Error(`${file} holds no ${label}`)
    }
  }
  const listed = (): { id: string; status: string }[] =>
    (
      JSON.parse(chancery('certificate', 'list', '--name', 'pack.example.com')) as {
        items: { id: string; status: string }[]
      }
    ).items
  const [issued] = listed()
  if (issued?.status !== 'valid') throw new Error('what was issued is not listed')
  chancery('certificate', 'revoke', issued.id)
  if (listed()[0]?.status !== 'revoked') throw new Error('what was revoked is not listed as revoked')
}

async function serve(runtime: Runtime): Promise<void> {
  const [apiPort, publicPort] = [await freePort(), await freePort()]
  const dataDir = mkdtempSync(join(work, 'data-'))
  const started = performance.now()
  const server = await startedServer({
    command: 'npx',
    args: ['--no-install', 'chancery', 'serve'],
    cwd: project,
    env: {
      ...env,
      // npx runs the command by its first line, which takes the first `node` of the path.
      PATH: `${dirname(runtime.node)}:${env.PATH}`,
      CHANCERY_DATA_DIR: dataDir,
      CHANCERY_API_PORT: `${apiPort}`,
      CHANCERY_PUBLIC_PORT: `${publicPort}`,
    },
    readyUrl: `http://127.0.0.1:${publicPort}/health/ready`,
    withinMs: 30_000,
  })
  console.log(`-- npx chancery serve: ready after ${Math.round(performance.now() - started)} ms`)
  try {
    step('issue, list, revoke', () => {
      commands(runtime, dataDir, `https://127.0.0.1:${apiPort}`)
    })
  } catch (error) {
    console.error(server.output())
    throw error
  } finally {
    await server.stop()
  }
}

try {
  step('pack and install', install)
  step('contents', contents)
  step('an old Node', oldNode)
  for (const runtime of runtimes()) {
    console.log(`On Node.js ${runtime.title}:`)
    step('modules', () => {
      modules(runtime)
    })
    step('the example suite', () => {
      exampleSuite(runtime)
    })
    execFileSync(runtime.node, [bin, '--help'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] })
    await serve(runtime)
  }
  console.log('The package works where it is installed.')
} finally {
  rmSync(work, { recursive: true, force: true })
}
