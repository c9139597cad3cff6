import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../../src/faces/cli/program.ts'
import { aWorld, noVerbs, temporaryDirectory } from '../../faces/cli/a-world.ts'
import { hasTool, runTool } from '../../support/tools.ts'

const directory = temporaryDirectory()
const home = join(directory, 'home')
const systemRoot = join(directory, 'root')
const javaHome = join(directory, 'java')
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`

const trust = async (line: string, settings: Parameters<typeof aWorld>[0] = {}) => {
  const world = aWorld({
    directory,
    home,
    systemRoot,
    ...settings,
    environment: { PATH, JAVA_HOME: javaHome, ...settings?.environment },
  })
  const code = await runCli(['trust', ...line.split(' ')], world, noVerbs)
  return { code, out: world.stdout.text(), err: world.stderr.text() }
}
type Stores = { stores: { store: string; place: string; state: string; says: string }[] }
const states = async (store: string, file = 'ca.pem'): Promise<string[]> =>
  (JSON.parse((await trust(`check --store ${store} --file ${file} --json`)).out) as Stores).stores.map(
    ({ state }) => state,
  )

/** A self-signed certificate, made by openssl. */
function certificate(name: string, ca: boolean, days = '30'): void {
  const made = runTool('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    days,
    '-subj',
    `/CN=${name}`,
    '-keyout',
    join(directory, `${name}.key`),
    '-out',
    join(directory, `${name}.pem`),
    '-addext',
    `basicConstraints=critical,CA:${ca ? 'TRUE' : 'FALSE'}`,
  ])
  expect(made.status).toBe(0)
}

beforeAll(() => {
  for (const path of ['usr/local/share/ca-certificates', 'usr/share/ca-certificates', 'etc/ssl/certs', 'etc'])
    mkdirSync(join(systemRoot, path), { recursive: true })
  mkdirSync(home)
  for (const name of ['ca', 'other', 'third', 'distribution']) certificate(name, true)
  // No system is without authorities, and update-ca-certificates makes no empty bundle.
  writeFileSync(join(systemRoot, 'etc/ca-certificates.conf'), 'distribution.crt\n')
  copyFileSync(
    join(directory, 'distribution.pem'),
    join(systemRoot, 'usr/share/ca-certificates/distribution.crt'),
  )
  certificate('leaf', false)
})

describe('what may be trusted', () => {
  test.each([
    ['leaf.pem', 'not the certificate of an authority'],
    ['ca.key', 'private key'],
    ['missing.pem', 'no such file'],
  ])('%s may not', async (file, words) => {
    const { code, err } = await trust(`install --file ${file} --yes --store nss`)
    expect(code).toBe(2)
    expect(err).toContain(words)
  })

  test('nothing happens unless the person agrees', async () => {
    for (const [typed, code] of [
      [['n'], 1],
      [[''], 1],
      [[undefined], 1],
      [undefined, 2],
    ] as const) {
      const outcome = await trust(
        'install --file ca.pem --store system',
        typed === undefined ? {} : { typed },
      )
      expect(outcome.code).toBe(code)
      expect(outcome.out).toContain('CN=ca')
      expect(outcome.out).toMatch(/SHA-256 +([0-9A-F]{2}:){31}/)
    }
    expect(readdirSync(join(systemRoot, 'usr/local/share/ca-certificates'))).toEqual([])
  })

  test('stores that this machine lacks are passed over, or an error when asked for', async () => {
    const bare = {
      systemRoot: join(directory, 'bare'),
      environment: { PATH: '/nowhere', JAVA_HOME: '/nowhere' },
    }
    const all = await trust('check --file ca.pem --json', bare)
    expect((JSON.parse(all.out) as Stores).stores.map(({ state }) => state)).toEqual(['none', 'none', 'none'])
    expect(all.code).toBe(0)
    for (const [store, name] of [
      ['nss', 'libnss3-tools'],
      ['java', 'default-jre-headless'],
    ]) {
      const { code, err } = await trust(`install --store ${store} --file ca.pem --yes`, bare)
      expect(code).toBe(1)
      expect(err).toContain(name)
    }
  })
})

describe.runIf(hasTool('update-ca-certificates', '--help'))('the system’s store (Debian)', () => {
  const bundle = () => readFileSync(join(systemRoot, 'etc/ssl/certs/ca-certificates.crt'), 'utf8')

  test('in, once, and out', async () => {
    expect(await states('system')).toEqual(['absent'])
    expect((await trust('install --file ca.pem --store system', { typed: ['y'] })).code).toBe(0)
    expect(await states('system')).toEqual(['trusted'])
    expect(bundle()).toContain(readFileSync(join(directory, 'ca.pem'), 'utf8').trim().split('\n')[1])
    expect((await trust('check --file ca.pem --store system')).code).toBe(0)
    expect((await trust('install --file ca.pem --store system --yes')).out).toContain('trusts it already')
    expect(readdirSync(join(systemRoot, 'usr/local/share/ca-certificates'))).toHaveLength(1)
    expect((await trust('uninstall --file ca.pem --store system --yes')).code).toBe(0)
    expect(await states('system')).toEqual(['absent'])
    expect(readdirSync(join(systemRoot, 'usr/local/share/ca-certificates'))).toEqual([])
    expect((await trust('uninstall --file ca.pem --store system --yes')).out).toContain('doesn’t have it')
  })

  test('what an administrator put there stays', async () => {
    const theirs = join(systemRoot, 'usr/local/share/ca-certificates/theirs.crt')
    copyFileSync(join(directory, 'other.pem'), theirs)
    const { code, out } = await trust('uninstall --file other.pem --store system --yes')
    expect(code).toBe(0)
    expect(out).toContain('left alone')
    expect(readdirSync(dirname(theirs))).toEqual(['theirs.crt'])
  })

  test('a file of our name with another certificate in it isn’t taken for ours', async () => {
    await trust('install --file third.pem --store system --yes')
    const [name = ''] = readdirSync(join(systemRoot, 'usr/local/share/ca-certificates')).filter((it) =>
      it.startsWith('chancery-'),
    )
    copyFileSync(join(directory, 'ca.pem'), join(systemRoot, 'usr/local/share/ca-certificates', name))
    await trust('uninstall --file third.pem --store system --yes')
    expect(readdirSync(join(systemRoot, 'usr/local/share/ca-certificates'))).toContain(name)
    rmSync(join(systemRoot, 'usr/local/share/ca-certificates', name))
  })

  test('a tool that fails is reported with its words', async () => {
    const bin = join(directory, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'update-ca-certificates'), '#!/bin/sh\necho the disk is on fire >&2\nexit 3\n', {
      mode: 0o755,
    })
    const { code, err } = await trust('install --file ca.pem --store system --yes', {
      environment: { PATH: `${bin}:${PATH}` },
    })
    expect(code).toBe(1)
    expect(err).toContain('update-ca-certificates failed: the disk is on fire')
    // The file is there, the bundle isn't made: check says so, and a later install ends it.
    expect(await states('system')).toEqual(['untrusted'])
    expect((await trust('install --file ca.pem --store system --yes')).code).toBe(0)
    expect(await states('system')).toEqual(['trusted'])
  })
})

describe.runIf(hasTool('certutil', '-H'))('NSS', () => {
  const profile = join(home, '.mozilla/firefox/abc.default')
  const listed = (database: string) => runTool('certutil', ['-L', '-d', `sql:${database}`]).stdout

  test('the user’s database is made, Firefox’s profiles found; in, once, and out', async () => {
    mkdirSync(profile, { recursive: true })
    expect(runTool('certutil', ['-N', '-d', `sql:${profile}`, '--empty-password']).status).toBe(0)
    expect(await states('nss')).toEqual(['absent', 'absent'])
    expect((await trust('install --file ca.pem --store nss --yes')).code).toBe(0)
    expect(await states('nss')).toEqual(['trusted', 'trusted'])
    for (const database of [profile, join(home, '.pki/nssdb')])
      expect(listed(database)).toMatch(/^chancery-[0-9a-f]{16} +C,,/m)
    expect(
      (await trust('install --file ca.pem --store nss --yes')).out.match(/trusts it already/g),
    ).toHaveLength(2)
    expect((await trust('uninstall --file ca.pem --store nss --yes')).code).toBe(0)
    expect(await states('nss')).toEqual(['absent', 'absent'])
  })

  test('under somebody else’s name it is seen, and left alone', async () => {
    const added = runTool('certutil', [
      '-A',
      '-d',
      `sql:${profile}`,
      '-n',
      'Their name',
      '-t',
      'CT,C,',
      '-a',
      '-i',
      join(directory, 'other.pem'),
    ])
    expect(added.status).toBe(0)
    expect(await states('nss', 'other.pem')).toEqual(['absent', 'trusted'])
    const { out } = await trust('uninstall --file other.pem --store nss --yes')
    expect(out).toContain('“Their name”')
    expect(listed(profile)).toContain('Their name')
  })
})

describe.runIf(hasTool('keytool', '-help'))('Java', () => {
  const keystore = join(javaHome, 'lib/security/cacerts')
  const keytool = (...args: string[]) =>
    runTool('keytool', [...args, '-keystore', keystore, '-storepass', 'changeit'])

  beforeAll(() => {
    mkdirSync(dirname(keystore), { recursive: true })
    const made = keytool(
      '-importcert',
      '-noprompt',
      '-alias',
      'theirs',
      '-file',
      join(directory, 'other.pem'),
    )
    expect(made.status).toBe(0)
  })

  test('in, once, and out; others’ entries stay', async () => {
    expect(await states('java')).toEqual(['absent'])
    expect((await trust('install --file ca.pem --store java --yes')).code).toBe(0)
    expect(await states('java')).toEqual(['trusted'])
    expect(keytool('-list').stdout).toMatch(/chancery-[0-9a-f]{16}, .*trustedCertEntry/)
    expect((await trust('install --file ca.pem --store java --yes')).out).toContain('trusts it already')
    expect((await trust('uninstall --file ca.pem --store java --yes')).code).toBe(0)
    expect(await states('java')).toEqual(['absent'])
    expect((await trust('uninstall --file other.pem --store java --yes')).out).toContain('“theirs”')
    expect(keytool('-list').stdout).toContain('theirs')
  })

  test('a store with another password says what is needed', async () => {
    writeFileSync(join(directory, 'store-password'), 'wrong-password\n')
    const { code, err } = await trust(
      'install --file ca.pem --store java --yes --java-password-file store-password',
    )
    expect(code).toBe(1)
    expect(err).toContain('--java-password-file')
  })
})
