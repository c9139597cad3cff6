import { choice, optional, required } from '../shapes.ts'
import { arn, inPlace, pem, replacing } from './common.ts'
import type { ResourceType } from './resource-type.ts'

/** AWS::ACMPCA::CertificateAuthorityActivation: installs an authority's certificate, and switches it on and off. */
export const ACTIVATION: ResourceType = {
  properties: {
    CertificateAuthorityArn: replacing(required(arn)),
    Certificate: inPlace(required(pem)),
    CertificateChain: inPlace(optional(pem)),
    Status: inPlace(optional(choice(['ACTIVE', 'DISABLED']))),
  },
  attributes: ['CompleteCertificateChain'],
  changing: ['CompleteCertificateChain'],
  whenRemoved: 'its authority is disabled',
}
