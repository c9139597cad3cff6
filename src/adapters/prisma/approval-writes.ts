import type { Writes } from '../../core/ports/store.ts'
import { blob, orNull, write } from './wire-values.ts'

/** As data: approvals by mail. */
export const approvalWrites: Pick<Writes, 'approvals'> = {
  approvals: {
    add: (a, hash) =>
      write(
        'approvals.add',
        a.id,
        blob(hash),
        a.managed,
        a.account,
        a.region,
        a.version,
        a.domain,
        a.validationDomain,
        a.mailbox,
        a.createdAt,
        a.expiresAt,
        a.delivery,
        a.attempts,
        orNull(a.dueAt),
      ),
    replaceAll: ({ managed, version, domain }, at) =>
      write('approvals.replaceAll', at, managed, version, domain),
    replaceEarlier: ({ managed, version, domain }, until, at) =>
      write('approvals.replaceEarlier', at, managed, version, domain, until),
    renew: (a, hash, dueAt) => write('approvals.renew', blob(hash), dueAt, a.id, a.attempts),
    delivered: (a) =>
      write(
        'approvals.delivered',
        a.delivery,
        orNull(a.via),
        orNull(a.response),
        orNull(a.dueAt),
        a.id,
        a.attempts,
      ),
    decide: (a, what, at, from) => write('approvals.decide', what, at, from, a.id, at),
    letBe: (id) => write('approvals.letBe', id),
  },
}
