import type { Route } from '../route.ts'
import { authorityParams, authority } from '../schemas/authorities.ts'
import * as rotations from '../schemas/rotations.ts'
import { once, plain } from './shared.ts'

const params = authorityParams
const SIGNING_ERRORS = [
  'not_found',
  'state_conflict',
  'lint_failed',
  'policy_refused',
  'kms_unavailable',
] as const

/** An authority's own certificates, and its successor. */
export const ROTATIONS_ROUTES = {
  renewAuthority: {
    method: 'POST',
    path: '/v1/authorities/{authority}/renew',
    operationId: 'renewAuthority',
    tag: 'Rotation',
    summary: 'Give an authority a new certificate for the same key',
    request: { params, body: rotations.renewal },
    response: { status: 200, description: 'The authority with its new certificate.', body: authority },
    errors: SIGNING_ERRORS,
    ...once,
  },
  crossSignAuthority: {
    method: 'POST',
    path: '/v1/authorities/{authority}/cross-certificates',
    operationId: 'crossSignAuthority',
    tag: 'Rotation',
    summary: 'Have an authority’s key certified by another authority',
    request: { params, body: rotations.crossSigning },
    response: { status: 201, description: 'The cross-certificate.', body: rotations.crossCertificate },
    errors: SIGNING_ERRORS,
    ...once,
  },
  listCrossCertificates: {
    method: 'GET',
    path: '/v1/authorities/{authority}/cross-certificates',
    operationId: 'listCrossCertificates',
    tag: 'Rotation',
    summary: 'List an authority’s cross-certificates',
    request: { params },
    response: { status: 200, description: 'The cross-certificates.', body: rotations.crossCertificates },
    errors: ['not_found'],
    ...plain,
  },
  startRotation: {
    method: 'POST',
    path: '/v1/authorities/{authority}/rotation',
    operationId: 'startRotation',
    tag: 'Rotation',
    summary: 'Begin to replace an authority by a successor with a new key',
    description:
      'Nothing is done yet: each call of `advance` does a step. Requests that name the old authority are served by its successor once issuing is switched.',
    request: { params, body: rotations.rotationStart },
    response: { status: 201, description: 'The rotation.', body: rotations.rotation },
    errors: ['not_found', 'state_conflict', 'already_exists'],
    ...once,
  },
  describeRotation: {
    method: 'GET',
    path: '/v1/authorities/{authority}/rotation',
    operationId: 'describeRotation',
    tag: 'Rotation',
    summary: 'Show an authority’s latest rotation',
    request: { params },
    response: { status: 200, description: 'The rotation.', body: rotations.rotation },
    errors: ['not_found'],
    ...plain,
  },
  advanceRotation: {
    method: 'POST',
    path: '/v1/authorities/{authority}/rotation/advance',
    operationId: 'advanceRotation',
    tag: 'Rotation',
    summary: 'Do the next step of a rotation',
    description:
      'Steps may be repeated. `reissue` issues a hundred leaves a call: call again while it is the next step.',
    request: { params, body: rotations.rotationAdvance },
    response: { status: 200, description: 'The rotation as it is now.', body: rotations.rotation },
    errors: [...SIGNING_ERRORS, 'already_exists'],
    ...once,
  },
  reverseRotation: {
    method: 'POST',
    path: '/v1/authorities/{authority}/rotation/reverse',
    operationId: 'reverseRotation',
    tag: 'Rotation',
    summary: 'Undo a rotation that isn’t completed',
    request: { params },
    response: { status: 200, description: 'The rotation as it ended.', body: rotations.rotation },
    errors: SIGNING_ERRORS,
    ...plain,
  },
} as const satisfies Record<string, Route>
