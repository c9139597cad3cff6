import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError, refuse, StoreConflict, type Violation } from '../../domain/errors.ts'
import {
  isShareable,
  managedPermissionIn,
  MAX_PERMISSION_VERSIONS,
  MAX_SHARE_PERMISSIONS,
  type Allowance,
  type SharePermission,
  type SharePermissionVersion,
} from '../../domain/share-permissions.ts'
import { TEMPLATES } from '../../domain/templates.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { eventsFor } from '../events-for.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { sharePermissionNamed } from './share-permission-named.ts'

/** What a permission allows, as somebody asks for it. */
export type AllowanceRequest = {
  readonly actions: readonly string[]
  /** Templates to issue under; any when absent. */
  readonly templates?: readonly string[]
}
export type PermissionView = {
  readonly permission: SharePermission
  /** Newest first. */
  readonly versions: readonly SharePermissionVersion[]
}

type ChangingPorts = Pick<Ports, 'store' | 'random' | 'clock' | 'calendar'>

/**
 * Makes a permission for the caller's own shares.
 * @throws request_invalid, already_exists, limit_exceeded
 */
export async function createSharePermission(
  ports: ChangingPorts,
  principal: Principal,
  { name, idempotency, ...request }: AllowanceRequest & { readonly name: string } & Once,
): Promise<PermissionView> {
  authorize(principal, 'ram:CreatePermission', arns.sharePermissions(principal))
  const taken = managedPermissionIn(name) === undefined ? [] : [nameTaken]
  refuse('request_invalid', taken)
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateSharePermission',
    attempt: (remember) => addPermission(ports, principal, name, request, remember),
    replay: (id) => madePermission(ports, principal, name, id),
  })
}

async function addPermission(
  ports: ChangingPorts,
  principal: Principal,
  name: string,
  request: AllowanceRequest,
  remember: Remember,
): Promise<PermissionView> {
  const allowance = allowanceFrom(request)
  if ((await ports.store.reads.sharePermissions.count(principal)) >= MAX_SHARE_PERMISSIONS)
    throw new ChanceryError('limit_exceeded', `There are ${MAX_SHARE_PERMISSIONS} permissions here already`)
  const now = ports.clock.now()
  const { account, region } = principal
  const permission: SharePermission = {
    id: newUuid(ports.random, now),
    account,
    region,
    name,
    defaultVersion: 0,
    lastVersion: 0,
    createdAt: now,
    updatedAt: now,
  }
  const version = { permission: permission.id, version: 1, ...allowance, createdAt: now }
  const events = eventsFor(ports, 'CreateSharePermission', principal, undefined, {
    resources: [arns.sharePermission(principal, name)],
    request: { name, ...request },
  })
  try {
    await ports.store.transact((writes) => [
      writes.sharePermissions.add(permission),
      writes.sharePermissions.addVersion(version),
      ...remember(writes, permission.id),
      ...events.map((event) => writes.audit.append(event)),
    ])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('already_exists', `name: there is a permission named “${name}” already`, {
      cause: error,
      violations: [nameTaken],
    })
  }
  return { permission: { ...permission, defaultVersion: 1, lastVersion: 1 }, versions: [version] }
}

/** What a repeated request is answered with: the permission that it was about, and none that took its name since. */
async function madePermission(
  ports: ChangingPorts,
  principal: Principal,
  name: string,
  id: string,
): Promise<PermissionView> {
  const named = await ports.store.reads.sharePermissions.byName(principal, name)
  return viewOf(
    ports,
    stillThere(named, (found) => found.id === id),
  )
}

const nameTaken: Violation = { code: 'name_taken', field: 'name', message: 'is taken; choose another' }

/** Everything wrong is named in one answer. @throws request_invalid */
function allowanceFrom({ actions, templates }: AllowanceRequest): Allowance {
  const violations: Violation[] = []
  for (const [index, action] of actions.entries())
    if (!isShareable(action))
      violations.push({
        code: 'action',
        field: `actions[${index}]`,
        message: 'is nothing that can be shared with other accounts',
      })
  for (const [index, name] of (templates ?? []).entries())
    if (!TEMPLATES.has(name))
      violations.push({
        code: 'template',
        field: `templates[${index}]`,
        message: 'there is no such template; one is named as EndEntityCertificate/V1',
      })
  const issues = actions.includes('acm-pca:IssueCertificate')
  if (templates !== undefined && !issues)
    violations.push({
      code: 'templates',
      field: 'templates',
      message: 'goes with acm-pca:IssueCertificate only',
    })
  const root = (templates ?? []).findIndex((name) => TEMPLATES.get(name)?.kind === 'root')
  if (root >= 0)
    violations.push({
      code: 'template_root',
      field: `templates[${root}]`,
      message: 'is for a root that certifies itself',
    })
  refuse('request_invalid', violations)
  return { actions: actions.filter(isShareable), templates }
}

/** The caller's own permissions by name; the managed ones aren't among them. */
export async function listSharePermissions(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<PermissionView>> {
  authorize(principal, 'ram:ListPermissions', arns.sharePermissions(principal))
  const { items, next } = await ports.store.reads.sharePermissions.list(principal, page)
  return { items: await Promise.all(items.map((permission) => viewOf(ports, permission))), next }
}

/** One of the caller's own. @throws not_found */
export async function describeSharePermission(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
  action: 'ram:GetPermission' | 'ram:ListPermissionVersions' = 'ram:GetPermission',
): Promise<PermissionView> {
  authorize(principal, action, arns.sharePermission(principal, name))
  return viewOf(ports, await sharePermissionNamed(ports, principal, name))
}

async function viewOf({ store }: Pick<Ports, 'store'>, permission: SharePermission): Promise<PermissionView> {
  return { permission, versions: await store.reads.sharePermissions.versions(permission.id) }
}

/**
 * Another version, which becomes the default. Shares keep the version that they have until they are given another.
 * @throws not_found, request_invalid, limit_exceeded, state_conflict
 */
export async function addPermissionVersion(
  ports: ChangingPorts,
  principal: Principal,
  { name, idempotency, ...request }: AllowanceRequest & { readonly name: string } & Once,
): Promise<PermissionView> {
  authorize(principal, 'ram:CreatePermissionVersion', arns.sharePermission(principal, name))
  return idempotently(ports, principal, idempotency, {
    operation: 'CreatePermissionVersion',
    attempt: (remember) => addVersion(ports, principal, name, request, remember),
    replay: (id) => madePermission(ports, principal, name, id),
  })
}

async function addVersion(
  ports: ChangingPorts,
  principal: Principal,
  name: string,
  request: AllowanceRequest,
  remember: Remember,
): Promise<PermissionView> {
  const allowance = allowanceFrom(request)
  const { permission, versions } = await viewOf(ports, await sharePermissionNamed(ports, principal, name))
  if (versions.length >= MAX_PERMISSION_VERSIONS)
    throw new ChanceryError(
      'limit_exceeded',
      `The permission has ${MAX_PERMISSION_VERSIONS} versions; delete one that no share has`,
    )
  const version = {
    permission: permission.id,
    version: permission.lastVersion + 1,
    ...allowance,
    createdAt: ports.clock.now(),
  }
  const events = eventsFor(ports, 'CreatePermissionVersion', principal, undefined, {
    resources: [arns.sharePermission(principal, name)],
    request,
    response: { version: version.version },
  })
  await changing(() =>
    ports.store.transact((writes) => [
      writes.sharePermissions.addVersion(version),
      ...remember(writes, permission.id),
      ...events.map((event) => writes.audit.append(event)),
    ]),
  )
  return viewOf(ports, await sharePermissionNamed(ports, principal, name))
}

/** The version that shares get from now on. @throws not_found, state_conflict for one that isn't there */
export async function setDefaultPermissionVersion(
  ports: ChangingPorts,
  principal: Principal,
  { name, version }: { readonly name: string; readonly version: number },
): Promise<PermissionView> {
  authorize(principal, 'ram:SetDefaultPermissionVersion', arns.sharePermission(principal, name))
  const { id } = await sharePermissionNamed(ports, principal, name)
  const events = eventsFor(ports, 'SetDefaultPermissionVersion', principal, undefined, {
    resources: [arns.sharePermission(principal, name)],
    request: { version },
  })
  await changing(() =>
    ports.store.transact((writes) => [
      writes.sharePermissions.setDefault(id, version, ports.clock.now()),
      ...events.map((event) => writes.audit.append(event)),
    ]),
  )
  return viewOf(ports, await sharePermissionNamed(ports, principal, name))
}

/** @throws not_found; state_conflict for the default version, and for one that a share has */
export async function deletePermissionVersion(
  ports: ChangingPorts,
  principal: Principal,
  { name, version }: { readonly name: string; readonly version: number },
): Promise<void> {
  authorize(principal, 'ram:DeletePermissionVersion', arns.sharePermission(principal, name))
  const { id } = await sharePermissionNamed(ports, principal, name)
  const events = eventsFor(ports, 'DeletePermissionVersion', principal, undefined, {
    resources: [arns.sharePermission(principal, name)],
    request: { version },
  })
  await changing(() =>
    ports.store.transact((writes) => [
      writes.sharePermissions.removeVersion(id, version),
      ...events.map((event) => writes.audit.append(event)),
    ]),
  )
}

/** @throws not_found; state_conflict while a share has it */
export async function deleteSharePermission(
  ports: ChangingPorts,
  principal: Principal,
  name: string,
): Promise<void> {
  authorize(principal, 'ram:DeletePermission', arns.sharePermission(principal, name))
  const { id } = await sharePermissionNamed(ports, principal, name)
  const events = eventsFor(ports, 'DeleteSharePermission', principal, undefined, {
    resources: [arns.sharePermission(principal, name)],
    request: { name },
  })
  await changing(() =>
    ports.store.transact((writes) => [
      writes.sharePermissions.remove(id),
      ...events.map((event) => writes.audit.append(event)),
    ]),
  )
}

async function changing(change: () => Promise<void>): Promise<void> {
  try {
    await change()
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError(
      'state_conflict',
      'permission: a share has it, it is the default, there is no such version, or somebody changed it just now',
      { cause: error },
    )
  }
}
