import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestOf } from '../../src/contract/client.ts'
import type { GeneralName, SubjectFields } from '../../src/core/domain/names.ts'
import { parseCertificate } from '../../src/core/x509/certificate.ts'
import { EMPTY_NAME } from '../../src/core/x509/distinguished-names.ts'
import { basicConstraints, extKeyUsage, keyUsage, subjectAltName } from '../../src/core/x509/extensions.ts'
import { nameFromText } from '../../src/core/x509/name-from-text.ts'
import { OID } from '../../src/core/x509/oids.ts'
import type { Extension } from '../../src/core/x509/types.ts'
import { forge, newKey, usualValidity, type Party } from '../../src/testing/forge.ts'
import { aRequest } from '../core/operations/requests.ts'
import { hasTool, runTool } from '../support/tools.ts'
import { InteropTable } from './support/interop-table.ts'
import { derOf, pemOf } from './support/load.ts'
import { aServer, temporaryDirectory, type LocalServer } from './support/servers.ts'

const PAGE = join(import.meta.dirname, '../../docs/interop.md')
const JAVA = join(import.meta.dirname, 'support/java/VerifyChains.java')
const VERIFIERS = ['OpenSSL', 'GnuTLS', 'NSS', 'Java'] as const
type Verifier = (typeof VERIFIERS)[number]
const HERE: Readonly<Record<Verifier, boolean>> = {
  OpenSSL: hasTool('openssl'),
  GnuTLS: hasTool('certtool', '--version'),
  NSS: hasTool('certutil', '-H') && hasTool('vfychain', '-h'),
  // A source file is run by the launcher, which takes the compiler of a JDK.
  Java: hasTool('java', '-version') && hasTool('javac', '-version'),
}

/** What the middle authority of the hierarchy is constrained to. */
const CONSTRAINTS = {
  permitted: {
    dns: ['example.com'],
    ip: ['10.0.0.0/8', '2001:db8::/32'],
    email: ['example.com'],
    uri: ['.example.com'],
    directory: ['O=Example GmbH,C=DE'],
  },
  excluded: { dns: ['secret.example.com'] },
}
const SUBJECT: SubjectFields = { country: 'DE', organization: 'Example GmbH' }

type Leaf = { readonly names: readonly GeneralName[]; readonly subject?: SubjectFields }
type Row = {
  readonly inside: Leaf
  /** Each is refused, at issuance and by verifiers. */
  readonly outside: readonly Leaf[]
  /** Verifiers that take what is outside; the run shows it. */
  readonly takenBy?: Partial<Record<Verifier, string>>
}
const dns = (value: string): GeneralName => ({ type: 'dns', value })
const ip = (value: string): GeneralName => ({ type: 'ip', value })
const email = (value: string): GeneralName => ({ type: 'email', value })
const uri = (value: string): GeneralName => ({ type: 'uri', value })
const directory = (text: string): GeneralName => ({
  type: 'directory',
  value: Buffer.from(nameFromText(text) as Uint8Array).toString('hex'),
})

const ROWS: Readonly<Record<string, Row>> = {
  'DNS names': {
    inside: { names: [dns('www.example.com')] },
    outside: [
      { names: [dns('www.example.org')] },
      { names: [dns('www.example.com'), dns('notexample.com')] },
      { names: [dns('a.secret.example.com')] },
    ],
  },
  'IPv4 addresses': {
    inside: { names: [ip('10.255.0.1')] },
    outside: [{ names: [ip('11.0.0.1')] }, { names: [dns('www.example.com'), ip('192.0.2.1')] }],
  },
  'IPv6 addresses': {
    inside: { names: [ip('2001:db8::1')] },
    outside: [{ names: [ip('2001:db9::1')] }, { names: [ip('::1')] }],
  },
  'e-mail addresses': {
    inside: { names: [email('someone@example.com')] },
    outside: [{ names: [email('someone@example.org')] }, { names: [email('someone@mail.example.com')] }],
  },
  URIs: {
    inside: { names: [uri('https://www.example.com/path')] },
    outside: [{ names: [uri('https://www.example.org/')] }],
    takenBy: { GnuTLS: 'takes any: GnuTLS 3.7.9' },
  },
  'directory names': {
    inside: { names: [dns('www.example.com')], subject: { ...SUBJECT, organizationalUnit: 'Web' } },
    outside: [
      { names: [dns('www.example.com')], subject: { country: 'DE', organization: 'Somebody Else' } },
      { names: [dns('www.example.com'), directory('O=Somebody Else,C=DE')] },
    ],
    takenBy: { GnuTLS: 'takes any: GnuTLS 3.7.9' },
  },
  'hosts in common names': {
    inside: { names: [], subject: { ...SUBJECT, commonName: 'www.example.com' } },
    outside: [{ names: [], subject: { ...SUBJECT, commonName: 'www.example.org' } }],
  },
}
const table = new InteropTable(Object.keys(ROWS), ['Chancery', ...VERIFIERS], 'constraints on')

type Chain = { readonly leaf: string; readonly issuers: readonly string[]; readonly root: string }
let ca: LocalServer
let files: string
/** The product's own hierarchy, PEM: issuing authority, constrained one, root. */
let own: readonly [issuing: string, constrained: string, root: string]
let issuing: string

beforeAll(async () => {
  ca = await aServer()
  files = temporaryDirectory()
  const create = (body: RequestOf<'createAuthority'>['body']) => ca.admin.createAuthority({ body })
  const root = await create({ kind: 'root', name: 'top', subject: { commonName: 'Example Top' } })
  const constrained = await create({
    kind: 'subordinate',
    name: 'constrained',
    parent: root.id,
    pathLength: 1,
    subject: { ...SUBJECT, commonName: 'Example Constrained' },
    nameConstraints: CONSTRAINTS,
  })
  const below = await create({
    kind: 'subordinate',
    name: 'below',
    parent: constrained.id,
    subject: { ...SUBJECT, commonName: 'Example Issuing' },
  })
  issuing = below.id
  own = [below.certificate ?? '', constrained.certificate ?? '', root.certificate ?? '']
})
afterAll(async () => {
  await ca.dispose()
  await rm(files, { recursive: true })
})

const pem = ({ der }: Party): string => pemOf('CERTIFICATE', der)
const USES = [
  keyUsage(['digitalSignature']),
  extKeyUsage([OID.serverAuth, OID.clientAuth, OID.emailProtection]),
]
const AUTHORITY = [keyUsage(['keyCertSign', 'cRLSign'])]

/**
 * The same three levels with keys of the test's own, and the very constraints that the product wrote, or none: what
 * nobody lints.
 */
function forged(leaf: Leaf, constrained: boolean): Chain {
  const usual = usualValidity(Date.now())
  const constraints = parseCertificate(derOf(own[1])).extensions.filter(
    ({ oid }) => oid === OID.nameConstraints,
  )
  expect(constraints).toHaveLength(1)
  const authority = (
    commonName: string,
    pathLength: number,
    issuer?: Party,
    more: readonly Extension[] = [],
  ) =>
    forge({
      ...usual,
      ...(issuer === undefined ? {} : { issuer }),
      commonName,
      extensions: [basicConstraints({ ca: true, pathLength }), ...AUTHORITY, ...more],
    })
  const root = authority('Forged Top', 2)
  const middle = authority('Forged Constrained', 1, root, constrained ? constraints : [])
  // Directory names bind authorities, too; the forge knows organizations only.
  const below = forgedBelow(middle)
  const made = forge({
    ...usual,
    issuer: below,
    key: newKey(),
    ...leaf.subject,
    extensions: [basicConstraints({ ca: false }), ...USES, ...namesOf(leaf)],
  })
  return { leaf: pem(made), issuers: [pem(below), pem(middle)], root: pem(root) }
}
const forgedBelow = (issuer: Party): Party =>
  forge({
    ...usualValidity(Date.now()),
    issuer,
    ...SUBJECT,
    commonName: 'Forged Issuing',
    extensions: [basicConstraints({ ca: true, pathLength: 0 }), ...AUTHORITY],
  })
const namesOf = ({ names, subject }: Leaf): Extension[] =>
  names.length === 0 ? [] : [subjectAltName(names, subject === undefined ? EMPTY_NAME : Buffer.from('xxx'))]

let count = 0
const file = (content: string): string => {
  const path = join(files, `${++count}.pem`)
  writeFileSync(path, content)
  return path
}

type Verdict = { readonly taken: boolean; readonly said: string }
const VERDICTS: Readonly<Record<Verifier, (chains: readonly Chain[]) => readonly Verdict[]>> = {
  OpenSSL: (chains) =>
    chains.map(({ leaf, issuers, root }) => {
      const args = ['-CAfile', file(root), '-untrusted', file(issuers.join('')), file(leaf)]
      const { status, stdout, stderr } = runTool('openssl', ['verify', ...args])
      return { taken: status === 0, said: stdout + stderr }
    }),
  GnuTLS: (chains) =>
    chains.map(({ leaf, issuers, root }) => {
      const args = ['--load-ca-certificate', file(root), '--infile', file(leaf + issuers.join(''))]
      const { status, stdout, stderr } = runTool('certtool', ['--verify', ...args])
      return { taken: status === 0, said: stdout + stderr }
    }),
  NSS: (chains) =>
    chains.map(({ leaf, issuers, root }) => {
      const db = join(files, `nss-${++count}`)
      mkdirSync(db)
      expect(runTool('certutil', ['-N', '-d', `sql:${db}`, '--empty-password']).status).toBe(0)
      const trust = ['-A', '-d', `sql:${db}`, '-n', 'root', '-t', 'CT,C,C', '-a', '-i', file(root)]
      expect(runTool('certutil', trust).status).toBe(0)
      const usage = isForMail(leaf) ? '4' : '1'
      const { stdout, stderr } = runTool('vfychain', [
        ...['-d', `sql:${db}`, '-u', usage, '-a', file(leaf), ...issuers.map(file)],
      ])
      return { taken: /Chain is good!/.test(stdout + stderr), said: stdout + stderr }
    }),
  Java: (chains) => {
    const args = chains.flatMap(({ leaf, issuers, root }) => [file(root), file(leaf + issuers.join(''))])
    const { status, stdout, stderr } = runTool('java', ['-XX:TieredStopAtLevel=1', JAVA, ...args])
    expect(status, stderr).toBe(0)
    return stdout
      .trim()
      .split('\n')
      .map((said) => ({ taken: said === 'OK', said }))
  },
}
/** Certificates of the profile `email` have this purpose alone, and serve no TLS. */
const isForMail = (leaf: string): boolean => {
  const purposes = parseCertificate(derOf(leaf)).extensions.find(({ oid }) => oid === OID.extKeyUsage)
  return Buffer.from(purposes?.value ?? []).equals(Buffer.from(extKeyUsage([OID.emailProtection]).value))
}

/** How each tool says that it was the names. */
const NAMES_VIOLATED: Readonly<Record<Verifier, RegExp>> = {
  OpenSSL: /error 4[78] at 0 depth lookup: (permitted|excluded) subtree violation/,
  GnuTLS: /violates the signer's constraints/,
  NSS: /-8080|not permitted to issue a certificate with this name/,
  Java: /^INVALID_NAME at 0: name constraints check failed$/,
}

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const csrOf = ({ names, subject }: Leaf): string =>
  pemOf(
    'CERTIFICATE REQUEST',
    aRequest({ key: { privateKey, publicKey }, names, ...(subject === undefined ? {} : { subject }) }),
  )
/** From the product, which makes a DNS name of a host in the common name. */
const issue = (leaf: Leaf) =>
  ca.admin.issueCertificate({
    body: {
      authority: issuing,
      csr: csrOf(leaf),
      validity: { days: 30 },
      profile: leaf.names[0]?.type === 'email' ? 'email' : 'tls-server',
    },
  })

/** What a verifier must do about a row, given what it did. */
function expectConstrained(
  verifier: Verifier,
  inside: readonly Verdict[],
  outside: readonly Verdict[],
): void {
  for (const { taken, said } of inside) expect(taken, said).toBe(true)
  for (const { taken, said } of outside) {
    expect(taken, said).toBe(false)
    expect(said).toMatch(NAMES_VIOLATED[verifier])
  }
}

describe.each(Object.entries(ROWS))('constraints on %s', (name, row) => {
  test('Chancery issues inside, and refuses outside with the name of the rule', async () => {
    expect((await issue(row.inside)).status).toBe('valid')
    table.held(name, 'Chancery', 1)
    for (const leaf of row.outside) {
      const refused = await issue(leaf).then(
        () => undefined,
        (error: unknown) => error as { code?: string; problem?: { violations?: { code: string }[] } },
      )
      expect(refused?.code).toBe('lint_failed')
      expect(refused?.problem?.violations?.map(({ code }) => code)).toContain('name_constraints')
      table.held(name, 'Chancery', 1)
    }
  })

  test.each(VERIFIERS.filter((verifier) => HERE[verifier]))(
    '%s takes what the product issued and a forgery inside, and refuses forgeries outside',
    async (verifier) => {
      const issued = await issue(row.inside)
      const made: Chain = { leaf: issued.certificate, issuers: own.slice(0, 2), root: own[2] }
      const verdicts = VERDICTS[verifier]([
        made,
        forged(row.inside, true),
        ...row.outside.map((leaf) => forged(leaf, true)),
        ...row.outside.map((leaf) => forged(leaf, false)),
      ])
      const [inside, outside, unconstrained] = [
        verdicts.slice(0, 2),
        verdicts.slice(2, 2 + row.outside.length),
        verdicts.slice(2 + row.outside.length),
      ]
      const excuse = row.takenBy?.[verifier]
      if (excuse !== undefined) {
        expect([...inside, ...outside].map(({ taken }) => taken)).not.toContain(false)
        return table.cannot(name, verifier, excuse)
      }
      expectConstrained(verifier, inside, outside)
      table.held(name, verifier, inside.length + outside.length)
      // Broken on purpose: with the constraints gone, the row must be red, each forgery by itself.
      expect(unconstrained).toHaveLength(row.outside.length)
      for (const verdict of unconstrained)
        expect(() => expectConstrained(verifier, inside, [verdict])).toThrow()
    },
  )
})

describe('the table of who holds constraints', () => {
  const missing = VERIFIERS.filter((verifier) => !HERE[verifier])

  test('has no cell that nothing was tried for', () => {
    expect(table.empty().filter((cell) => !missing.some((tool) => cell.endsWith(`/${tool}`)))).toEqual([])
  })

  test.runIf(missing.length === 0)('is what docs/interop.md says', () => {
    const written = table.markdown()
    if (process.env['UPDATE_DOCS'] === '1') {
      const page = readFileSync(PAGE, 'utf8')
      writeFileSync(PAGE, page.replace(/\| constraints on .*\n(?:\|.*\n)*/, written))
    }
    expect(readFileSync(PAGE, 'utf8')).toContain(written)
  })
})
