import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { ProfileId } from '../../domain/ids.ts'
import type { CustomProfile } from '../../domain/profiles.ts'
import { profileRulesFrom } from '../../x509/profile-rules.ts'
import type { Ports } from '../../ports/ports.ts'
import { idempotently, stillThere, type Once } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { boundTo, profileNameViolations, type CreateProfileRequest } from './profile-request.ts'

/**
 * Makes a profile for the caller's account and region.
 * @throws request_invalid naming everything that is wrong, not_found (authority), already_exists (name)
 */
export async function createProfile(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>,
  principal: Principal,
  { idempotency, ...request }: CreateProfileRequest & Once,
): Promise<CustomProfile> {
  authorize(principal, 'chancery:CreateProfile', arns.profiles(principal))
  const now = ports.calendar.now()
  const { name, authority, ...given } = request
  const { rules, violations } = profileRulesFrom(given)
  refuse('request_invalid', [...profileNameViolations(name), ...violations])
  const profile: CustomProfile = {
    id: newUuid(ports.random, now) as ProfileId,
    account: principal.account,
    region: principal.region,
    name,
    version: 1,
    authority: await boundTo(ports, principal, authority),
    rules,
    createdAt: now,
    updatedAt: now,
  }
  const time = ports.clock.now()
  const event = auditEvent('CreateProfile', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.profile(principal, name)],
    request: { name, authority: profile.authority, rules },
  })
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateProfile',
    attempt: async (remember) => {
      try {
        await ports.store.transact((writes) => [
          writes.profiles.add(profile),
          ...remember(writes, profile.id),
          writes.audit.append(event),
        ])
        return profile
      } catch (error) {
        if (error instanceof StoreConflict && error.subject === 'profiles.add') throw taken(name, error)
        throw error
      }
    },
    replay: async (id) =>
      stillThere(await ports.store.reads.profiles.byName(principal, name), (found) => found.id === id),
  })
}

const taken = (name: string, cause: unknown): ChanceryError =>
  new ChanceryError(
    'already_exists',
    `name: this account and region have a profile named “${name}” already`,
    {
      cause,
      violations: [{ code: 'name_taken', field: 'name', message: 'is taken; choose another' }],
    },
  )
