/** A template for tests, as JSON, which is YAML too. */
export type Sections = {
  readonly Parameters?: object
  readonly Conditions?: object
  readonly Resources: Readonly<Record<string, object>>
  readonly Outputs?: object
}
export const text = (sections: Sections): string => JSON.stringify(sections, null, 2)

const EC = { KeyAlgorithm: 'EC_prime256v1', SigningAlgorithm: 'SHA256WITHECDSA' }
const ref = (name: string) => ({ Ref: name })
const get = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] })

/** A root that its template activates itself. */
export const root = (name = 'Root', more: object = {}): Record<string, object> => ({
  [name]: {
    Type: 'AWS::ACMPCA::CertificateAuthority',
    Properties: {
      Type: 'ROOT',
      ...EC,
      Subject: { CommonName: { 'Fn::Sub': `\${AWS::StackName} ${name}` } },
      ...more,
    },
  },
  [`${name}Certificate`]: certificate(name, get(name, 'CertificateSigningRequest'), 'RootCACertificate/V1', {
    Validity: { Type: 'YEARS', Value: 10 },
  }),
  [`${name}Activation`]: {
    Type: 'AWS::ACMPCA::CertificateAuthorityActivation',
    Properties: { CertificateAuthorityArn: ref(name), Certificate: get(`${name}Certificate`, 'Certificate') },
  },
})

/** A certificate under a template of AWS Private CA. */
export const certificate = (
  authority: string,
  csr: unknown,
  template: string,
  more: object = {},
): object => ({
  Type: 'AWS::ACMPCA::Certificate',
  Properties: {
    CertificateAuthorityArn: ref(authority),
    CertificateSigningRequest: csr,
    SigningAlgorithm: 'SHA256WITHECDSA',
    TemplateArn: `arn:aws:acm-pca:::template/${template}`,
    Validity: { Type: 'DAYS', Value: 30 },
    ...more,
  },
})

/** An issuing authority under the root. */
export const issuing = (): Record<string, object> => ({
  Issuing: {
    Type: 'AWS::ACMPCA::CertificateAuthority',
    Properties: { Type: 'SUBORDINATE', ...EC, Subject: { CommonName: 'Issuing' } },
  },
  IssuingCertificate: {
    ...certificate(
      'Root',
      get('Issuing', 'CertificateSigningRequest'),
      'SubordinateCACertificate_PathLen0/V1',
      {
        Validity: { Type: 'YEARS', Value: 5 },
      },
    ),
    DependsOn: 'RootActivation',
  },
  IssuingActivation: {
    Type: 'AWS::ACMPCA::CertificateAuthorityActivation',
    Properties: {
      CertificateAuthorityArn: ref('Issuing'),
      Certificate: get('IssuingCertificate', 'Certificate'),
      CertificateChain: get('RootActivation', 'CompleteCertificateChain'),
    },
  },
})

/** A managed certificate of the issuing authority. */
export const web = (domain: string, more: object = {}): object => ({
  Type: 'AWS::CertificateManager::Certificate',
  DependsOn: 'IssuingActivation',
  Properties: {
    DomainName: domain,
    CertificateAuthorityArn: ref('Issuing'),
    KeyAlgorithm: 'EC_prime256v1',
    ...more,
  },
})
