import type { Route } from '../route.ts'
import * as schemas from '../schemas/kms.ts'
import { plain } from './shared.ts'

/** Key management services; for the installation's administrator. */
export const KMS_ROUTES = {
  describeKms: {
    method: 'GET',
    path: '/v1/kms',
    operationId: 'describeKms',
    tag: 'Key management',
    summary: 'List the key management services, what they wrap and how far a rotation is',
    request: {},
    response: { status: 200, description: 'The key management services.', body: schemas.kmsList },
    errors: [],
    ...plain,
  },
  rotateKms: {
    method: 'POST',
    path: '/v1/kms/rotations',
    operationId: 'rotateKms',
    tag: 'Key management',
    summary: 'Rotate a key-encryption key, or move keys to another key management service',
    description:
      'New keys are wrapped by the new version at once; those that stand follow in the background, `remaining` says how many are left. Nothing is refused meanwhile.',
    request: { body: schemas.kmsRotation },
    response: {
      status: 201,
      description: 'The key management service, its rotation under way.',
      body: schemas.kms,
    },
    errors: ['state_conflict', 'kms_unavailable'],
    ...plain,
  },
} as const satisfies Record<string, Route>
