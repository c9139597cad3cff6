import type { CertificateMappingJson, IdentityProviderJson } from '../../../contract/schemas/federation.ts'
import { arns } from '../../../core/domain/arns.ts'
import type { CertificateMapping } from '../../../core/domain/certificate-mappings.ts'
import type { IdentityProvider } from '../../../core/domain/identity-providers.ts'
import { isoOf } from '../../../core/domain/time.ts'

/** An identity provider as the API shows it; its keys are public. */
export const identityProviderJson = (provider: IdentityProvider): IdentityProviderJson => {
  const { account, name, issuer, audiences, algorithms, keys, rules, createdAt, updatedAt } = provider
  return {
    arn: arns.identityProvider(account, name),
    ...{ account, name, issuer, audiences: [...audiences], algorithms: [...algorithms] },
    ...('url' in keys
      ? { jwksUrl: keys.url }
      : { jwks: JSON.parse(keys.set) as IdentityProviderJson['jwks'] }),
    rules: rules.map(({ claims, role }) => ({ claims: { ...claims }, role })),
    createdAt: isoOf(createdAt),
    updatedAt: isoOf(updatedAt),
  }
}

/** A mapping as the API shows it. */
export const certificateMappingJson = (mapping: CertificateMapping): CertificateMappingJson => ({
  id: mapping.id,
  arn: arns.certificateMapping(mapping, mapping.id),
  authority: arns.authority(mapping, mapping.authority),
  kind: mapping.kind,
  value: mapping.value,
  role: mapping.role,
  createdAt: isoOf(mapping.createdAt),
})
