import { execFile, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHttpSigner } from '../../src/adapters/kms/http-signer.ts'
import { startChancery, type ListeningChancery } from '../../src/testing/index.ts'
import { startOutsideSigner } from '../support/outside-signer.ts'
import { hasTool, runTool } from '../support/tools.ts'

const checkout = join(import.meta.dirname, '../..')
const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
let work: string
let ca: ListeningChancery
let access: Record<string, string>

/** A project that has the examples and, in place of the published package, these sources. */
function aProject(): string {
  const directory = mkdtempSync(join(tmpdir(), 'chancery-examples-'))
  cpSync(join(checkout, 'examples'), join(directory, 'examples'), { recursive: true })
  const modules = join(directory, 'node_modules')
  const chancery = join(modules, 'chancery')
  mkdirSync(chancery, { recursive: true })
  symlinkSync(join(checkout, 'src'), join(chancery, 'src'))
  symlinkSync(join(checkout, 'node_modules/vitest'), join(modules, 'vitest'))
  const entries = { '.': './src/contract/index.ts', './testing': './src/testing/index.ts' }
  writeFileSync(
    join(chancery, 'package.json'),
    JSON.stringify({ name: 'chancery', type: 'module', exports: entries }),
  )
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  return directory
}

beforeAll(async () => {
  work = aProject()
  ca = await startChancery({ listen: 'https' })
  writeFileSync(join(work, 'token'), `${ca.token}\n`, { mode: 0o600 })
  writeFileSync(join(work, 'listener-ca.pem'), ca.listenerCa ?? '')
  access = {
    PATH,
    CHANCERY_URL: ca.url,
    CHANCERY_TOKEN_FILE: join(work, 'token'),
    CHANCERY_CA: join(work, 'listener-ca.pem'),
  }
})
afterAll(async () => {
  await ca.close()
  rmSync(work, { recursive: true })
})

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** The event loop must turn meanwhile: the server that is asked lives in this process. */
const run = (file: string, args: readonly string[], env: Record<string, string>): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(file, args, { cwd: work, env, timeout: 90_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
    })
  })

describe('examples/test-suite', () => {
  it('passes with Vitest', async () => {
    const cli = join(checkout, 'node_modules/vitest/vitest.mjs')
    const ended = await run(process.execPath, [cli, 'run', '--root', 'examples/test-suite'], {
      PATH,
      NO_COLOR: '1',
    })
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/Tests +8 passed \(8\)/) as string })
  })

  it('passes with Node’s test runner', async () => {
    const ended = await run(process.execPath, ['--test', 'examples/test-suite/mtls.node.ts'], { PATH })
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/pass 3\n/) as string })
  })
})

/** The serial number that a service presents to a client that trusts the root. */
async function presented(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: ca.root })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate().serialNumber
  } finally {
    socket.destroy()
  }
}

describe('examples/service', () => {
  it('gets a certificate, serves with it, and renews it without a restart', async () => {
    const child = spawn(process.execPath, ['examples/service/service.ts'], {
      cwd: work,
      env: { ...access, PORT: '0', LIFETIME_SECONDS: '6' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    const saying = (wanted: RegExp): Promise<RegExpExecArray> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = wanted.exec(said)
          if (match !== null) resolve(match)
        }
        child.stdout.on('data', look)
        child.once('exit', () => reject(new Error(`it ended after saying: ${said}`)))
        look()
      })
    child.stdout.on('data', (data: Buffer) => (said += data.toString()))
    try {
      const port = Number((await saying(/listening on port (\d+)/))[1])
      const first = await presented(port)
      await saying(/renewed until/)
      expect(await presented(port)).not.toBe(first)
    } finally {
      child.kill('SIGTERM')
    }
    await once(child, 'exit')
  })
})

describe('examples/outside-signer', () => {
  const script = join(checkout, 'examples/outside-signer/signer.ts')
  const opened = (url: string, tokenFile: string, caFile?: string) =>
    openHttpSigner({ url: new URL(url), tokenFile, caFile, certFile: undefined, keyFile: undefined })

  it('is no longer than two pages and depends on nothing', () => {
    const source = readFileSync(script, 'utf8')
    expect(source.split('\n').length).toBeLessThan(180)
    expect([...source.matchAll(/from '([^']+)'/g)].every(([, from = '']) => from.startsWith('node:'))).toBe(
      true,
    )
  })

  it('serves over TLS, keeps its keys through a restart, and lets nobody in without the token', async () => {
    const [certFile, keyFile] = [join(work, 'signer.crt'), join(work, 'signer.key')]
    const keys = join(work, 'signer-keys.json')
    const issued = await ca.issue({ dns: 'localhost', ip: '127.0.0.1' })
    writeFileSync(certFile, issued.cert)
    writeFileSync(keyFile, issued.key, { mode: 0o600 })
    writeFileSync(join(work, 'root.pem'), ca.root)
    const settings = { SIGNER_CERT_FILE: certFile, SIGNER_KEY_FILE: keyFile, SIGNER_KEYS: keys }
    const first = await startOutsideSigner(settings)
    const provider = await opened(first.url, first.tokenFile, join(work, 'root.pem'))
    const wrapped = await provider.wrap(Buffer.alloc(32, 7), Buffer.from('context'))
    writeFileSync(join(work, 'stranger'), 'another-token')
    const stranger = await opened(first.url, join(work, 'stranger'), join(work, 'root.pem'))
    await expect(stranger.describe()).rejects.toThrow(/CHANCERY_KMS_HTTP_TOKEN_FILE.*unauthenticated/)
    await stranger.close?.()
    await provider.close?.()
    await first.stop()
    const second = await startOutsideSigner(settings)
    const again = await opened(second.url, second.tokenFile, join(work, 'root.pem'))
    expect(Buffer.from(await again.unwrap(wrapped, Buffer.from('context')))).toEqual(Buffer.alloc(32, 7))
    await again.close?.()
    await second.stop()
  })
})

describe.skipIf(!hasTool('curl', '--version') || !hasTool('openssl'))('examples/cron', () => {
  const renew = (more: Record<string, string> = {}, ...names: string[]): Promise<Ended> => {
    const directory = join(work, 'certificates')
    mkdirSync(directory, { recursive: true })
    const env = { ...access, DIRECTORY: directory, RELOAD: `echo reload >>'${work}/reloads'`, ...more }
    return run(join(work, 'examples/cron/renew.sh'), names, env)
  }
  const file = (name: string): string => join(work, 'certificates', `${name}.pem`)
  const serialIn = (name: string): string => new X509Certificate(readFileSync(file(name))).serialNumber
  const reloads = (): number =>
    existsSync(join(work, 'reloads')) ? readFileSync(join(work, 'reloads'), 'utf8').split('\n').length - 1 : 0

  it('gets what is missing, reloads once, and then leaves all alone', async () => {
    const first = await renew({}, 'one.example.com', 'two.example.com')
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(reloads()).toBe(1)
    expect(statSync(file('one.example.com')).mode & 0o777).toBe(0o600)
    const pem = readFileSync(file('one.example.com'), 'utf8')
    const leaf = new X509Certificate(pem)
    expect(leaf.subjectAltName).toBe('DNS:one.example.com')
    expect(pem.match(/BEGIN [A-Z ]+/g)).toEqual([
      'BEGIN PRIVATE KEY',
      'BEGIN CERTIFICATE',
      'BEGIN CERTIFICATE',
    ])
    const serial = serialIn('two.example.com')
    expect(await renew({}, 'one.example.com', 'two.example.com')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(serialIn('two.example.com')).toBe(serial)
    expect(reloads()).toBe(1)
    expect(readdirSync(join(work, 'certificates')).sort()).toEqual([
      'one.example.com.pem',
      'two.example.com.pem',
    ])
  })

  it('renews what is near its end, and what was revoked, and nothing else', async () => {
    await renew({}, 'soon.example.com', 'gone.example.com')
    const [soon, gone] = [serialIn('soon.example.com'), serialIn('gone.example.com')]
    expect((await renew({ DAYS: '91' }, 'soon.example.com')).stdout).toMatch(
      /^renewed soon\.example\.com: notAfter=/,
    )
    expect(serialIn('soon.example.com')).not.toBe(soon)
    const authority = /[0-9a-f-]{36}/.exec((await ca.issue()).id)?.[0] ?? ''
    await ca.revoke(`${authority}.${gone.toLowerCase().padStart(32, '0')}`)
    expect((await renew({}, 'soon.example.com', 'gone.example.com')).stdout).toMatch(/^renewed gone[^\n]+\n$/)
    expect(serialIn('gone.example.com')).not.toBe(gone)
  })

  it('keeps what there is and fails when the server can’t be asked or refuses', async () => {
    await renew({}, 'kept.example.com')
    const before = readFileSync(file('kept.example.com'), 'utf8')
    writeFileSync(join(work, 'wrong'), 'chy_wrong')
    const refused = await renew({ DAYS: '91', CHANCERY_TOKEN_FILE: join(work, 'wrong') }, 'kept.example.com')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('could not renew kept.example.com')
    expect(readFileSync(file('kept.example.com'), 'utf8')).toBe(before)
    const some = await renew({}, 'not a name', 'fine.example.com')
    expect(some.code).toBe(1)
    expect(serialIn('fine.example.com')).not.toBe('')
  })

  it.skipIf(!hasTool('shellcheck', '--version'))('pleases shellcheck', () => {
    expect(runTool('shellcheck', [join(checkout, 'examples/cron/renew.sh')])).toMatchObject({
      status: 0,
      stdout: '',
    })
  })
})
