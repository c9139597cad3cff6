import { chooseManagedSettings, managedSettings } from '../../../core/operations/managed/account-settings.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'

/** What an account has chosen for its managed certificates. */
export const managedSettingsHandlers = (
  ports: Ports,
): Pick<Handlers, 'describeManagedSettings' | 'putManagedSettings'> => ({
  describeManagedSettings: ({ principal }) => managedSettings(ports, principal),
  putManagedSettings: ({ principal, body }) => chooseManagedSettings(ports, principal, body),
})
