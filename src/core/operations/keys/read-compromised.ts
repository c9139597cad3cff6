import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { spkiHashFrom, type CompromisedKey } from '../../domain/compromised-keys.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'

/** Whose marks a caller sees: those of the own account, or, as the installation's administrator, all. */
const scopeOf = ({ installation, account }: Principal): AccountId | undefined =>
  installation ? undefined : account

/** Compromised keys, newest first. */
export async function listCompromisedKeys(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<CompromisedKey>> {
  authorize(principal, 'chancery:ListCompromisedKeys', arns.account(principal.account))
  return ports.store.reads.compromisedKeys.list(scopeOf(principal), page)
}

/** One of them by the SHA-256 of its SubjectPublicKeyInfo. @throws not_found, alike for one that another account marked */
export async function describeCompromisedKey(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<CompromisedKey> {
  authorize(principal, 'chancery:ListCompromisedKeys', arns.account(principal.account))
  const spki = spkiHashFrom(reference)
  const key =
    spki === undefined ? undefined : await ports.store.reads.compromisedKeys.get(spki, scopeOf(principal))
  if (key === undefined) throw new ChanceryError('not_found', 'There is no such compromised key here')
  return key
}
