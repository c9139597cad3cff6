import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { CustomProfile, ProfileRules } from '../../domain/profiles.ts'
import { profileRulesFrom } from '../../x509/profile-rules.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { boundTo, type UpdateProfileRequest } from './profile-request.ts'
import { profileNamed } from './read-profiles.ts'

/** What one changes about a profile besides its members. */
type Change = {
  readonly name: string
  readonly members: UpdateProfileRequest
  /** Refuses when it doesn't hold for the profile as it stands. */
  readonly precondition?: (profile: CustomProfile) => boolean
}

/**
 * Replaces members of a profile, as its next version. Certificates that were issued stay what they are.
 * @throws request_invalid, not_found, precondition_failed, state_conflict when somebody else changed it just now
 */
export async function updateProfile(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>,
  principal: Principal,
  { name, members, precondition }: Change,
): Promise<CustomProfile> {
  authorize(principal, 'chancery:UpdateProfile', arns.profile(principal, name))
  const current = await profileNamed(ports, principal, name)
  refuseUnless(precondition, current)
  const { authority, ...changes } = members
  const { rules, violations } = profileRulesFrom(changed(current.rules, changes))
  refuse('request_invalid', violations)
  const profile: CustomProfile = {
    ...current,
    version: current.version + 1,
    authority:
      authority === undefined ? current.authority : await boundTo(ports, principal, authority ?? undefined),
    rules,
    updatedAt: ports.calendar.now(),
  }
  const time = ports.clock.now()
  const event = auditEvent('UpdateProfile', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.profile(principal, name)],
    request: { name, version: profile.version, authority: profile.authority, rules },
  })
  try {
    await ports.store.transact((writes) => [writes.profiles.replace(profile), writes.audit.append(event)])
    return profile
  } catch (error) {
    throw error instanceof StoreConflict ? changedMeanwhile(error) : error
  }
}

/** @throws precondition_failed */
export function refuseUnless(
  precondition: ((profile: CustomProfile) => boolean) | undefined,
  profile: CustomProfile,
): void {
  if (precondition?.(profile) === false)
    throw new ChanceryError('precondition_failed', 'If-Match: the profile has changed; read it again')
}

export const changedMeanwhile = (cause: StoreConflict): ChanceryError =>
  new ChanceryError('state_conflict', 'The profile was changed by somebody else just now; try again', {
    cause,
  })

/** The rules with members replaced, and without those that are null. */
const changed = (rules: ProfileRules, changes: object): ProfileRules =>
  Object.fromEntries(Object.entries({ ...rules, ...changes }).filter(([, value]) => value !== null))
