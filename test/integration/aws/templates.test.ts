import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { templateFrom } from '../../../src/core/domain/templates.ts'
import { aRequest, keyPair, spkiOf } from '../../core/operations/requests.ts'
import { createPrivateAuthority } from '../../support/aws/authorities.ts'
import { anAwsWorld, hasBoto3, type AwsWorld } from '../../support/aws.ts'
import { AWS_TEMPLATES, type AwsTemplate } from '../../support/aws-templates.ts'
import { API_CRL, cellsOf, csrExtensionsOf, expectedOf, passthroughOf } from '../../support/template-cells.ts'

const BUCKET = 'template-crls'
const revocation = { CrlConfiguration: { Enabled: true, ExpirationInDays: 7, S3BucketName: BUCKET } }

type Issuer = { readonly arn: string; readonly spki: Uint8Array }

describe.runIf(hasBoto3())('each of AWS’s 61 templates by boto3 (contract §6)', () => {
  let world: AwsWorld
  let root: Issuer
  let subordinate: Issuer

  const pca = <T>(operation: string, input: object) =>
    world.boto3.call<T>({ service: 'acm-pca', operation, input })
  const authority = async (type: 'ROOT' | 'SUBORDINATE', commonName: string, parent?: string) => {
    const made = await createPrivateAuthority(world.boto3, {
      ...{ type, commonName, revocation },
      ...(parent === undefined ? {} : { parent }),
    })
    const named = { CertificateAuthorityArn: made.arn }
    const { Certificate } = await pca<{ Certificate: string }>('GetCertificateAuthorityCertificate', named)
    return { ...made, spki: new Uint8Array(new x509.X509Certificate(Certificate).publicKey.rawData) }
  }

  beforeAll(async () => {
    world = await anAwsWorld()
    root = await authority('ROOT', 'Root')
    subordinate = await authority('SUBORDINATE', 'Subordinate', root.arn)
  })
  afterAll(() => world.dispose())

  /** With everything in its request and in its ApiPassthrough that any template lets through. */
  async function issued(row: AwsTemplate, { arn }: Issuer): Promise<x509.X509Certificate> {
    const template = templateFrom(row.name)
    const named = { CertificateAuthorityArn: arn }
    const extensions = csrExtensionsOf(template)
    // A root certifies its own request.
    const csr =
      template.kind === 'root'
        ? (await pca<{ Csr: string }>('GetCertificateAuthorityCsr', named)).Csr
        : aRequest({ subject: { commonName: 'from the CSR' }, extensions })
    const { CertificateArn } = await pca<{ CertificateArn: string }>('IssueCertificate', {
      ...named,
      Csr: Buffer.from(csr),
      SigningAlgorithm: 'SHA256WITHECDSA',
      TemplateArn: row.arn,
      Validity: { Type: 'DAYS', Value: 30 },
      ApiPassthrough: passthroughOf(template, root.spki),
    })
    const { Certificate } = await pca<{ Certificate: string }>('GetCertificate', { ...named, CertificateArn })
    return new x509.X509Certificate(Certificate)
  }

  test('gives what AWS’s table says, cell by cell, with both passthroughs asked for', async () => {
    expect(AWS_TEMPLATES).toHaveLength(61)
    for (const row of AWS_TEMPLATES) {
      const { kind } = templateFrom(row.name)
      const isRoot = kind === 'root'
      const issuer = kind === 'leaf' ? subordinate : root
      const own = isRoot ? root.spki : spkiOf(keyPair('EC_prime256v1'))
      const id = issuer.arn.split('/').at(-1)
      const passed = row.passthrough.api ? API_CRL : null
      const point = isRoot ? passed : `${world.server.repositoryUrl}/${BUCKET}/crl/${id}.crl`
      const cells = cellsOf(await issued(row, issuer))
      const keys = { own, issuer: issuer.spki }
      expect(cells, row.name).toEqual(expectedOf(row, false, point, keys, 'Root'))
    }
  })
})
