import {
  chooseManagedSettings,
  managedSettings,
} from '../../../../core/operations/managed/account-settings.ts'
import { changeOptions } from '../../../../core/operations/managed/change-options.ts'
import { tokenFor } from '../../../../core/operations/idempotency.ts'
import { HOUR } from '../../../../core/domain/time.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { certificateArn } from './arns.ts'
import type { AcmHandlers } from '../../models/acm/model.ts'

type Part = Pick<
  AcmHandlers,
  'UpdateCertificateOptions' | 'GetAccountConfiguration' | 'PutAccountConfiguration'
>

/** What is chosen for a certificate, and for all of an account's. */
export const certificateOptions = (ports: Ports): Part => ({
  UpdateCertificateOptions: async ({ principal, input }) => {
    const { Export, ValidationMethod } = input.Options
    await changeOptions(ports, principal, {
      id: certificateArn(input.CertificateArn),
      ...(Export === undefined ? {} : { exportable: Export === 'ENABLED' }),
      ...(ValidationMethod === undefined ? {} : { method: ValidationMethod }),
    })
    return undefined
  },

  GetAccountConfiguration: async ({ principal }) => {
    const { daysBeforeExpiry } = await managedSettings(ports, principal)
    return { ExpiryEvents: { DaysBeforeExpiry: daysBeforeExpiry } }
  },

  PutAccountConfiguration: async ({ principal, input }) => {
    const days = input.ExpiryEvents?.DaysBeforeExpiry
    await chooseManagedSettings(ports, principal, {
      ...(days === undefined ? {} : { daysBeforeExpiry: days }),
      // The same token with another number is another request.
      idempotency: { ...tokenFor(input.IdempotencyToken, HOUR), bodyHash: Buffer.from(String(days)) },
    })
    return undefined
  },
})
