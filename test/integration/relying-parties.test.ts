import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestOf } from '../../src/contract/client.ts'
import { aRequest } from '../core/operations/requests.ts'
import { hasTool } from '../support/tools.ts'
import { InteropTable } from './support/interop-table.ts'
import { pemOf } from './support/load.ts'
import {
  curlBare,
  curlCrl,
  curlStapled,
  gnutlsCrl,
  gnutlsOcsp,
  gnutlsStapled,
  java,
  nss,
  nssDatabase,
  nssOcsp,
  nssStapled,
  opensslCrl,
  opensslOcsp,
  opensslStapled,
  pemFile,
  servedOverTls,
  stapleFor,
  type Presented,
  type TlsClient,
  type Verdict,
} from './support/relying-parties.ts'
import { fetchCrl } from './support/revoked-in.ts'
import { run } from './support/run.ts'
import { aServer, temporaryDirectory, type LocalServer } from './support/servers.ts'

const PAGE = join(import.meta.dirname, '../../docs/interop.md')
const CLIENTS = ['OpenSSL', 'GnuTLS', 'NSS', 'Java', 'curl'] as const
type Client = (typeof CLIENTS)[number]
const HERE: Readonly<Record<Client, boolean>> = {
  OpenSSL: hasTool('openssl'),
  GnuTLS: hasTool('ocsptool', '--version') && hasTool('gnutls-cli', '--version'),
  NSS: hasTool('vfychain', '-h') && hasTool('ocspclnt', '-H') && hasTool('tstclnt', '-v'),
  // A source file is run by the launcher, which takes the compiler of a JDK.
  Java: hasTool('java', '-version') && hasTool('javac', '-version'),
  curl: hasTool('curl', '--version'),
}
const VERSIONS = { GnuTLS: 'GnuTLS 3.7.9', NSS: 'NSS 3.87', Java: 'OpenJDK 17', curl: 'curl 7.88' } as const

/** What each certificate is, and what everybody must make of it. */
const FATES = { good: 'good', revoked: 'revoked', 'on hold': 'revoked', 'never issued': 'unknown' } as const
type Fate = keyof typeof FATES
const WAYS: Readonly<Record<string, readonly Fate[]>> = {
  OCSP: ['good', 'revoked', 'on hold', 'never issued'],
  'stapled OCSP': ['good', 'revoked', 'on hold', 'never issued'],
  // A CRL says nothing of what it doesn't name.
  'complete CRL': ['good', 'revoked', 'on hold'],
  'CRL of a shard': ['good', 'revoked', 'on hold'],
}
/** Between the complete CRL and the delta CRL. */
const SINCE = { 'revoked since': 'revoked', 'off hold since': 'good', 'unchanged since': 'good' } as const
const rowOf = (way: string, fate: string): string => `${way}: ${fate}`
const ROWS = [
  ...Object.entries(WAYS).flatMap(([way, fates]) => fates.map((fate) => rowOf(way, fate))),
  ...Object.keys(SINCE).map((fate) => rowOf('delta CRL', fate)),
]
const table = new InteropTable(ROWS, CLIENTS, 'how, and what the certificate is')

type Leaf = Presented & { readonly id: string; readonly key: string }
type World = { readonly leaves: Readonly<Record<string, Leaf>>; readonly crls: string; readonly id: string }

let ca: LocalServer
let files: string
let root: { readonly id: string; readonly certificate: string; readonly file: string }
let complete: World
let partitioned: World
let withDeltas: World
let db: string
/** In front of the repository, so that it is seen what is asked for. */
let front: Server
const asked: string[] = []

beforeAll(async () => {
  files = temporaryDirectory()
  ca = await aServer()
  front = await frontOf(ca.repositoryUrl)
  const made = await ca.admin.createAuthority({
    body: { kind: 'root', name: 'rp root', subject: { commonName: 'RP Root' } },
  })
  const certificate = made.certificate ?? ''
  root = { id: made.id, certificate, file: pemFile(files, 'root.pem', certificate) }
  db = await nssDatabase(files, root.file)
  const host = `127.0.0.1:${(front.address() as AddressInfo).port}`
  complete = await world('complete', {})
  partitioned = await world('partitioned', { crl: { kind: 'PARTITIONED' } })
  withDeltas = await world('deltas', { crl: { host, deltaHours: 24 } })
}, 200_000)
afterAll(async () => {
  front.close()
  await ca.dispose()
  await rm(files, { recursive: true })
})

async function frontOf(behind: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    fetch(behind + path).then(
      async (answer) => {
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
        response.end(Buffer.from(await answer.arrayBuffer()))
      },
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** An issuing authority below the root, with a certificate of every fate. */
async function world(
  name: string,
  revocation: NonNullable<RequestOf<'createAuthority'>['body']['revocation']>,
): Promise<World> {
  const { admin } = ca
  const subject = { commonName: `RP ${name}` }
  const { id, certificate = '' } = await admin.createAuthority({
    body: { kind: 'subordinate', name, parent: root.id, subject, revocation },
  })
  const issuing = pemFile(files, `${name}.pem`, certificate)
  const above = pemFile(files, `${name}-above.pem`, certificate + root.certificate)
  await run('certutil', ['-A', '-d', db, '-n', name, '-t', ',,', '-a', '-i', issuing])
  const leaf = async (fate: string): Promise<Leaf> => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const names = [{ type: 'ip', value: '127.0.0.1' }] as const
    const csr = pemOf('CERTIFICATE REQUEST', aRequest({ key, names }))
    const issued = await admin.issueCertificate({ body: { authority: id, csr } })
    const file = (what: string, content: string) =>
      pemFile(files, `${name}-${fate.replaceAll(' ', '-')}-${what}.pem`, content)
    return {
      id: issued.id,
      key: key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      leaf: file('leaf', issued.certificate),
      chain: file('chain', issued.certificate + certificate),
      issuing,
      above,
      root: root.file,
      ocspUrl: `${ca.repositoryUrl}/ocsp`,
    }
  }
  const leaves: Record<string, Leaf> = {}
  for (const fate of [...Object.keys(FATES), ...Object.keys(SINCE)]) leaves[fate] = await leaf(fate)
  const revoke = (fate: string, reason: 'keyCompromise' | 'certificateHold') =>
    admin.revokeCertificate({
      params: { id: leaves[fate]?.id ?? '' },
      query: { wait: 'published' },
      body: { reason },
    })
  // The first revocation makes a complete CRL also where deltas are made; what comes then may be in a delta only.
  await revoke('off hold since', 'certificateHold')
  await revoke('revoked', 'keyCompromise')
  await revoke('on hold', 'certificateHold')
  forget(leaves['never issued']?.id ?? '')
  return { id, leaves, crls: await crlsOf(name, await leaf('another')) }
}

/** As if it had never been issued: its signature is right, and nobody has it on record. */
function forget(id: string): void {
  const database = new Database(ca.database)
  const serial = Buffer.from(id.split('.')[1] ?? '', 'hex')
  expect(database.prepare('DELETE FROM Certificate WHERE serial = ?').run(serial).changes).toBe(1)
  database.close()
}

/** The CRL that a certificate names and the root's, PEM in one file; each verifies under its issuer. */
async function crlsOf(name: string, leaf: Leaf): Promise<string> {
  const own = await crlAt(await pointOf(leaf.leaf), leaf.issuing)
  const above = await crlAt(await pointOf(leaf.issuing), leaf.root)
  return pemFile(files, `${name}-crls.pem`, own + above)
}

/** @param extension whose URL: of the CRL, or of the delta to it */
async function pointOf(certificate: string, extension = 'CRL Distribution Points'): Promise<string> {
  const { stdout } = await run('openssl', ['x509', '-in', certificate, '-noout', '-text'])
  const url = new RegExp(`X509v3 ${extension}:[^]*?URI:(\\S+)`).exec(stdout)?.[1]
  if (url === undefined) throw new Error(`${certificate} names no ${extension}`)
  return url
}

async function crlAt(url: string, issuer: string): Promise<string> {
  let der: Buffer | undefined
  // The first one of an authority that has revoked nothing is made by a job.
  for (let tries = 0; der === undefined; tries++) {
    der = await fetchCrl(url).catch((error: unknown) => {
      if (tries > 120) throw error
      return undefined
    })
    if (der === undefined) await after(500)
  }
  const pem = pemOf('X509 CRL', der)
  const verified = await run('openssl', ['crl', '-verify', '-CAfile', issuer, '-noout'], pem)
  expect(verified.stderr).toContain('verify OK')
  if (HERE.GnuTLS) {
    const file = pemFile(files, 'verified.crl', pem)
    const { stdout } = await run('certtool', [
      '--verify-crl',
      '--load-ca-certificate',
      issuer,
      '--infile',
      file,
    ])
    expect(stdout).toMatch(/Verification output: Verified\./)
  }
  return pem
}

const of = (from: World, fates: readonly string[]): readonly Leaf[] =>
  fates.map((fate) => from.leaves[fate] as Leaf)
const each = (leaves: readonly Leaf[], ask: (leaf: Leaf) => Promise<Verdict>): Promise<Verdict[]> =>
  Promise.all(leaves.map(ask))

/** Each verdict is what the certificate's fate is; only then it counts. */
function expectAll(
  way: string,
  client: Client,
  fates: Readonly<Record<string, string>>,
  said: readonly Verdict[],
): void {
  expect(said).toHaveLength(Object.keys(fates).length)
  for (const [index, [fate, is]] of Object.entries(fates).entries()) {
    expect(said[index]?.is, `${fate}: ${said[index]?.said ?? ''}`).toBe(is)
    table.held(rowOf(way, fate), client, 1)
  }
}
const fatesOf = (way: string) =>
  Object.fromEntries((WAYS[way] ?? []).map((fate) => [fate, FATES[fate]])) as Record<Fate, string>
const cannot = (
  way: string,
  fates: readonly string[],
  client: Exclude<Client, 'OpenSSL'>,
  why: string,
): void => {
  for (const fate of fates) table.cannot(rowOf(way, fate), client, `${why}: ${VERSIONS[client]}`)
}

describe('OCSP', () => {
  const fates = fatesOf('OCSP')
  const leaves = () => of(complete, Object.keys(fates))

  test.runIf(HERE.OpenSSL)('openssl ocsp, with SHA-1 and SHA-256, with a nonce and without', async () => {
    for (const options of [[], ['-sha256'], ['-no_nonce'], ['-sha256', '-no_nonce']])
      expectAll('OCSP', 'OpenSSL', fates, await each(leaves(), (leaf) => opensslOcsp(leaf, ...options)))
    const shards = of(partitioned, Object.keys(fates))
    expectAll('OCSP', 'OpenSSL', fates, await each(shards, (leaf) => opensslOcsp(leaf)))
  })

  test.runIf(HERE.GnuTLS)('ocsptool --ask', async () => {
    expectAll('OCSP', 'GnuTLS', fates, await each(leaves(), gnutlsOcsp))
  })

  test.runIf(HERE.NSS)('ocspclnt -S and vfychain', async () => {
    expectAll('OCSP', 'NSS', fates, await each(leaves(), (leaf) => nssOcsp(leaf, files)))
    expectAll('OCSP', 'NSS', fates, await each(leaves(), (leaf) => nss(leaf, db, 'ocsp')))
  })

  test.runIf(HERE.Java)('the JDK’s PKIX validator', async () => {
    const said = await java('ocsp', leaves())
    expectAll('OCSP', 'Java', fates, said)
    expect(said.map((it) => it.said).slice(1, 3)).toEqual([
      'revoked KEY_COMPROMISE',
      'revoked CERTIFICATE_HOLD',
    ])
  })

  test.runIf(HERE.curl)('curl asks no responder by itself', async () => {
    const [, revoked] = leaves() as [Leaf, Leaf]
    const server = await servedOverTls(revoked, revoked.key)
    expect((await curlBare(revoked, server.port)).is).toBe('good')
    server.close()
    cannot('OCSP', Object.keys(fates), 'curl', 'asks nobody')
  })
})

describe('stapled OCSP', () => {
  const fates = fatesOf('stapled OCSP')
  const leaves = () => of(complete, Object.keys(fates))
  const stapled = (leaf: Leaf): Promise<string> => stapleFor(leaf, leaf.leaf.replace('.pem', '.ocsp'))
  const by = (client: TlsClient) => async (leaf: Leaf) => {
    const server = await servedOverTls(leaf, leaf.key, readFileSync(await stapled(leaf)))
    try {
      return await client(leaf, server.port, db)
    } finally {
      server.close()
    }
  }

  test.runIf(HERE.OpenSSL)('openssl s_client -status', async () => {
    expectAll('stapled OCSP', 'OpenSSL', fates, await each(leaves(), by(opensslStapled)))
  })
  test.runIf(HERE.GnuTLS)('gnutls-cli', async () => {
    const said = await each(leaves(), by(gnutlsStapled))
    const { 'never issued': _, ...told } = fates
    expectAll('stapled OCSP', 'GnuTLS', told, said.slice(0, -1))
    expect(said.at(-1)?.is).toBe('good')
    cannot('stapled OCSP', ['never issued'], 'GnuTLS', 'takes unknown for nothing said')
  })
  test.runIf(HERE.NSS)('tstclnt -F -T', async () => {
    expectAll('stapled OCSP', 'NSS', fates, await each(leaves(), by(nssStapled)))
  })
  test.runIf(HERE.Java)('the JDK’s PKIX validator with what was stapled', async () => {
    const files = await Promise.all(leaves().map(stapled))
    expectAll('stapled OCSP', 'Java', fates, await java('staple', leaves(), files))
  })
  test.runIf(HERE.curl)('curl --cert-status', async () => {
    expectAll('stapled OCSP', 'curl', fates, await each(leaves(), by(curlStapled)))
  })
})

describe.each([
  ['complete CRL', () => complete],
  ['CRL of a shard', () => partitioned],
] as const)('%s', (way, from) => {
  const fates = fatesOf(way)
  const leaves = () => of(from(), Object.keys(fates))

  test.runIf(HERE.OpenSSL)('openssl verify -crl_check_all', async () => {
    expectAll(way, 'OpenSSL', fates, await each(leaves(), (leaf) => opensslCrl(leaf, from().crls)))
  })
  test.runIf(HERE.GnuTLS)('certtool --verify --load-crl', async () => {
    expectAll(way, 'GnuTLS', fates, await each(leaves(), (leaf) => gnutlsCrl(leaf, from().crls)))
  })
  test.runIf(HERE.NSS)('vfychain, which fetches it', async () => {
    const said = await each(leaves(), (leaf) => nss(leaf, db, 'crl'))
    if (way === 'complete CRL') return expectAll(way, 'NSS', fates, said)
    // RFC 5280 §5.2: who doesn't know a critical extension may use the CRL for what it names, and for nothing else.
    expect(said.map(({ is }) => is)).not.toContain('good')
    cannot(way, Object.keys(fates), 'NSS', 'reads none that is for a part only')
  })
  test.runIf(HERE.Java)('the JDK’s PKIX validator, which fetches it', async () => {
    expectAll(way, 'Java', fates, await java('crl', leaves()))
  })
  test.runIf(HERE.curl)('curl --crlfile', async () => {
    const verdicts = each(leaves(), async (leaf) => {
      const server = await servedOverTls(leaf, leaf.key)
      try {
        return await curlCrl(leaf, server.port, from().crls)
      } finally {
        server.close()
      }
    })
    expectAll(way, 'curl', fates, await verdicts)
  })
})

describe('delta CRL', () => {
  /** What the complete CRL alone says. */
  const STALE = ['good', 'revoked', 'good']
  const way = 'delta CRL'
  const leaves = () => of(withDeltas, Object.keys(SINCE))
  /** The complete CRLs from before, and the delta from after what has changed. */
  let both: string

  beforeAll(async () => {
    const [revoked, held] = leaves() as [Leaf, Leaf]
    const before = await each(leaves(), (leaf) => opensslCrl(leaf, withDeltas.crls))
    expect(before.map(({ is }) => is)).toEqual(STALE)
    const wait = { wait: 'published' } as const
    await ca.admin.revokeCertificate({
      params: { id: revoked.id },
      query: wait,
      body: { reason: 'superseded' },
    })
    await ca.admin.liftHold({ params: { id: held.id }, query: wait })
    const delta = await crlAt(await pointOf(revoked.leaf, 'Freshest CRL'), revoked.issuing)
    both = pemFile(files, 'delta.pem', readFileSync(withDeltas.crls, 'utf8') + delta)
  })

  test.runIf(HERE.OpenSSL)('openssl verify -crl_check_all -use_deltas', async () => {
    const said = await each(leaves(), (leaf) => opensslCrl(leaf, both, '-use_deltas', '-extended_crl'))
    expectAll(way, 'OpenSSL', SINCE, said)
  })

  test.runIf(HERE.GnuTLS)(
    'certtool takes it for one more CRL, and what it removes stays revoked',
    async () => {
      const said = await each(leaves(), (leaf) => gnutlsCrl(leaf, both))
      const { 'off hold since': _, ...told } = SINCE
      expectAll(way, 'GnuTLS', told, [said[0], said[2]] as Verdict[])
      expect(said[1]?.is).toBe('revoked')
      cannot(way, ['off hold since'], 'GnuTLS', 'heeds no removal')
    },
  )
  test.runIf(HERE.curl)('curl doesn’t read it', async () => {
    const said = await each(leaves(), async (leaf) => {
      const server = await servedOverTls(leaf, leaf.key)
      const verdict = await curlCrl(leaf, server.port, both)
      server.close()
      return verdict
    })
    expect(said.map(({ is }) => is)).toEqual(STALE)
    cannot(way, Object.keys(SINCE), 'curl', 'reads none')
  })
  test.runIf(HERE.NSS)('vfychain doesn’t ask for it', async () => {
    asked.length = 0
    const said = await each(leaves(), (leaf) => nss(leaf, db, 'crl'))
    expect(said.map(({ is }) => is)).toEqual(STALE)
    expect(asked.some((path) => path.includes('-delta'))).toBe(false)
    cannot(way, Object.keys(SINCE), 'NSS', 'asks for none')
  })
  test.runIf(HERE.Java)('the JDK doesn’t ask for it', async () => {
    asked.length = 0
    expect((await java('crl', leaves())).map(({ is }) => is)).toEqual(STALE)
    expect(asked).not.toEqual([])
    expect(asked.some((path) => path.includes('-delta'))).toBe(false)
    cannot(way, Object.keys(SINCE), 'Java', 'asks for none')
  })
})

describe('the table of who agrees', () => {
  const missing = CLIENTS.filter((client) => !HERE[client])

  test('has no cell that nothing was tried for', () => {
    expect(table.empty().filter((cell) => !missing.some((tool) => cell.endsWith(`/${tool}`)))).toEqual([])
  })

  test.runIf(missing.length === 0)('is what docs/interop.md says', () => {
    const written = table.markdown()
    if (process.env['UPDATE_DOCS'] === '1') {
      const page = readFileSync(PAGE, 'utf8')
      writeFileSync(PAGE, page.replace(/\| how, and what .*\n(?:\|.*\n)*/, written))
    }
    expect(readFileSync(PAGE, 'utf8')).toContain(written)
  })
})
