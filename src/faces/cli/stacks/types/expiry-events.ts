import { record, required, wholeNumber, optional } from '../shapes.ts'
import { inPlace } from './common.ts'
import type { ResourceType } from './resource-type.ts'

/** AWS::CertificateManager::Account: from how many days before a certificate's end its account is told. */
export const EXPIRY_EVENTS: ResourceType = {
  properties: {
    ExpiryEventsConfiguration: inPlace(required(record({ DaysBeforeExpiry: optional(wholeNumber(1, 90)) }))),
  },
  attributes: ['AccountId'],
  changing: [],
  whenRemoved: 'the account’s setting is the usual one again',
}
