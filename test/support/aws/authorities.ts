import type { Boto3 } from './boto3.ts'

/** An authority that was made by the API. */
export type PrivateAuthority = { readonly arn: string }

type Wanted = {
  readonly type: 'ROOT' | 'SUBORDINATE'
  readonly commonName: string
  /** For a subordinate. */
  readonly parent?: string
  readonly revocation?: object
  readonly keyAlgorithm?: string
  readonly signingAlgorithm?: string
  /** Beside what is said above. */
  readonly more?: object
}

/**
 * Makes an authority as AWS's users do: create, wait for its request, have it signed by itself or by its parent, wait,
 * get the certificate, import it (contract §5.1).
 */
export async function createPrivateAuthority(boto3: Boto3, wanted: Wanted): Promise<PrivateAuthority> {
  const pca = <T>(operation: string, input: object) => boto3.call<T>({ service: 'acm-pca', operation, input })
  const wait = (operation: string, input: object) =>
    boto3.call({ service: 'acm-pca', operation, input, as: 'wait' })
  const { type, commonName, parent, keyAlgorithm = 'EC_prime256v1', revocation } = wanted
  const SigningAlgorithm = wanted.signingAlgorithm ?? 'SHA256WITHECDSA'
  const { CertificateAuthorityArn } = await pca<{ CertificateAuthorityArn: string }>(
    'CreateCertificateAuthority',
    {
      CertificateAuthorityType: type,
      CertificateAuthorityConfiguration: {
        KeyAlgorithm: keyAlgorithm,
        SigningAlgorithm,
        Subject: { CommonName: commonName, Organization: 'Example' },
      },
      ...(revocation === undefined ? {} : { RevocationConfiguration: revocation }),
      ...wanted.more,
    },
  )
  await wait('certificate_authority_csr_created', { CertificateAuthorityArn })
  const { Csr } = await pca<{ Csr: string }>('GetCertificateAuthorityCsr', { CertificateAuthorityArn })
  const issuer = parent ?? CertificateAuthorityArn
  const template = parent === undefined ? 'RootCACertificate/V1' : 'SubordinateCACertificate_PathLen0/V1'
  const { CertificateArn } = await pca<{ CertificateArn: string }>('IssueCertificate', {
    CertificateAuthorityArn: issuer,
    Csr: Buffer.from(Csr),
    SigningAlgorithm,
    TemplateArn: `arn:aws:acm-pca:::template/${template}`,
    Validity: { Type: 'YEARS', Value: parent === undefined ? 20 : 10 },
  })
  const named = { CertificateAuthorityArn: issuer, CertificateArn }
  await wait('certificate_issued', named)
  const { Certificate, CertificateChain } = await pca<{ Certificate: string; CertificateChain?: string }>(
    'GetCertificate',
    named,
  )
  await pca('ImportCertificateAuthorityCertificate', {
    CertificateAuthorityArn,
    Certificate: Buffer.from(Certificate),
    ...(CertificateChain === undefined ? {} : { CertificateChain: Buffer.from(CertificateChain) }),
  })
  return { arn: CertificateAuthorityArn }
}
