import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyAlgorithm } from '../../../src/core/domain/key-algorithms.ts'
import { TEMPLATES, templateFrom, type Template } from '../../../src/core/domain/templates.ts'
import {
  issueCertificate,
  type IssueCertificateRequest,
} from '../../../src/core/operations/certificates/issue-certificate.ts'
import { authorityCsr } from '../../../src/core/operations/authorities/authority-csr.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { implicit, octetString, sequence } from '../../../src/core/x509/der/writer.ts'
import { cRLDistributionPoints } from '../../../src/core/x509/extensions.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import type { ApiPassthrough } from '../../../src/core/x509/passthrough.ts'
import { keyIdentifierOf } from '../../../src/core/x509/public-keys.ts'
import { AWS_TEMPLATES } from '../../support/aws-templates.ts'
import {
  API_CRL,
  API_OWN,
  cellsOf,
  CSR_CRL,
  csrExtensionsOf,
  expectedOf,
  usagesOf,
} from '../../support/template-cells.ts'
import { aRoot, aSubordinate, barePorts, type TestPorts } from './ports.ts'
import { aRequest, keyPair, spkiOf } from './requests.ts'

const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64')

let given: TestPorts
beforeAll(async () => {
  given = await barePorts()
  await aRoot(given)
  await aRoot(given, { name: 'rsa', keyAlgorithm: 'RSA_2048' })
  await aSubordinate(given)
})
afterAll(() => given[Symbol.asyncDispose]())

async function request(template: Template, algorithm: KeyAlgorithm): Promise<Uint8Array> {
  // A root certifies itself, for its own request; its templates take nothing of that but key, subject and names.
  if (template.kind === 'root') return authorityCsr(given.ports, given.admin, issuerName(template, algorithm))
  const extensions = csrExtensionsOf(template)
  return aRequest({ algorithm, subject: { commonName: 'from the CSR' }, extensions })
}

/** Who issues: a root certifies its own key, so that must be of the kind that is wanted. */
const issuerName = ({ kind }: Template, algorithm: KeyAlgorithm): string =>
  kind === 'leaf' ? 's' : kind === 'root' && algorithm === 'RSA_2048' ? 'rsa' : 'r'

async function issuerOf(template: Template, algorithm: KeyAlgorithm) {
  const { authorities, keys } = given.ports.store.reads
  const authority = await authorities.byName(given.admin, issuerName(template, algorithm))
  const key = authority === undefined ? undefined : await keys.get(authority.key)
  if (authority === undefined || key === undefined) throw new Error('there is no such authority')
  return { authority, spki: key.spki }
}

/** What is cached about authorities depends on the settings, which don't change while a server runs. */
const forgetAuthorities = async (template: Template, algorithm: KeyAlgorithm): Promise<void> => {
  const { authority } = await issuerOf(template, algorithm)
  await given.ports.store.transact((writes) => [writes.authorities.makeDefault(given.admin, authority.id)])
}

async function passthrough(template: Template, algorithm: KeyAlgorithm): Promise<ApiPassthrough> {
  const custom = [
    { oid: API_OWN, value: base64(octetString(Uint8Array.of(2))) },
    { oid: OID.cRLDistributionPoints, value: base64(cRLDistributionPoints([API_CRL]).value) },
  ]
  if (template.name.startsWith('RootCACertificate_'))
    custom.push({
      oid: OID.authorityKeyIdentifier,
      value: base64(sequence(implicit(0, keyIdentifierOf((await issuerOf(template, algorithm)).spki)))),
    })
  return {
    subject: { commonName: 'from the API' },
    extensions: {
      keyUsage: [...usagesOf(template)],
      extendedKeyUsage: ['clientAuth'],
      subjectAlternativeNames: { dns: ['api.example.com'] },
      certificatePolicies: [{ oid: '2.23.140.1.2.1', cps: 'http://api.example/cps' }],
      customExtensions: custom,
    },
  }
}

async function issue(template: Template, algorithm: KeyAlgorithm, ports: Ports) {
  const whole: IssueCertificateRequest = {
    authority: issuerName(template, algorithm),
    csr: await request(template, algorithm),
    template: template.name,
    passthrough: await passthrough(template, algorithm),
  }
  const { certificate } = await issueCertificate(ports, given.admin, whole)
  return { certificate, read: new x509.X509Certificate(new Uint8Array(certificate.der)) }
}

const ROWS = AWS_TEMPLATES.flatMap((row) =>
  (['EC_prime256v1', 'RSA_2048'] as const).map((algorithm) => [row.name, algorithm, row] as const),
)

describe('a certificate under each of AWS’s templates is what its row says, as @peculiar/x509 reads it', () => {
  test.each(ROWS)('%s for a key of %s', async (name, algorithm, row) => {
    const template = templateFrom(name)
    const { authority, spki: issuer } = await issuerOf(template, algorithm)
    const isRoot = template.kind === 'root'
    const own = isRoot ? issuer : spkiOf(keyPair(algorithm))
    const configured = `http://pki.example.com/crl/${authority.id}.crl`
    const from = row.crlDistributionPoints ?? ''
    // For a root the table says nothing, so what may be passed through is.
    const open = from.includes('API') || (isRoot && row.passthrough.api) ? API_CRL : null

    const { certificate, read } = await issue(template, algorithm, given.ports)
    expect(certificate.profile).toBe(name)
    const point = isRoot ? open : configured
    expect(cellsOf(read)).toEqual(expectedOf(row, algorithm === 'RSA_2048', point, { own, issuer }))
    // Without a public URL the authority's configuration has no distribution point, and the row's other sources may.
    await forgetAuthorities(template, algorithm)
    const bare = { ...given.ports, settings: { ...given.ports.settings, publicUrl: undefined } }
    const other = open ?? (from.includes('CSR') ? CSR_CRL : null)
    expect(cellsOf((await issue(template, algorithm, bare)).read).crlDistributionPoints).toEqual(
      other === null ? null : [other],
    )
    await forgetAuthorities(template, algorithm)
  })
})

test('CA:TRUE in a CSR makes no authority under any end-entity template', async () => {
  for (const template of TEMPLATES.values())
    if (template.kind === 'leaf') {
      const { read } = await issue(template, 'EC_prime256v1', given.ports)
      expect(read.getExtension(x509.BasicConstraintsExtension)?.ca, template.name).toBe(false)
    }
})
