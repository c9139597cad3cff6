import type { TypeName } from '../types/resource-types.ts'
import { activationKind } from './activation.ts'
import { authorityKind } from './authority.ts'
import { certificateKind } from './certificate.ts'
import { expiryEventsKind } from './expiry-events.ts'
import type { Kind } from './kind.ts'
import { managedKind } from './managed.ts'
import { permissionKind } from './permission.ts'

/** Every type of resource, as the API makes it. */
export const KINDS: Readonly<Record<TypeName, Kind>> = {
  'AWS::ACMPCA::CertificateAuthority': authorityKind,
  'AWS::ACMPCA::CertificateAuthorityActivation': activationKind,
  'AWS::ACMPCA::Certificate': certificateKind,
  'AWS::ACMPCA::Permission': permissionKind,
  'AWS::CertificateManager::Certificate': managedKind,
  'AWS::CertificateManager::Account': expiryEventsKind,
}
