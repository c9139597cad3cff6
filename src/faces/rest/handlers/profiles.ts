import type { CustomProfile } from '../../../core/domain/profiles.ts'
import { createProfile } from '../../../core/operations/profiles/create-profile.ts'
import { deleteProfile } from '../../../core/operations/profiles/delete-profile.ts'
import { describeProfile, listProfiles } from '../../../core/operations/profiles/read-profiles.ts'
import { updateProfile } from '../../../core/operations/profiles/update-profile.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import { etagMatches, etagOf } from '../../http/etags.ts'
import type { Handlers } from '../../http/serve.ts'
import { definedDeeply } from '../defined.ts'
import { profileJson } from '../json/profile-json.ts'
import { pageRequestOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  'createProfile' | 'listProfiles' | 'describeProfile' | 'updateProfile' | 'deleteProfile'
>

/** Profiles. */
export const profileHandlers = (ports: Ports): Part => ({
  createProfile: async ({ principal, body, idempotency }) =>
    profileJson(await createProfile(ports, principal, { ...definedDeeply(body), idempotency })),

  listProfiles: async ({ principal, query }) => {
    const { items, next } = await listProfiles(ports, principal, pageRequestOf(query))
    return { items: items.map(profileJson), next }
  },

  describeProfile: async ({ principal, params }) =>
    profileJson(await describeProfile(ports, principal, params.profile)),

  updateProfile: async ({ principal, params, body, ifMatch }) => {
    const change = { name: params.profile, members: definedDeeply(body) }
    if (ifMatch === undefined) return profileJson(await updateProfile(ports, principal, change))
    const precondition = (current: CustomProfile): boolean =>
      etagMatches(ifMatch, etagOf(JSON.stringify(profileJson(current))))
    return profileJson(await updateProfile(ports, principal, { ...change, precondition }))
  },

  deleteProfile: async ({ principal, params }) => {
    await deleteProfile(ports, principal, params.profile)
    return undefined
  },
})
