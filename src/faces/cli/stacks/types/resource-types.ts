import { AUTHORITY } from './authority.ts'
import { ACTIVATION } from './activation.ts'
import { CERTIFICATE } from './certificate.ts'
import { EXPIRY_EVENTS } from './expiry-events.ts'
import { MANAGED } from './managed.ts'
import { PERMISSION } from './permission.ts'
import type { ResourceType } from './resource-type.ts'

/** Every type of resource that a template may have. */
export const RESOURCE_TYPES = {
  'AWS::ACMPCA::CertificateAuthority': AUTHORITY,
  'AWS::ACMPCA::CertificateAuthorityActivation': ACTIVATION,
  'AWS::ACMPCA::Certificate': CERTIFICATE,
  'AWS::ACMPCA::Permission': PERMISSION,
  'AWS::CertificateManager::Certificate': MANAGED,
  'AWS::CertificateManager::Account': EXPIRY_EVENTS,
} as const satisfies Record<string, ResourceType>
export type TypeName = keyof typeof RESOURCE_TYPES
export const RESOURCE_TYPE_NAMES = Object.keys(RESOURCE_TYPES) as TypeName[]

export const isTypeName = (text: string): text is TypeName => Object.hasOwn(RESOURCE_TYPES, text)
/** A type without its literal types, for code that treats all alike. */
export const typeNamed = (name: TypeName): ResourceType => RESOURCE_TYPES[name]
export const attributesOf = (name: TypeName): readonly string[] => RESOURCE_TYPES[name].attributes
