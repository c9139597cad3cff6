import { transitionOf } from '../../domain/authority-life-cycle.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { SYSTEM_ACCOUNT, type AuthorityId } from '../../domain/ids.ts'
import { responderRenewalAt } from '../../domain/ocsp.ts'
import type { Millis } from '../../domain/time.ts'
import { issuingAuthority } from '../authorities/signing-authority.ts'
import { renewResponder, type ResponderPorts } from './renew-responder.ts'

/**
 * Makes responders for authorities whose certificates name one, before anybody asks, and replaces each at half of its
 * life. Failures of one authority don't keep the others waiting: there are days left to try again.
 */
export async function renewDueResponders(
  ports: ResponderPorts,
): Promise<{ renewed: number; failed: number }> {
  let renewed = 0
  let failed = 0
  const answering = await ports.store.reads.ocsp.answering()
  for (const authority of await ports.store.reads.authorities.all()) {
    const { id, account, revocation } = authority
    const now = ports.calendar.now()
    const wanted = answering.has(id) || (revocation.ocsp.enabled && account !== SYSTEM_ACCOUNT)
    if (!wanted || 'refused' in transitionOf(authority, 'publishCrl', now)) continue
    try {
      if (await renewIfDue(ports, id, now)) renewed++
    } catch (error) {
      // Another server is at it.
      if (error instanceof ChanceryError && error.code === 'unavailable') continue
      failed++
      ports.logger.error({ err: error, authority: id }, 'could not renew an OCSP responder')
    }
  }
  return { renewed, failed }
}

async function renewIfDue(ports: ResponderPorts, id: AuthorityId, now: Millis): Promise<boolean> {
  const responder = await ports.store.reads.ocsp.responder(id)
  // The calendar may have been set back: what isn't valid yet is as useless as what has ended.
  const due = responder === undefined || now >= responderRenewalAt(responder) || now < responder.notBefore
  if (!due) return false
  const issuer = await issuingAuthority(ports, id)
  // Nothing would be gained: the authority's chain ends with it.
  if (responder !== undefined && now >= responder.notBefore && responder.notAfter >= issuer.facts.notAfter)
    return false
  await renewResponder(ports, issuer, responder)
  return true
}

/**
 * The last responder of an authority whose key is about to be destroyed: valid until its chain ends, since there can be
 * none after it. For authorities that answer only.
 * @returns when it ends; undefined where nobody answers
 * @throws state_conflict, kms_unavailable, unavailable
 */
export async function makeFinalResponder(
  ports: ResponderPorts,
  id: AuthorityId,
): Promise<Millis | undefined> {
  const issuer = await issuingAuthority(ports, id)
  const before = await ports.store.reads.ocsp.responder(id)
  const { notAfter } = issuer.facts
  if (before === undefined && !issuer.authority.revocation.ocsp.enabled) return undefined
  if (before === undefined || before.notAfter < notAfter)
    await renewResponder(ports, issuer, before, notAfter)
  return notAfter
}
