import type { Route } from './route.ts'
import { ACCESS_ROUTES } from './routes/access.ts'
import { AUDIT_ROUTES } from './routes/audit.ts'
import { CERTIFICATE_ARCHIVE_ROUTES } from './routes/certificate-archives.ts'
import { AUTHORITIES_ROUTES } from './routes/authorities.ts'
import { FEDERATION_ROUTES } from './routes/federation.ts'
import { CERTIFICATES_ROUTES } from './routes/certificates.ts'
import { ROTATIONS_ROUTES } from './routes/rotations.ts'
import { SHARES_ROUTES } from './routes/shares.ts'
import { BUCKETS_ROUTES } from './routes/buckets.ts'
import { STACKS_ROUTES } from './routes/stacks.ts'
import { REPORTS_ROUTES } from './routes/reports.ts'
import { MANAGED_SETTINGS_ROUTES } from './routes/managed-settings.ts'
import { MANAGED_ROUTES } from './routes/managed.ts'
import { KMS_ROUTES } from './routes/kms.ts'
import { KEYS_ROUTES } from './routes/keys.ts'
import { WEBHOOKS_ROUTES } from './routes/webhooks.ts'
import { EVENTS_ROUTES } from './routes/events.ts'
import { PROFILES_ROUTES } from './routes/profiles.ts'
import { MOVING_IN_ROUTES } from './routes/moving-in.ts'
import { MAIL_ROUTES } from './routes/mail.ts'
import { SIMULATION_ROUTES } from './routes/simulation.ts'
import { ZONES_ROUTES } from './routes/zones.ts'
import { SIMULATED_ACCESS_ROUTES } from './routes/simulated-access.ts'
import { CREDENTIALS_ROUTES } from './routes/credentials.ts'
import { IDENTITIES_ROUTES } from './routes/identities.ts'
import { POLICIES_ROUTES } from './routes/policies.ts'

/** The whole API: one entry a route. */
export const ROUTES = {
  ...ACCESS_ROUTES,
  ...SIMULATED_ACCESS_ROUTES,
  ...IDENTITIES_ROUTES,
  ...POLICIES_ROUTES,
  ...CREDENTIALS_ROUTES,
  ...FEDERATION_ROUTES,
  // Before what has a parameter in the place of `import`.
  ...MOVING_IN_ROUTES,
  ...AUTHORITIES_ROUTES,
  ...ROTATIONS_ROUTES,
  ...REPORTS_ROUTES,
  ...BUCKETS_ROUTES,
  ...SHARES_ROUTES,
  ...CERTIFICATES_ROUTES,
  ...MANAGED_ROUTES,
  ...MANAGED_SETTINGS_ROUTES,
  ...KMS_ROUTES,
  ...KEYS_ROUTES,
  ...PROFILES_ROUTES,
  ...STACKS_ROUTES,
  ...EVENTS_ROUTES,
  ...AUDIT_ROUTES,
  ...CERTIFICATE_ARCHIVE_ROUTES,
  ...WEBHOOKS_ROUTES,
  ...SIMULATION_ROUTES,
  ...MAIL_ROUTES,
  ...ZONES_ROUTES,
} as const satisfies Record<string, Route>

export type OperationId = keyof typeof ROUTES
export type RouteOf<Id extends OperationId> = (typeof ROUTES)[Id]
/** In the order of the documentation. */
export const OPERATION_IDS = Object.keys(ROUTES) as OperationId[]
/** A route without its literal types, for code that treats all alike. */
export const routeOf = (id: OperationId): Route => ROUTES[id]
