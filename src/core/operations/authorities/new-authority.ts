import type { Authority } from '../../domain/authorities.ts'
import type { AuthorityId, KeyId } from '../../domain/ids.ts'
import { keyAlgorithmInfo } from '../../domain/key-algorithms.ts'
import { configuredRevocation, usualRevocation } from '../../domain/revocation-configuration.ts'
import { USUAL_SERVICE_PERMISSION } from '../../domain/share-permissions.ts'
import type { Millis } from '../../domain/time.ts'
import { nameText } from '../../x509/distinguished-names.ts'
import { encodePassthroughSubject } from '../../x509/passthrough-subject.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { newUuid } from '../new-ids.ts'
import type { AuthorityBasics, PendingAuthorityRequest } from './authority-request.ts'
import { DEFAULT_KEY_ALGORITHM } from './authority-violations.ts'

/** An authority as it begins: in CREATING, with the id of a key that is still to be made, and what was asked for. */
export function newAuthority(
  ports: Pick<Ports, 'random'>,
  { account, region }: Place,
  request: AuthorityBasics | PendingAuthorityRequest,
  now: Millis,
): Authority {
  const keyAlgorithm = request.keyAlgorithm ?? DEFAULT_KEY_ALGORITHM
  const usageMode = request.usageMode ?? 'GENERAL_PURPOSE'
  const id = newUuid(ports.random, now) as AuthorityId
  return {
    id,
    account,
    region,
    name: request.name ?? id,
    kind: request.kind,
    parent: undefined,
    status: 'CREATING',
    key: newUuid(ports.random, now) as KeyId,
    keyAlgorithm,
    signatureAlgorithm: request.signatureAlgorithm ?? keyAlgorithmInfo(keyAlgorithm).defaultSignature,
    subject: nameText(encodePassthroughSubject(request.subject)),
    pathLength: request.pathLength,
    nameConstraints: undefined,
    usageMode,
    revocation: configuredRevocation(usualRevocation(usageMode), request.revocation ?? {}),
    completeCrlUntil: undefined,
    failureReason: undefined,
    deletion: undefined,
    csrDer: undefined,
    externalChain: undefined,
    successor: undefined,
    renewal: 'AUTOMATIC',
    caa: request.caa ?? 'OFF',
    servicePermission:
      request.servicePermission === undefined
        ? USUAL_SERVICE_PERMISSION
        : (request.servicePermission ?? undefined),
    tags: ('tags' in request ? request.tags : undefined) ?? {},
    keyStorageStandard: request.keyStorageStandard,
    isDefault: false,
    createdAt: now,
    certificate: undefined,
  }
}

/** What binds the key of an authority to it. */
export const keyContextOf = ({ account, region, key }: Authority) =>
  ({ account, region, id: key, purpose: 'authority' }) as const
