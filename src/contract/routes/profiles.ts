import type { Route } from '../route.ts'
import * as profiles from '../schemas/profiles.ts'
import { once, plain } from './shared.ts'

/** Profiles. */
export const PROFILES_ROUTES = {
  createProfile: {
    method: 'POST',
    path: '/v1/profiles',
    operationId: 'createProfile',
    tag: 'Profiles',
    summary: 'Create a profile: what certificates of a kind may be',
    request: { body: profiles.profileCreation },
    response: { status: 201, description: 'The profile.', body: profiles.profile },
    errors: ['not_found', 'already_exists'],
    ...once,
  },
  listProfiles: {
    method: 'GET',
    path: '/v1/profiles',
    operationId: 'listProfiles',
    tag: 'Profiles',
    summary: 'List profiles by name; those that every place has aren’t among them',
    request: { query: profiles.profileListQuery },
    response: { status: 200, description: 'A page of profiles.', body: profiles.profilePage },
    errors: [],
    ...plain,
  },
  describeProfile: {
    method: 'GET',
    path: '/v1/profiles/{profile}',
    operationId: 'describeProfile',
    tag: 'Profiles',
    summary: 'Describe a profile',
    request: { params: profiles.profileParams },
    response: { status: 200, description: 'The profile.', body: profiles.profile },
    errors: ['not_found'],
    idempotent: false,
    etag: true,
  },
  updateProfile: {
    method: 'PATCH',
    path: '/v1/profiles/{profile}',
    operationId: 'updateProfile',
    tag: 'Profiles',
    summary: 'Replace members of a profile; certificates issued under it stay what they are',
    request: { params: profiles.profileParams, body: profiles.profileUpdate },
    response: { status: 200, description: 'The profile as it is now.', body: profiles.profile },
    errors: ['not_found', 'state_conflict', 'precondition_failed'],
    idempotent: false,
    etag: true,
  },
  deleteProfile: {
    method: 'DELETE',
    path: '/v1/profiles/{profile}',
    operationId: 'deleteProfile',
    tag: 'Profiles',
    summary: 'Delete a profile that no authority names',
    request: { params: profiles.profileParams },
    response: { status: 204, description: 'It is deleted.' },
    errors: ['not_found', 'state_conflict'],
    ...plain,
  },
} as const satisfies Record<string, Route>
