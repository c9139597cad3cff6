import { writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/faces/cli/connection.ts'
import { bodyOf, csrText, targetsOf } from '../../../src/faces/cli/commands/certificate-order.ts'
import { searchQuery } from '../../../src/faces/cli/commands/certificate-list.ts'
import { exportForm } from '../../../src/contract/schemas/exports.ts'
import { EXPORT_FORMAT_NAMES } from '../../../src/core/domain/exports.ts'
import { persistently } from '../../../src/faces/cli/commands/persistently.ts'
import { warningsOf } from '../../../src/faces/cli/commands/status.ts'
import { runCli } from '../../../src/faces/cli/program.ts'
import type { LocalOptions, Served } from '../../../src/faces/cli/world.ts'
import { aWorld, noVerbs, NOON, temporaryDirectory } from './a-world.ts'

const run = async (line: string, world = aWorld()) => {
  const code = await runCli(line === '' ? [] : line.split(' '), world, noVerbs)
  return { code, out: world.stdout.text(), err: world.stderr.text() }
}

describe('the command line', () => {
  test('help goes to the standard output and says what the exit codes mean', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const words of ['certificate', 'trust', 'CHANCERY_TOKEN', 'Exit codes:', '  6  conflict'])
      expect(out).toContain(words)
    expect((await run('certificate issue --help')).out).toContain('--names-file')
    expect((await run('--version')).out).toBe('1.2.3\n')
  })

  test.each([
    ['', 'Usage'],
    ['certificate', 'Usage'],
    ['certifcate list', 'Did you mean certificate'],
    ['certificate issue', 'names, --csr or --names-file'],
    ['certificate issue a.test --days 0', '1 to 36500'],
    ['certificate issue a.test --days 1e3', '1 to 36500'],
    ['certificate issue a.test --key-algorithm rsa', 'RSA_2048'],
    ['certificate issue a.test --signature-algorithm MD5', 'SHA256WITHRSA'],
    ['certificate issue a.test --out-dir d --key k', '--out-dir and --key'],
    ['certificate issue --csr x --key k', '--key'],
    ['certificate issue --csr x --key-algorithm RSA_2048', '--key-algorithm'],
    ['certificate issue --csr - --out-dir d', '--chain FILE'],
    ['certificate issue --names-file f', '--out-dir'],
    ['certificate issue a.test --names-file f --out-dir d', 'give none besides'],
    ['certificate issue --names-file f --csr x --out-dir d', '--csr'],
    ['certificate list --expires-within soon', '30d'],
    ['certificate list --limit 5000', '1 to 1000'],
    ['certificate revoke x --reason because', 'keyCompromise'],
    ['certificate export x --format der2 --out f', 'pkcs12'],
    ['certificate export x --format pem --parts root --out f', 'certificate, chain, key'],
    ['certificate export x --format jks --parts key --out f', '--parts'],
    ['certificate export x --format pkcs8-encrypted-pem --parts chain --out f', '--parts'],
    ['certificate export x --format der --parts key,chain --out f', '--parts'],
    ['certificate export x --format der --friendly-name y --out f', '--friendly-name'],
    ['certificate export x --format der --passphrase-file y --out f', 'pkcs8-encrypted-der'],
    ['certificate export x --format pem', '--out'],
    ['certificate export x --format pem --out f --json', '--json'],
    ['certificate show x --pem --text', 'exclude each other'],
    ['certificate show x --pem --json', '--json'],
    ['authority create branch --name x', 'subordinate'],
    ['authority create root', '--name'],
    ['key mark-compromised', '--spki-sha256'],
    ['key mark-compromised --spki-sha256 a --csr b', 'in one way'],
    ['key mark-compromised --csr nowhere', '--csr'],
    ['token create --name x --role god', 'administrator'],
    ['account create --name x --id 12', '12 decimal digits'],
    ['trust check --store windows', 'nss'],
    ['trust check --authority a --file b', 'exclude each other'],
    ['completion powershell', 'fish'],
    ['status --url ftp://x', 'https://'],
    ['status --url http://ca.example.com', 'https://ca.example.com'],
    ['status --url https://user:pass@ca.test', 'CHANCERY_TOKEN'],
    ['status --region moon', '--region'],
    ['status --insecure', 'unknown option'],
    ['status -k', 'unknown option'],
  ])('%s: usage', async (line, words) => {
    const { code, out, err } = await run(line)
    expect(err).toContain(words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
  })

  test('without a token nothing is sent, and how to give one is said', async () => {
    const { code, err } = await run('status')
    expect(code).toBe(4)
    expect(err).toContain('CHANCERY_TOKEN')
    expect(err).toContain('--token-file')
  })

  test('where nothing listens it ends with 3', async () => {
    const world = aWorld({ environment: { CHANCERY_TOKEN: 't' } })
    const { code, err } = await run('status --url https://127.0.0.1:1', world)
    expect(code).toBe(3)
    expect(err).toContain('nothing listens there')
  })

  test('a file that exists stops it before anything is issued', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'a.test.pem'), '')
    const { code, err } = await run('certificate issue a.test', aWorld({ directory }))
    expect(code).toBe(2)
    expect(err).toContain('a.test.pem exists already')
  })
})

describe('which server, which token', () => {
  const withData = (environment: Record<string, string> = {}) => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'data'))
    writeFileSync(join(directory, 'data/admin-token'), 'chy_local\n')
    writeFileSync(join(directory, 'file'), ' chy_file\n')
    writeFileSync(join(directory, 'empty'), '\n')
    return aWorld({ directory, environment })
  }

  test('the local token goes to this machine, and elsewhere only when the data directory was named', async () => {
    expect((await connect(withData(), {})).url).toBe('https://127.0.0.1:8443')
    expect((await connect(withData(), { url: 'http://localhost:1/base/' })).url).toBe(
      'http://localhost:1/base',
    )
    const elsewhere = { url: 'https://ca.example.com' }
    await expect(connect(withData(), elsewhere)).rejects.toMatchObject({ exitCode: 4 })
    expect((await connect(withData(), { ...elsewhere, dataDir: 'data' })).url).toBe(elsewhere.url)
    expect((await connect(withData({ CHANCERY_DATA_DIR: 'data' }), elsewhere)).url).toBe(elsewhere.url)
  })

  test.each([
    [{ tokenFile: 'empty' }, '--token-file empty'],
    [{ tokenFile: 'missing' }, 'can’t read missing'],
    [{ ca: 'file' }, 'no certificate'],
    [{ ca: 'missing' }, '--ca'],
  ])('%j is wrong usage', async (options, words) => {
    await expect(connect(withData(), options)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(words),
    })
  })

  test('a wrong variable is named as such', async () => {
    const wrong = (environment: Record<string, string>) => connect(withData(environment), {})
    await expect(wrong({ CHANCERY_URL: 'nonsense' })).rejects.toMatchObject({
      message: expect.stringContaining('CHANCERY_URL'),
    })
    await expect(wrong({ CHANCERY_TOKEN: 'two words' })).rejects.toMatchObject({
      message: expect.stringContaining('CHANCERY_TOKEN'),
    })
    await expect(wrong({ CHANCERY_CA: 'no' })).rejects.toMatchObject({
      message: expect.stringContaining('CHANCERY_CA'),
    })
  })
})

describe('what is asked of the server', () => {
  test('issuing', () => {
    expect(
      bodyOf(['a.test', '10.0.0.1'], undefined, { days: 30, profile: 'tls', authority: 'x' }, true),
    ).toEqual({
      authority: 'x',
      key: { algorithm: 'EC_prime256v1' },
      names: { dns: ['a.test'], ip: ['10.0.0.1'] },
      profile: 'tls',
      validity: { days: 30 },
      export: { format: 'pem' },
    })
    expect(bodyOf([], 'PEM', {}, false)).toEqual({ csr: 'PEM' })
  })

  test('where files go', () => {
    const none = { cert: undefined, chain: undefined, key: undefined }
    const here = { cert: undefined, chain: '/w/a.test.pem', key: '/w/a.test-key.pem' }
    expect(targetsOf('/w', ['a.test'], {}, false)).toEqual(here)
    expect(targetsOf('/w', ['a.test'], {}, true)).toEqual(none)
    expect(targetsOf('/w', ['a.test'], { outDir: '.' }, true)).toEqual(here)
    expect(targetsOf('/w', ['a.test'], { key: 'k', cert: '/c' }, true)).toEqual({
      ...none,
      key: '/w/k',
      cert: '/c',
    })
    expect(targetsOf('/w', [], { csr: 'in/req.csr' }, false)).toEqual(none)
    expect(targetsOf('/w', [], { csr: 'in/req.csr', outDir: 'o' }, false)).toEqual({
      ...none,
      chain: '/w/o/req.pem',
    })
  })

  test('a CSR travels as PEM, whatever it was', () => {
    expect(csrText(Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\n'))).toContain('-----BEGIN')
    expect(csrText(Uint8Array.of(0x30, 0x03, 0xff))).toMatch(
      /^-----BEGIN CERTIFICATE REQUEST-----\nMAP\/\n-----END/,
    )
  })

  test('searching: what expires soon has not expired yet', () => {
    expect(searchQuery({ limit: 5, expiresWithin: 86_400_000, name: '.test' }, NOON)).toEqual({
      name: '.test',
      limit: 5,
      expiresAfter: '2026-11-22T12:00:00.000Z',
      expiresBefore: '2026-11-23T12:00:00.000Z',
    })
    expect(searchQuery({ limit: 5, all: true, status: 'valid' }, NOON)).toEqual({
      limit: 1000,
      status: 'valid',
    })
  })

  test('the export formats are those of the contract', () => {
    expect(exportForm.options.map(({ shape }) => shape.format.value)).toEqual(EXPORT_FORMAT_NAMES)
  })
})

test('status warns of authorities that end, and of a missing default', () => {
  const authority = (name: string, notAfter: string, isDefault = false) => ({
    name,
    notAfter,
    isDefault,
    status: 'ACTIVE' as const,
  })
  const old = authority('old', '2026-11-01T00:00:00Z')
  const soon = authority('soon', '2026-12-01T00:00:00Z')
  const fine = authority('fine', '2030-01-01T00:00:00Z', true)
  const warnings = warningsOf({ warnings: ['from the server'] }, [old, soon, fine], NOON)
  expect(warnings).toEqual([
    'from the server',
    'authority “old” has expired',
    'authority “soon” expires soon; make its successor now',
  ])
  expect(warningsOf({ warnings: [] }, [soon], NOON)).toHaveLength(2)
})

describe('persistence', () => {
  const refused = () => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })

  test('what passes is tried again, with longer and longer waits', async () => {
    const world = aWorld()
    let attempts = 0
    const outcome = await persistently(world, () => {
      attempts += 1
      return attempts < 4 ? Promise.reject(refused()) : Promise.resolve('done')
    })
    expect([outcome, world.waited]).toEqual(['done', [250, 1000, 4000]])
  })

  test('what lasts is thrown in the end, and what can’t pass at once', async () => {
    const world = aWorld()
    await expect(persistently(world, () => Promise.reject(refused()))).rejects.toThrow('refused')
    expect(world.waited).toHaveLength(3)
    await expect(persistently(world, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(world.waited).toHaveLength(3)
  })
})

describe('serve', () => {
  const served = (stopped: string[]): Served => ({
    apiUrl: 'https://127.0.0.1:8443',
    privately: {},
    dnsAddress: '127.0.0.1:5300',
    repositoryUrl: 'http://127.0.0.1:8080',
    dataDir: '/d',
    listenerCaFile: '/d/listener-ca.pem',
    newAdminToken: { file: '/d/admin-token', secret: 'chy_secret' },
    warnings: ['be warned'],
    stop: async () => void stopped.push('stopped'),
  })

  test.each([true, false])('says what to do next; the token to a terminal only (%s)', async (terminal) => {
    const stopped: string[] = []
    const options: LocalOptions[] = []
    const world = aWorld({ terminal, untilAsked: () => Promise.resolve('SIGTERM') })
    const verbs = {
      ...noVerbs,
      serve: (given: LocalOptions) => {
        options.push(given)
        return Promise.resolve(served(stopped))
      },
    }
    expect(await runCli(['serve', '--simulation', '--data-dir', '/d'], world, verbs)).toBe(0)
    expect([options, stopped]).toEqual([[{ simulation: true, dataDir: '/d' }], ['stopped']])
    const said = world.stdout.text() + world.stderr.text()
    for (const words of [
      'https://127.0.0.1:8443',
      '/d/listener-ca.pem',
      '/d/admin-token',
      'be warned',
      'SIGTERM',
    ])
      expect(said).toContain(words)
    expect(said.includes('chy_secret')).toBe(terminal)
    // Elsewhere the standard output is the log, a JSON document a line.
    if (!terminal) expect(world.stdout.text()).toBe('')
  })

  test('demo has a data directory of its own unless one is named', async () => {
    const options: LocalOptions[] = []
    const serve = (given: LocalOptions) => {
      options.push(given)
      return Promise.resolve(served([]))
    }
    const asked = { untilAsked: () => Promise.resolve('SIGINT') }
    await runCli(['demo'], aWorld(asked), { ...noVerbs, serve })
    await runCli(['demo', '--data-dir', 'x'], aWorld(asked), { ...noVerbs, serve })
    await runCli(['demo'], aWorld({ ...asked, environment: { CHANCERY_DATA_DIR: 'y' } }), {
      ...noVerbs,
      serve,
    })
    expect(options.map(({ dataDir, simulation }) => [dataDir, simulation])).toEqual([
      ['demo-data', true],
      ['x', true],
      [undefined, true],
    ])
  })
})
