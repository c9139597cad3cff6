import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { templateFrom, type Template } from '../../../src/core/domain/templates.ts'
import { apiListener } from '../../../src/main/api-listener.ts'
import { aRequest, keyPair, spkiOf } from '../../core/operations/requests.ts'
import { AWS_TEMPLATES, type AwsTemplate } from '../../support/aws-templates.ts'
import { API_CRL, cellsOf, csrExtensionsOf, expectedOf, passthroughOf } from '../../support/template-cells.ts'
import { anInstallation, clientOf, listening, type Installation, type Listening } from '../installation.ts'
import { accessKeysOf, sent, signed, type Keys } from './support/signed-calls.ts'

type Issuer = { readonly arn: string; readonly id: string; readonly spki: Uint8Array; readonly name: string }

let installation: Installation
let api: Listening
let keys: Keys
let root: Issuer
let subordinate: Issuer

beforeAll(async () => {
  installation = await anInstallation()
  api = await listening(apiListener(installation.ports, { ready: () => true }).inner)
  const admin = clientOf(api, installation.adminToken)
  keys = await accessKeysOf(admin)
  const { items } = await admin.listAuthorities()
  const issuerOf = async (kind: string): Promise<Issuer> => {
    const { arn = '', id = '' } = items.find((each) => each.kind === kind) ?? {}
    const own = await call('GetCertificateAuthorityCertificate', { CertificateAuthorityArn: arn })
    const { publicKey, subjectName } = new x509.X509Certificate(own['Certificate'] ?? '')
    return { arn, id, spki: new Uint8Array(publicKey.rawData), name: subjectName.getField('CN')[0] ?? '' }
  }
  root = await issuerOf('root')
  subordinate = await issuerOf('subordinate')
})
afterAll(async () => {
  await api.close()
  await installation.close()
})

async function call(operation: string, input: object): Promise<Record<string, string | undefined>> {
  const asked = { target: `ACMPrivateCA.${operation}`, body: JSON.stringify(input) }
  const { status, json, text } = await sent(signed(api.port, asked, keys))
  expect(status, text).toBe(200)
  return json as Record<string, string | undefined>
}

const base64 = (octets: Uint8Array | string): string => Buffer.from(octets).toString('base64')

/** A root certifies its own request. */
async function requestFor(template: Template): Promise<string> {
  if (template.kind === 'root') {
    const { Csr = '' } = await call('GetCertificateAuthorityCsr', { CertificateAuthorityArn: root.arn })
    return base64(Csr)
  }
  const extensions = csrExtensionsOf(template)
  return base64(aRequest({ subject: { commonName: 'from the CSR' }, extensions }))
}

async function issue(row: AwsTemplate, template: Template, { arn }: Issuer): Promise<x509.X509Certificate> {
  const named = { CertificateAuthorityArn: arn }
  const { CertificateArn } = await call('IssueCertificate', {
    ...named,
    Csr: await requestFor(template),
    SigningAlgorithm: 'SHA256WITHECDSA',
    TemplateArn: row.arn,
    Validity: { Type: 'DAYS', Value: 30 },
    // Where a template doesn't take it, it is ignored (contract §5.3).
    ApiPassthrough: passthroughOf(template, root.spki),
  })
  const { Certificate = '' } = await call('GetCertificate', { ...named, CertificateArn })
  return new x509.X509Certificate(Certificate)
}

describe('IssueCertificate with ApiPassthrough under each of AWS’s templates (contract §6)', () => {
  test('there are 61 of them', () => {
    expect(AWS_TEMPLATES).toHaveLength(61)
  })
  test.each(AWS_TEMPLATES.map((row) => [row.arn, row] as const))('%s', async (_, row) => {
    const template = templateFrom(row.name)
    const isRoot = template.kind === 'root'
    const issuer = template.kind === 'leaf' ? subordinate : root
    const own = isRoot ? root.spki : spkiOf(keyPair('EC_prime256v1'))
    // For a root the table says nothing, so what may be passed through is; else the authority's own is.
    const passed = row.passthrough.api ? API_CRL : null
    const point = isRoot ? passed : `http://pki.example.com/crl/${issuer.id}.crl`
    const cells = cellsOf(await issue(row, template, issuer))
    expect(cells).toEqual(expectedOf(row, false, point, { own, issuer: issuer.spki }, root.name))
  })
})
