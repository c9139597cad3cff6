import { createHash, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import * as pkijs from 'pkijs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  keyAlgorithmInfo,
  signatureAlgorithmInfo,
  type KeyAlgorithm,
} from '../../src/core/domain/key-algorithms.ts'
import type { ProfileName } from '../../src/core/domain/profiles.ts'
import { hasTool, runTool } from '../support/tools.ts'
import { fieldsByPeculiar, fieldsByPkijs, type Fields } from './support/certificate-fields.ts'
import { InteropTable } from './support/interop-table.ts'
import { issuedSet, WAYS, type Hierarchy, type Leaf } from './support/issued-set.ts'
import { derOf, pemOf } from './support/load.ts'
import { handshake } from './support/handshake.ts'
import { fetchCrl, revokedIn } from './support/revoked-in.ts'
import { aServer, temporaryDirectory, type LocalServer } from './support/servers.ts'

const PAGE = join(import.meta.dirname, '../../docs/interop.md')
const TOOLS = [
  'OpenSSL',
  'node:crypto',
  'TLS in Node',
  '@peculiar/x509',
  'PKI.js',
  'GnuTLS',
  'NSS',
  'Java',
] as const
const FOREIGN: Readonly<Record<string, boolean>> = {
  OpenSSL: hasTool('openssl'),
  GnuTLS: hasTool('certtool', '--version'),
  NSS: hasTool('certutil', '-H') && hasTool('vfychain', '-h'),
  Java: hasTool('keytool', '-help'),
}
const ROWS = WAYS.map(({ row }) => row)
const table = new InteropTable(ROWS, TOOLS)

/** Written here and not taken from the product, so that a slip there can't hide itself (RFC 5280 §4.2.1.12). */
const USAGES: Readonly<
  Record<
    ProfileName,
    { oids: readonly string[]; openssl: readonly string[]; gnutls: string; nss: number | undefined }
  >
> = {
  'tls-server': { oids: ['1.3.6.1.5.5.7.3.1'], openssl: ['sslserver'], gnutls: '1.3.6.1.5.5.7.3.1', nss: 1 },
  'tls-client': { oids: ['1.3.6.1.5.5.7.3.2'], openssl: ['sslclient'], gnutls: '1.3.6.1.5.5.7.3.2', nss: 0 },
  tls: {
    oids: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'],
    openssl: ['sslserver', 'sslclient'],
    gnutls: '1.3.6.1.5.5.7.3.2',
    nss: 1,
  },
  email: { oids: ['1.3.6.1.5.5.7.3.4'], openssl: ['smimesign'], gnutls: '1.3.6.1.5.5.7.3.4', nss: 4 },
  // OpenSSL 3.0 knows no purpose for code.
  'code-signing': {
    oids: ['1.3.6.1.5.5.7.3.3'],
    openssl: ['any'],
    gnutls: '1.3.6.1.5.5.7.3.3',
    nss: undefined,
  },
}
const PROFILES = Object.keys(USAGES) as ProfileName[]

/** C=DE, O=Größe & Söhne, CN=Leaf: the country as PrintableString, the rest as UTF8String (RFC 5280 §4.1.2.4). */
const SUBJECT =
  '3037310b30090603550406130244453119301706035504' +
  `0a0c10${Buffer.from('Größe & Söhne').toString('hex')}310d300b06035504030c04${Buffer.from('Leaf').toString('hex')}`

let ca: LocalServer
let files: string
let set: ReadonlyMap<string, Hierarchy>

beforeAll(async () => {
  ca = await aServer()
  files = temporaryDirectory()
  set = new Map((await issuedSet(ca.admin)).map((hierarchy) => [hierarchy.row, hierarchy]))
  // Thirteen hierarchies, six of them with RSA keys to be found: minutes on a busy machine.
}, 400_000)
afterAll(async () => {
  await ca.dispose()
  await rm(files, { recursive: true })
})

const of = (row: string): Hierarchy => {
  const hierarchy = set.get(row)
  if (hierarchy === undefined) throw new Error(`no hierarchy with ${row}`)
  return hierarchy
}
const file = (name: string, content: string): string => {
  const path = join(files, name.replaceAll(' ', '-'))
  writeFileSync(path, content)
  return path
}
const leavesOf = (hierarchy: Hierarchy, profile: ProfileName): readonly Leaf[] =>
  hierarchy.leaves.filter((leaf) => leaf.profile === profile)
const isMlDsa = (name: string): boolean => name.startsWith('ML_DSA')
/** One of each profile, for tools that take a process each. */
const representatives = ({ leaves }: Hierarchy): readonly Leaf[] =>
  leaves.filter(({ kind }) => kind === 'all')

/** What must stand in a certificate, from the request and the RFCs. */
function expected(hierarchy: Hierarchy, leaf: Leaf): Fields {
  const issuing = issuerFields(hierarchy)
  const { publicKey } = new X509Certificate(leaf.der)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const { oids } = USAGES[leaf.profile]
  // RFC 5480 §3, RFC 8410 §5: only RSA keys encipher; only what serves TLS or mail does.
  const enciphers =
    leaf.keyAlgorithm.startsWith('RSA') && !['tls-client', 'code-signing'].includes(leaf.profile)
  return {
    version: 3,
    serial: leaf.serial,
    signatureAlgorithm: signatureAlgorithmInfo(hierarchy.signature).oid,
    issuer: issuing.subject,
    subject: leaf.emptySubject ? '3000' : SUBJECT,
    notBefore: new Date(leaf.notBefore).toISOString(),
    notAfter: new Date(leaf.notAfter).toISOString(),
    spki: spki.toString('hex'),
    names: [...leaf.names],
    ca: false,
    keyUsage: ['digitalSignature', ...(enciphers ? ['keyEncipherment'] : [])],
    extendedKeyUsage: [...oids],
    subjectKeyIdentifier: keyIdentifier(spki),
    authorityKeyIdentifier: issuing.subjectKeyIdentifier,
    crlUrls: [`${ca.repositoryUrl}/crl/${hierarchy.id}.crl`],
    issuerUrls: [`${ca.repositoryUrl}/ca/${hierarchy.id}.cer`],
    extensions: [
      ...[
        '2.5.29.19!',
        '2.5.29.15!',
        '2.5.29.37',
        '2.5.29.14',
        '2.5.29.35',
        '2.5.29.31',
        '1.3.6.1.5.5.7.1.1',
      ],
      leaf.emptySubject ? '2.5.29.17!' : '2.5.29.17',
    ],
  }
}
/** RFC 7093 §2 method 1: the first 160 bits of the SHA-256 of the key's bits, which end the structure. */
function keyIdentifier(spki: Buffer): string {
  const bits = pkijs.PublicKeyInfo.fromBER(spki).subjectPublicKey.valueBlock.valueHexView
  return createHash('sha256').update(bits).digest('hex').slice(0, 40)
}
const issuers = new Map<Hierarchy, Fields>()
function issuerFields(hierarchy: Hierarchy): Fields {
  const fields = issuers.get(hierarchy) ?? fieldsByPkijs(derOf(hierarchy.issuing))
  issuers.set(hierarchy, fields)
  return fields
}
const sorted = <F extends Pick<Fields, 'names'>>(fields: F): F => ({
  ...fields,
  names: [...fields.names].sort(),
})

describe.each(ROWS)('issued by a %s authority', (row) => {
  test('every profile with every kind of name is there, and once with an ML-DSA key', () => {
    const { leaves } = of(row)
    expect(leaves).toHaveLength(PROFILES.length * 10)
    expect(new Set(leaves.map(({ serial }) => serial)).size).toBe(leaves.length)
  })

  const anchorsOf = (hierarchy: Hierarchy): readonly string[] => [
    ...['-CAfile', file('root.pem', hierarchy.root)],
    ...['-untrusted', file('i.pem', hierarchy.issuing)],
  ]

  if (!isMlDsa(row)) {
    test.runIf(FOREIGN['OpenSSL'])('openssl verify -x509_strict, for the purpose', () => {
      const hierarchy = of(row)
      const anchors = anchorsOf(hierarchy)
      for (const profile of PROFILES) {
        const paths = leavesOf(hierarchy, profile)
          .filter(({ keyAlgorithm }) => !isMlDsa(keyAlgorithm))
          .map((leaf, n) => file(`leaf-${n}.pem`, leaf.pem))
        for (const purpose of USAGES[profile].openssl) {
          const { status, stdout, stderr } = runTool('openssl', [
            ...['verify', '-x509_strict', '-purpose', purpose, ...anchors, ...paths],
          ])
          expect({ status, stderr, stdout }).toEqual({
            status: 0,
            stderr: '',
            stdout: paths.map((path) => `${path}: OK\n`).join(''),
          })
        }
        table.held(row, 'OpenSSL', paths.length)
      }
    })

    test.runIf(FOREIGN['OpenSSL'])('openssl refuses them for another purpose', () => {
      const hierarchy = of(row)
      const [server] = leavesOf(hierarchy, 'tls-server')
      const path = file('server.pem', server?.pem ?? '')
      const asClient = ['verify', '-purpose', 'sslclient', ...anchorsOf(hierarchy), path]
      expect(runTool('openssl', asClient).stderr).toMatch(/error 26 at 0 depth/)
    })
  }

  test.runIf(FOREIGN['OpenSSL'])('openssl 3.0, which has no ML-DSA, takes none of it', () => {
    const hierarchy = of(row)
    const leaves = hierarchy.leaves.filter(({ keyAlgorithm }) => isMlDsa(row) || isMlDsa(keyAlgorithm))
    const paths = leaves.map((leaf, n) => file(`lattice-${n}.pem`, leaf.pem))
    const { stdout, stderr } = runTool('openssl', ['verify', ...anchorsOf(hierarchy), ...paths])
    expect(stdout).toBe('')
    expect(stderr.match(/lattice-\d+\.pem: verification failed/g)).toHaveLength(leaves.length)
    expect(stderr).toMatch(/X509_PUBKEY_get0:decode error/)
    if (isMlDsa(row)) table.cannot(row, 'OpenSSL', 'no ML-DSA in OpenSSL 3.0')
  })

  test('node:crypto', () => {
    const hierarchy = of(row)
    const issuing = new X509Certificate(hierarchy.issuing)
    const root = new X509Certificate(hierarchy.root)
    expect(issuing.verify(root.publicKey) && root.verify(root.publicKey)).toBe(true)
    for (const leaf of hierarchy.leaves) {
      const certificate = new X509Certificate(leaf.der)
      expect(certificate.verify(issuing.publicKey)).toBe(true)
      expect(certificate.checkIssued(issuing)).toBe(true)
      expect(certificate.ca).toBe(false)
      expect(certificate.keyUsage).toEqual(USAGES[leaf.profile].oids)
      expect(certificate.serialNumber.toLowerCase().padStart(32, '0')).toBe(leaf.serial)
      expect(certificate.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(leaf.fingerprint)
      expect(certificate.validToDate.getTime()).toBe(Date.parse(leaf.notAfter))
      expectFound(certificate, leaf)
      table.held(row, 'node:crypto', 1)
    }
  })

  test('a TLS handshake in Node, the chain verified up to the root for its purpose and name', async () => {
    const hierarchy = of(row)
    const leaf = representatives(hierarchy).find(({ profile }) => profile === 'tls-server')
    const { publicKey } = new X509Certificate(leaf?.der ?? '')
    expect(publicKey.asymmetricKeyType).toBe(keyAlgorithmInfo(hierarchy.key).type)
    const id = `${hierarchy.id}.${leaf?.serial ?? ''}`
    const { bytes } = await ca.admin.exportCertificate({ params: { id }, body: { format: 'pem' } })
    const pem = Buffer.from(bytes).toString()
    const said = (root: string, name: string) => handshake({ key: pem, cert: pem }, root, name)
    expect(await said(hierarchy.root, 'www.example.com')).toBe('authorized')
    table.held(row, 'TLS in Node', 1)
    expect(await said(hierarchy.root, 'www.example.org')).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    const other = of(row === 'ED25519' ? 'EC_prime256v1' : 'ED25519')
    // The file has no root: whom to trust is the client's matter.
    expect(await said(other.root, 'www.example.com')).toBe('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')
  })

  if (isMlDsa(row))
    test('each certificate and the CRL, verified by @noble/post-quantum', async () => {
      const hierarchy = of(row)
      const noble = NOBLE[hierarchy.key]
      const bits = (der: Buffer<ArrayBuffer>) =>
        Uint8Array.from(
          pkijs.Certificate.fromBER(der).subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView,
        )
      const [root, issuing] = [bits(derOf(hierarchy.root)), bits(derOf(hierarchy.issuing))]
      const verified = (signed: pkijs.Certificate | pkijs.CertificateRevocationList, key: Uint8Array) =>
        noble?.verify(
          Uint8Array.from(signed.signatureValue.valueBlock.valueHexView),
          Uint8Array.from(signed.tbsView),
          key,
        )
      for (const pem of [hierarchy.root, hierarchy.issuing])
        expect(verified(pkijs.Certificate.fromBER(derOf(pem)), root)).toBe(true)
      for (const { der } of hierarchy.leaves) {
        expect(verified(pkijs.Certificate.fromBER(der), issuing)).toBe(true)
        expect(verified(pkijs.Certificate.fromBER(der), root)).toBe(false)
      }
      const crl = await crlWithOne(hierarchy)
      expect(verified(pkijs.CertificateRevocationList.fromBER(crl), issuing)).toBe(true)
    })

  test('field by field as @peculiar/x509 reads them', () => {
    const hierarchy = of(row)
    for (const leaf of hierarchy.leaves) {
      const { signatureAlgorithm: _algorithm, version: _version, ...fields } = expected(hierarchy, leaf)
      expect(sorted(fieldsByPeculiar(leaf.der)), `${leaf.profile}, ${leaf.kind}`).toEqual(sorted(fields))
      table.held(row, '@peculiar/x509', 1)
    }
  })

  test('field by field as PKI.js on asn1js reads them', () => {
    const hierarchy = of(row)
    for (const leaf of hierarchy.leaves) {
      expect(sorted(fieldsByPkijs(leaf.der)), `${leaf.profile}, ${leaf.kind}`).toEqual(
        sorted(expected(hierarchy, leaf)),
      )
      table.held(row, 'PKI.js', 1)
    }
  })

  test('its own certificate and the root’s, field by field as both libraries read them', () => {
    const hierarchy = of(row)
    const root = fieldsByPkijs(derOf(hierarchy.root))
    const issuing = fieldsByPkijs(derOf(hierarchy.issuing))
    // RFC 5280 §4.2.1.3 and §4.2.1.9; a root names no issuer to look for.
    const authority = {
      version: 3,
      signatureAlgorithm: signatureAlgorithmInfo(hierarchy.signature).oid,
      names: [],
      ca: true,
      keyUsage: ['digitalSignature', 'keyCertSign', 'cRLSign'],
      extendedKeyUsage: [],
    }
    expect(root).toMatchObject({ ...authority, issuer: root.subject, crlUrls: [], issuerUrls: [] })
    expect(root.extensions).toEqual(['2.5.29.19!', '2.5.29.15!', '2.5.29.14'])
    expect(issuing).toMatchObject({
      ...authority,
      issuer: root.subject,
      authorityKeyIdentifier: root.subjectKeyIdentifier,
    })
    for (const [pem, fields] of [[hierarchy.root, root] as const, [hierarchy.issuing, issuing] as const]) {
      const { signatureAlgorithm: _algorithm, version: _version, ...same } = fields
      expect(fieldsByPeculiar(derOf(pem))).toEqual(same)
    }
  })

  if (!isMlDsa(row))
    test.runIf(FOREIGN['OpenSSL'] === true && FOREIGN['GnuTLS'] === true)(
      'its CRL, verified by openssl and certtool',
      async () => {
        const hierarchy = of(row)
        const crl = file('ca.crl', pemOf('X509 CRL', await crlWithOne(hierarchy)))
        const issuing = file('issuing.pem', hierarchy.issuing)
        const openssl = runTool('openssl', ['crl', '-noout', '-in', crl, '-CAfile', issuing, '-verify'])
        expect(openssl.stdout + openssl.stderr).toMatch(/verify OK/)
        const certtool = runTool('certtool', [
          ...['--verify-crl', '--load-ca-certificate', issuing, '--infile', crl],
        ])
        expect(certtool.stdout).toMatch(/Verification output: Verified\./)
        const other = file('other.pem', hierarchy.root)
        expect(runTool('openssl', ['crl', '-noout', '-in', crl, '-CAfile', other, '-verify']).stderr).toMatch(
          /verify failure|unable to|Error getting CRL issuer/i,
        )
      },
    )

  test.runIf(FOREIGN['GnuTLS'])('GnuTLS: certtool --verify, for the purpose', () => {
    const hierarchy = of(row)
    const root = file('root.pem', hierarchy.root)
    for (const leaf of representatives(hierarchy)) {
      const { status, stdout } = runTool('certtool', [
        ...['--verify', '--load-ca-certificate', root, '--verify-purpose', USAGES[leaf.profile].gnutls],
        ...['--infile', file('chain.pem', leaf.pem + hierarchy.issuing)],
      ])
      if (isMlDsa(row)) {
        expect(stdout).toMatch(
          /Signature algorithm: 2\.16\.840\.1\.101\.3\.4\.3\.1[789]\n\s*Output: Not verified/,
        )
        table.cannot(row, 'GnuTLS', 'no ML-DSA in GnuTLS 3.7')
        continue
      }
      expect(stdout).toMatch(/Chain verification output: Verified\. The certificate is trusted\./)
      expect(status).toBe(0)
      table.held(row, 'GnuTLS', 1)
    }
  })

  test.runIf(FOREIGN['NSS'])('NSS: vfychain, for the usage', () => {
    const hierarchy = of(row)
    const directory = join(files, `nss-${row}`)
    mkdirSync(directory)
    const db = `sql:${directory}`
    expect(runTool('certutil', ['-N', '-d', db, '--empty-password']).status).toBe(0)
    const root = file('root.pem', hierarchy.root)
    const added = runTool('certutil', ['-A', '-d', db, '-n', 'root', '-t', 'CT,C,C', '-a', '-i', root])
    if ((row === 'ED25519' || isMlDsa(row)) && added.status !== 0) {
      expect(added.stderr).toMatch(/SEC_ERROR_ADDING_CERT/)
      table.cannot(row, 'NSS', `no ${isMlDsa(row) ? 'ML-DSA' : 'EdDSA'} in NSS 3.87`)
      return
    }
    expect(added, added.stderr).toMatchObject({ status: 0 })
    const issuing = file('i.pem', hierarchy.issuing)
    for (const leaf of representatives(hierarchy)) {
      const usage = USAGES[leaf.profile].nss
      // For code NSS wants Netscape's certificate type in the authorities, which nobody writes any more.
      if (usage === undefined) continue
      const { stdout, stderr } = runTool('vfychain', [
        ...['-d', db, '-u', String(usage), '-a', file('leaf.pem', leaf.pem), issuing],
      ])
      expect(stdout + stderr).toMatch(/Chain is good!/)
      table.held(row, 'NSS', 1)
    }
  })

  test.runIf(FOREIGN['Java'])(
    'Java: keytool reads every one, and takes none that doesn’t chain to what it trusts',
    () => {
      const hierarchy = of(row)
      const all = file('all.pem', hierarchy.leaves.map(({ pem }) => pem).join(''))
      const printed = keytool(['-printcert', '-file', all])
      const serials = [...printed.stdout.matchAll(/^Serial number: ([0-9a-f]+)$/gm)].map(([, text = '']) =>
        text.padStart(32, '0'),
      )
      expect(serials).toEqual(hierarchy.leaves.map(({ serial }) => serial))
      const store = join(files, `${row}.p12`)
      const [leaf] = representatives(hierarchy)
      // Without -noprompt it takes what its own certificates vouch for, and asks about the rest.
      const add = (alias: string, pem: string, more: readonly string[] = []) =>
        keytool([
          ...['-importcert', '-keystore', store, '-storetype', 'PKCS12', '-storepass', 'changeit'],
          ...['-alias', alias, '-file', file(`${alias}.pem`, pem), ...more],
        ])
      expect(add('root', hierarchy.root, ['-noprompt'])).toMatchObject({ status: 0 })
      expect(add('stranger', leaf?.pem ?? '').stderr).toMatch(/was not added/)
      if (isMlDsa(row)) {
        // It has read them all, but can't verify any.
        expect(add('issuing', hierarchy.issuing).stderr).toMatch(/was not added/)
        table.cannot(row, 'Java', 'no ML-DSA in OpenJDK 17')
        return
      }
      expect(add('issuing', hierarchy.issuing).stderr).toMatch(/was added/)
      expect(add('leaf', leaf?.pem ?? '').stderr).toMatch(/was added/)
      table.held(row, 'Java', serials.length)
    },
  )
})

/** The CRL of an authority after its first leaf was revoked, as another library than the product's reads it. */
async function crlWithOne(hierarchy: Hierarchy): Promise<Buffer<ArrayBuffer>> {
  const serial = hierarchy.leaves[0]?.serial ?? ''
  const params = { id: `${hierarchy.id}.${serial}` }
  await ca.admin.revokeCertificate({ params, body: { reason: 'superseded' } })
  const crl = await fetchCrl(hierarchy.crlUrl)
  expect(revokedIn(crl)).toEqual(new Set([serial]))
  return crl
}

const NOBLE: Partial<Record<KeyAlgorithm, typeof ml_dsa44>> = {
  ML_DSA_44: ml_dsa44,
  ML_DSA_65: ml_dsa65,
  ML_DSA_87: ml_dsa87,
}

/** By the rules of a verifier, not by comparing text. */
function expectFound(certificate: X509Certificate, { names }: Leaf): void {
  for (const name of names) {
    const [, type, value = ''] = /^(\w+):(.*)$/.exec(name) ?? []
    if (type === 'dns') {
      expect(certificate.checkHost(value.replace('*', 'any'))).toBeDefined()
      expect(certificate.checkHost(`not.${value.replace('*', 'any.any')}`)).toBeUndefined()
    } else if (type === 'ip') {
      expect(certificate.checkIP(value)).toBeDefined()
    } else if (type === 'email') expect(certificate.checkEmail(value)).toBe(value)
    else expect(certificate.subjectAltName).toContain(type === 'uri' ? `URI:${value}` : 'othername:')
  }
}

/** In English, and without the compiler that only long runs gain from. */
const keytool = (args: readonly string[]) =>
  runTool('keytool', ['-J-Duser.language=en', '-J-XX:TieredStopAtLevel=1', ...args])

describe('the table of who read what', () => {
  const missing = TOOLS.filter((tool) => FOREIGN[tool] === false)

  test('has no cell that nothing was tried for', () => {
    const untried = table.empty().filter((cell) => !missing.some((tool) => cell.endsWith(`/${tool}`)))
    expect(untried).toEqual([])
  })

  test.runIf(missing.length === 0)('is what docs/interop.md says', () => {
    const written = table.markdown()
    if (process.env['UPDATE_DOCS'] === '1') {
      const page = readFileSync(PAGE, 'utf8')
      writeFileSync(PAGE, page.replace(/\| authority .*\n(?:\|.*\n)*/, written))
    }
    expect(readFileSync(PAGE, 'utf8')).toContain(written)
  })
})
