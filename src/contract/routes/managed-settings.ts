import type { Route } from '../route.ts'
import { managedSettings, managedSettingsPut } from '../schemas/managed-settings.ts'
import { plain } from './shared.ts'

const settings = {
  path: '/v1/managed-settings',
  tag: 'Managed certificates',
  response: { status: 200, description: 'The settings.', body: managedSettings },
  errors: [],
  ...plain,
} as const

/** What an account has chosen for its managed certificates. */
export const MANAGED_SETTINGS_ROUTES = {
  describeManagedSettings: {
    ...settings,
    method: 'GET',
    operationId: 'describeManagedSettings',
    summary: 'Read what holds for the account’s managed certificates',
    request: {},
  },
  putManagedSettings: {
    ...settings,
    method: 'PUT',
    operationId: 'putManagedSettings',
    summary: 'Choose how many days before its end a certificate’s end is first told',
    request: { body: managedSettingsPut },
  },
} as const satisfies Record<string, Route>
