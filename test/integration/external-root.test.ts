import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChanceryApiError } from '../../src/contract/client.ts'
import { hasTool, runTool } from '../support/tools.ts'
import { ADMIN_TOKEN, aServer, temporaryDirectory, type LocalServer } from './support/servers.ts'

const CONFIG = `
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
nameConstraints = critical, permitted;DNS:example.com
[middle]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[short]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[issuing]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
[unknown]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
1.3.6.1.4.1.99999.1 = critical, ASN1:NULL
[soft]
basicConstraints = CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[nocrl]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[pointer]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
crlDistributionPoints = critical, URI:http://pki.example.com/root.crl
`

describe.skipIf(!hasTool('openssl'))('openssl as the authority outside', () => {
  const directory = temporaryDirectory()
  const at = (name: string): string => join(directory, name)
  const read = (name: string): string => readFileSync(at(name), 'utf8')
  let server: LocalServer
  let authority = ''

  const openssl = (line: string): void => {
    const { status, stderr } = runTool('openssl', line.replaceAll('@', `${directory}/`).split(' '))
    expect(status, `openssl ${line}: ${stderr}`).toBe(0)
  }
  const EC = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
  const root = (name: string, section: string, more = '-days 3650'): void =>
    openssl(
      `req -x509 ${EC} -keyout @${name}.key -out @${name}.pem -subj /CN=${name} -config @conf -extensions ${section} ${more}`,
    )
  /** What `issuer` makes of a request. */
  const sign = (
    request: string,
    out: string,
    issuer: string,
    section = 'issuing',
    more = '-days 365',
  ): void =>
    openssl(
      `x509 -req -in @${request} -CA @${issuer}.pem -CAkey @${issuer}.key -CAcreateserial -out @${out}.pem -extfile @conf -extensions ${section} ${more}`,
    )

  beforeAll(async () => {
    // The default section of `req` isn't needed: the subject is given.
    writeFileSync(at('conf'), `[req]\ndistinguished_name = dn\n[dn]\n${CONFIG}`)
    server = await aServer()
    const made = await server.admin.createAuthority({
      body: {
        kind: 'subordinate',
        certificate: 'external',
        name: 'outside',
        subject: {
          country: 'DE',
          organization: 'Example GmbH',
          commonName: 'Chancery below an outside root',
        },
      },
    })
    expect(made.status).toBe('PENDING_CERTIFICATE')
    authority = made.id
    const { bytes } = await server.admin.getAuthorityCsr({ params: { authority } })
    writeFileSync(at('ca.csr'), bytes)
    root('root', 'root')
    root('stranger', 'short')
    root('short', 'short')
    openssl(`req ${EC} -keyout @middle.key -out @middle.csr -subj /CN=middle -config @conf`)
    sign('middle.csr', 'middle', 'root', 'middle')
    sign('middle.csr', 'second', 'short', 'middle')
    openssl(`req ${EC} -keyout @other.key -out @other.csr -subj /CN=other -config @conf`)
  })
  afterAll(async () => {
    await server.dispose()
    rmSync(directory, { recursive: true })
  })

  const imported = (certificate: string, ...chain: readonly string[]) =>
    server.admin.importAuthorityCertificate({
      params: { authority },
      body: {
        certificate: read(`${certificate}.pem`),
        ...(chain.length === 0 ? {} : { chain: chain.map((name) => read(`${name}.pem`)).join('') }),
      },
    })

  test('openssl verifies the request’s signature, and reads an authority in it', () => {
    const { status, stdout } = runTool('openssl', ['req', '-in', at('ca.csr'), '-verify', '-noout', '-text'])
    expect(status).toBe(0)
    expect(stdout).toContain('CA:TRUE')
    expect(stdout).toContain('Certificate Sign, CRL Sign')
  })

  type Case = readonly [what: string, make: () => void, chain: readonly string[], codes: readonly string[]]
  const CASES: readonly Case[] = [
    [
      'of another key and subject',
      () => sign('other.csr', 'it', 'root'),
      ['root'],
      ['certificate_key', 'certificate_subject'],
    ],
    ['without its issuers', () => sign('ca.csr', 'it', 'root'), [], ['chain_missing']],
    [
      'with its issuers in the wrong order',
      () => sign('ca.csr', 'it', 'middle'),
      ['root', 'middle'],
      ['chain_order'],
    ],
    ['without the root', () => sign('ca.csr', 'it', 'middle'), ['middle'], ['chain_incomplete']],
    [
      'with a foreign one among its issuers',
      () => sign('ca.csr', 'it', 'root'),
      ['root', 'stranger'],
      ['chain_foreign'],
    ],
    ['with an issuer twice', () => sign('ca.csr', 'it', 'root'), ['root', 'root'], ['chain_duplicate']],
    [
      'with an unknown critical extension',
      () => sign('ca.csr', 'it', 'root', 'unknown'),
      ['root'],
      ['extension_critical'],
    ],
    [
      'with a critical CRL distribution point',
      () => sign('ca.csr', 'it', 'root', 'pointer'),
      ['root'],
      ['extension_critical'],
    ],
    [
      'that is no authority’s',
      () => sign('ca.csr', 'it', 'root', 'leaf'),
      ['root'],
      ['basic_constraints_ca', 'key_usage', 'key_usage'],
    ],
    [
      'with basicConstraints that aren’t critical',
      () => sign('ca.csr', 'it', 'root', 'soft'),
      ['root'],
      ['basic_constraints_critical'],
    ],
    ['whose key may not sign CRLs', () => sign('ca.csr', 'it', 'root', 'nocrl'), ['root'], ['key_usage']],
    ['by an issuer whose path length is 0', () => sign('ca.csr', 'it', 'short'), ['short'], ['path_length']],
    [
      'below an authority that an issuer’s path length forbids',
      () => {
        writeFileSync(at('second.key'), read('middle.key'))
        sign('ca.csr', 'it', 'second')
      },
      ['second', 'short'],
      ['path_length', 'path_length'],
    ],
    [
      'signed with SHA-1',
      () => sign('ca.csr', 'it', 'root', 'issuing', '-days 9 -sha1'),
      ['root'],
      ['signature_weak'],
    ],
  ]
  test.each(CASES)('a certificate %s is refused', async (_, make, chain, codes) => {
    make()
    const error = await imported('it', ...chain).catch((thrown: unknown) => thrown as ChanceryApiError)
    expect(error).toMatchObject({ status: 400, code: 'certificate_invalid' })
    const { violations = [] } = (error as ChanceryApiError).problem
    expect(violations.map(({ code }) => code)).toEqual(codes)
    expect((await server.admin.describeAuthority({ params: { authority } })).status).toBe(
      'PENDING_CERTIFICATE',
    )
  })

  test('an expired certificate is refused', async () => {
    // `x509 -req` of OpenSSL 3.0 can’t choose dates; `ca` can.
    writeFileSync(at('index'), '')
    writeFileSync(
      at('ca.conf'),
      `[ca]\ndefault_ca = it\n[it]\ndatabase = ${at('index')}\nnew_certs_dir = ${directory}\nrand_serial = yes\n` +
        `default_md = sha256\npolicy = any\npreserve = yes\n[any]\ncountryName = optional\norganizationName = optional\n` +
        `commonName = supplied\n${CONFIG}`,
    )
    openssl(
      'ca -batch -notext -config @ca.conf -extensions issuing -cert @root.pem -keyfile @root.key -in @ca.csr -out @old.pem -startdate 20200101000000Z -enddate 20210101000000Z',
    )
    await expect(imported('old', 'root')).rejects.toMatchObject({
      problem: { violations: [{ code: 'certificate_expired', field: 'certificate.validity.notAfter' }] },
    })
  })

  test('the right one is taken: what the authority issues verifies up to the root outside, within its name constraints', async () => {
    sign('ca.csr', 'issuing', 'middle')
    const active = await imported('issuing', 'middle', 'root')
    expect(active).toMatchObject({ status: 'ACTIVE', pathLength: 0 })
    expect(active.chain).toHaveLength(2)
    const key = { algorithm: 'EC_prime256v1' as const }
    const leaf = await server.admin.issueCertificate({
      body: { authority, key, names: { dns: ['www.example.com'] } },
    })
    writeFileSync(at('leaf.pem'), leaf.certificate)
    writeFileSync(at('above.pem'), leaf.chain.join(''))
    openssl(
      'verify -x509_strict -CAfile @root.pem -untrusted @above.pem -verify_hostname www.example.com @leaf.pem',
    )
    await expect(
      server.admin.issueCertificate({ body: { authority, key, names: { dns: ['www.example.org'] } } }),
    ).rejects.toMatchObject({ code: 'lint_failed', problem: { violations: [{ code: 'name_constraints' }] } })
  })

  test('a new certificate for the same key replaces it, as PEM in one file', async () => {
    const before = await server.admin.describeAuthority({ params: { authority } })
    sign('ca.csr', 'again', 'root', 'issuing', '-days 700')
    const url = `${server.apiUrl}/v1/authorities/${authority}/certificate`
    const answer = await fetch(url, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/x-pem-file' },
      body: read('again.pem') + read('root.pem'),
    })
    expect(answer.status).toBe(200)
    const after = (await answer.json()) as typeof before
    expect(after.serial).not.toBe(before.serial)
    expect(after.chain).toHaveLength(1)
  })
})
