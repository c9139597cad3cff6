import type { Principal } from '../../domain/access.ts'
import { refuse } from '../../domain/errors.ts'
import type { ValidationMethod } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeManaged } from './authorize-managed.ts'
import { changeValidationMethod } from './change-method.ts'
import { managedAt } from './managed-at.ts'

export type OptionsRequest = {
  readonly id: string
  readonly method?: ValidationMethod
  /** Chosen when it was requested: it may be said again. */
  readonly exportable?: boolean
}

/**
 * Changes what can be changed of a certificate's options; what they are already may be said again.
 * @throws not_found; request_invalid for an option that is fixed; as changeValidationMethod
 */
export async function changeOptions(
  ports: Pick<Ports, 'store' | 'calendar' | 'clock' | 'random'>,
  principal: Principal,
  { id, method, exportable }: OptionsRequest,
): Promise<void> {
  await authorizeManaged(ports, principal, 'acm:UpdateCertificateOptions', id)
  const managed = await managedAt(ports, principal, id)
  if (exportable !== undefined && exportable !== managed.exportable)
    refuse('request_invalid', [
      {
        code: 'option_fixed',
        field: 'exportable',
        message: 'can’t be changed after the certificate was requested; request another one',
      },
    ])
  if (method !== undefined && method !== managed.validationMethod)
    await changeValidationMethod(ports, principal, { id, method })
}
