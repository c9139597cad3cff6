import type { Shape, StructureShape } from '../../../src/faces/aws/shapes/shape.ts'

const UUID = '00000000-0000-4000-8000-000000000000'

/** ARNs of things that aren't there, by the member that asks for one. */
const arnsOf = (account: string): Readonly<Record<string, string>> => ({
  CertificateAuthorityArn: `arn:aws:acm-pca:us-east-1:${account}:certificate-authority/${UUID}`,
  CertificateArn: `arn:aws:acm:us-east-1:${account}:certificate/${UUID}`,
  ResourceArn: `arn:aws:acm-pca:us-east-1:${account}:certificate-authority/${UUID}`,
  RoleArn: `arn:aws:iam::${account}:role/nobody`,
  AcmeEndpointArn: `arn:aws:acm:us-east-1:${account}:acme-endpoint/${UUID}`,
  AcmeDomainValidationArn: `arn:aws:acm:us-east-1:${account}:acme-endpoint/${UUID}/acme-domain-validation/${UUID}`,
  AcmeExternalAccountBindingArn: `arn:aws:acm:us-east-1:${account}:acme-endpoint/${UUID}/acme-external-account-binding/${UUID}`,
  resourceShareArn: `arn:aws:ram:us-east-1:${account}:resource-share/${UUID}`,
  resourceShareInvitationArn: `arn:aws:ram:us-east-1:${account}:resource-share-invitation/${UUID}`,
  permissionArn: `arn:aws:ram:us-east-1:${account}:permission/nothing`,
  fromPermissionArn: `arn:aws:ram:us-east-1:${account}:permission/nothing`,
  toPermissionArn: `arn:aws:ram:us-east-1:${account}:permission/nothing`,
})

/** Texts that a pattern would refuse otherwise. */
const SAMPLES = ['example.com', 'sample', 'example@example.com', '00:11', '123456789012', '0011', '1.2.3']

/** Whatever an operation can't do without, and nothing else. */
export const leastInput = ({ members }: StructureShape, account: string): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members)
      .filter(([, member]) => member.required === true)
      .map(([name, member]) => [name, arnsOf(account)[name] ?? sampleOf(member, account)]),
  )

function sampleOf(shape: Shape, account: string): unknown {
  switch (shape.kind) {
    case 'string':
      return shape.values?.[0] ?? textOf(shape)
    case 'blob':
      return Buffer.from('x'.repeat(Math.max(1, shape.min ?? 1)))
    case 'integer':
    case 'long':
    case 'double':
      return shape.min ?? 1
    case 'boolean':
      return false
    case 'timestamp':
      return new Date(0)
    case 'list':
      return Array.from({ length: Math.max(1, shape.min ?? 1) }, () => sampleOf(shape.of, account))
    case 'map':
      return {}
    case 'recursive':
      return sampleOf(shape.of(), account)
    case 'structure': {
      if (!shape.union) return leastInput(shape, account)
      const [name, member] = Object.entries(shape.members)[0] ?? []
      return name === undefined || member === undefined ? {} : { [name]: sampleOf(member, account) }
    }
  }
}

function textOf({ min = 1, max = Infinity, regexp }: Extract<Shape, { kind: 'string' }>): string {
  const fits = (text: string) => text.length >= min && text.length <= max && regexp?.test(text) !== false
  return SAMPLES.find(fits) ?? 'x'.repeat(Math.max(1, min))
}
