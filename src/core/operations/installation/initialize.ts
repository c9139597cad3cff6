import { type Principal, systemActor } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { AccountId, TokenId } from '../../domain/ids.ts'
import {
  FIRST_AUTHORITIES_SETTING,
  INSTALLATION_SETTINGS,
  type Installation,
  type Mode,
} from '../../domain/installation.ts'
import { sha256 } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorityNamed } from '../authorities/authority-named.ts'
import { newAccountId, newUuid } from '../new-ids.ts'
import { secretMade } from './installation-secret.ts'

/** What the data directory holds; undefined before the first start. */
export async function readInstallation(ports: Pick<Ports, 'store'>): Promise<Installation | undefined> {
  const { settings } = ports.store.reads
  const [id, mode, account] = await Promise.all([
    settings.get(INSTALLATION_SETTINGS.id),
    settings.get(INSTALLATION_SETTINGS.mode),
    settings.get(INSTALLATION_SETTINGS.account),
  ])
  if (id === undefined || mode === undefined || account === undefined) return undefined
  return { id, mode: mode as Mode, account: account as AccountId }
}

/**
 * First start: fixes the mode, makes the first account. Does nothing on later ones.
 * @throws state_conflict when the data directory was made in the other mode
 */
export async function initializeInstallation(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'settings'>,
  mode: Mode,
): Promise<Installation> {
  const existing = await readInstallation(ports)
  if (existing !== undefined) return inMode(existing, mode)
  const now = ports.calendar.now()
  const installation: Installation = {
    id: newUuid(ports.random, now),
    mode,
    account: newAccountId(ports.random),
  }
  const principal = systemPrincipal(ports, installation.account)
  const event = auditEvent('InitializeInstallation', principal, {
    eventId: newUuid(ports.random, ports.clock.now()),
    time: ports.clock.now(),
    resources: [arns.installation()],
    request: { mode },
    response: { id: installation.id, account: installation.account },
  })
  try {
    await ports.store.transact((writes) => [
      writes.settings.put(INSTALLATION_SETTINGS.id, installation.id),
      writes.settings.put(INSTALLATION_SETTINGS.mode, mode),
      writes.settings.put(INSTALLATION_SETTINGS.account, installation.account),
      secretMade(ports)(writes),
      writes.accounts.add({ id: installation.account, name: 'first', createdAt: now }),
      writes.audit.append(event),
    ])
    return installation
  } catch (error) {
    // Two servers on a new directory: the one that was first decides.
    const winner = error instanceof StoreConflict ? await readInstallation(ports) : undefined
    if (winner === undefined) throw error
    return inMode(winner, mode)
  }
}

function inMode(installation: Installation, mode: Mode): Installation {
  if (installation.mode === mode) return installation
  throw new ChanceryError(
    'state_conflict',
    `The data directory was made in ${installation.mode} mode and can’t be opened in ${mode} mode; use another directory`,
  )
}

/** The first account's root and issuing authority, unless it has them already, or a ceremony made others. */
export async function createFirstAuthorities(ports: Ports, account: AccountId): Promise<void> {
  if ((await ports.store.reads.settings.get(FIRST_AUTHORITIES_SETTING)) !== undefined) return
  const principal = systemPrincipal(ports, account)
  const suffix = ports.settings.simulation ? ' SIMULATION' : ''
  await authorityNamed(ports, principal, {
    kind: 'root',
    name: 'root',
    subject: { commonName: `Chancery Root${suffix}` },
  })
  await authorityNamed(ports, principal, {
    kind: 'subordinate',
    parent: 'root',
    name: 'issuing',
    subject: { commonName: `Chancery Issuing${suffix}` },
    makeDefault: true,
  })
}

/**
 * Makes the installation's administrator from this secret, while there is none.
 * @returns whether it was made: afterwards the secret acts, before it is worth nothing
 * @throws state_conflict when the secret is one that was a token before: a revoked or expired one never acts again
 */
export async function ensureAdministrator(
  ports: Pick<Ports, 'store' | 'random' | 'clock' | 'settings'>,
  account: AccountId,
  secret: () => string,
): Promise<boolean> {
  const now = ports.clock.now()
  if (await ports.store.reads.tokens.hasAdministrator(now)) return false
  const id = newUuid(ports.random, now) as TokenId
  const event = auditEvent('CreateToken', systemPrincipal(ports, account), {
    eventId: newUuid(ports.random, now),
    time: now,
    resources: [arns.token(account, id)],
    request: { name: 'admin', role: 'administrator', installation: true },
  })
  const token = {
    id,
    account,
    name: 'admin',
    role: 'administrator' as const,
    installation: true,
    createdAt: now,
    expiresAt: undefined,
    revokedAt: undefined,
  }
  const hash = sha256(secret())
  try {
    await ports.store.transact((writes) => [writes.tokens.add(token, hash), writes.audit.append(event)])
    return true
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    // Another server with the same secret was first, or it is one that was revoked or has expired.
    if (await ports.store.reads.tokens.hasAdministrator(now)) return false
    throw new ChanceryError(
      'state_conflict',
      'There is no administrator, and the admin token that was given was revoked or has expired; give another one',
      { cause: error },
    )
  }
}

/** The installation itself acting in an account. */
export const systemPrincipal = (
  ports: { readonly settings: Pick<Ports['settings'], 'globalRegion'> },
  account: AccountId,
): Principal => systemActor('installation', { account, region: ports.settings.globalRegion }, true)
