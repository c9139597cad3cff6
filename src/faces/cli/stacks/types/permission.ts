import { SERVICE_ACTIONS } from '../../../../core/domain/share-permissions.ts'
import { choice, listOf, optional, required, text } from '../shapes.ts'
import { arn, inPlace, replacing } from './common.ts'
import type { ResourceType } from './resource-type.ts'

/** AWS::ACMPCA::Permission: what managed certificates may ask of an authority. */
export const PERMISSION: ResourceType = {
  properties: {
    CertificateAuthorityArn: replacing(required(arn)),
    // There is one for each authority: with other actions it is the same one.
    Actions: inPlace(required(listOf(choice(SERVICE_ACTIONS), SERVICE_ACTIONS.length, 1))),
    Principal: replacing(required(choice(['acm.amazonaws.com']))),
    SourceAccount: replacing(optional(text({ pattern: /^\d{12}$/, expected: 'an account’s 12 digits' }))),
  },
  attributes: [],
  changing: [],
  whenRemoved: 'managed certificates get nothing from the authority any more, renewals included',
}
