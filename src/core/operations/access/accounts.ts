import { authorize, type Principal } from '../../domain/access.ts'
import type { Account } from '../../domain/accounts.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { accountIdFrom, SYSTEM_ACCOUNT, type AccountId } from '../../domain/ids.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newAccountId, newUuid } from '../new-ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'

type NewAccount = { readonly id?: string; readonly name: string }

/**
 * Adds an account; without an id it gets a random one.
 * @throws already_exists, request_invalid
 */
export async function createAccount(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>,
  principal: Principal,
  { idempotency, ...request }: NewAccount & Once,
): Promise<Account> {
  authorize(principal, 'chancery:CreateAccount', arns.installation())
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateAccount',
    attempt: (remember) => addAccount(ports, principal, request, remember),
    replay: async (id) => stillThere(await ports.store.reads.accounts.get(id as AccountId)),
  })
}

async function addAccount(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>,
  principal: Principal,
  request: NewAccount,
  remember: Remember,
): Promise<Account> {
  const id = request.id === undefined ? newAccountId(ports.random) : accountIdFrom(request.id, 'id')
  if (id === SYSTEM_ACCOUNT)
    throw new ChanceryError('request_invalid', `id: ${SYSTEM_ACCOUNT} belongs to the installation itself`, {
      violations: [{ code: 'account_reserved', field: 'id', message: 'belongs to the installation itself' }],
    })
  const account: Account = { id, name: request.name, createdAt: ports.calendar.now() }
  const event = auditEvent('CreateAccount', principal, {
    eventId: newUuid(ports.random, ports.clock.now()),
    time: ports.clock.now(),
    resources: [arns.account(id)],
    request: { id, name: request.name },
  })
  try {
    await ports.store.transact((writes) => [
      writes.accounts.add(account),
      ...remember(writes, id),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (error instanceof StoreConflict)
      throw new ChanceryError('already_exists', `id: there is an account ${id} already`, { cause: error })
    throw error
  }
  return account
}

/** All accounts of the installation, in order of their ids. */
export async function listAccounts(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<Account>> {
  authorize(principal, 'chancery:ListAccounts', arns.installation())
  return ports.store.reads.accounts.list(page)
}
