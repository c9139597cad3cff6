import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { openStore, type OpenStore } from '../../../src/adapters/prisma/store.ts'
import type { Authority } from '../../../src/core/domain/authorities.ts'
import type { AuditEvent } from '../../../src/core/domain/audit.ts'
import type { AccountId, AuthorityId, KeyId, Region, Serial } from '../../../src/core/domain/ids.ts'
import { usualRevocation } from '../../../src/core/domain/revocation-configuration.ts'
import type { SigningIntent } from '../../../src/core/ports/store.ts'
import { writeTemplateDatabase } from '../../../src/testing/template-database.ts'

export const PLACE = { account: '111111111111' as AccountId, region: 'eu-central-1' as Region }
export const NOW = Date.UTC(2030, 5, 15, 12)
export const AUTHORITY = '01900000-0000-7000-8000-000000000001' as AuthorityId

export type TestStore = OpenStore & { readonly file: string; [Symbol.asyncDispose](): Promise<void> }

type StoreOptions = {
  file?: string
  serverId?: string
  now?: () => number
  onCommit?: (members: number) => void
  /** Without the writer's thread, and without waiting for the disk. */
  throwaway?: boolean
}

/** A real store in a directory of its own, which doesn't wait for the disk: the same statements as any other's. */
export const aStore = (options: Pick<StoreOptions, 'now'> = {}): Promise<TestStore> =>
  aDurableStore({ ...options, throwaway: true })

/** A real store with its writer's thread; in a directory of its own, or another server's on one that is there. */
export async function aDurableStore(options: StoreOptions = {}): Promise<TestStore> {
  const directory = options.file === undefined ? mkdtempSync(join(tmpdir(), 'chancery-store-')) : undefined
  const file = options.file ?? join(directory as string, 'chancery.db')
  if (directory !== undefined) await writeTemplateDatabase(file)
  const store = await openStore({
    file,
    throwaway: options.throwaway ?? false,
    serverId: options.serverId ?? 'server-1',
    clock: { now: options.now ?? (() => NOW) },
    onCommit: ({ members }) => options.onCommit?.(members),
  })
  return {
    ...store,
    file,
    [Symbol.asyncDispose]: async () => {
      await store.close()
      if (directory !== undefined) rmSync(directory, { recursive: true })
    },
  }
}

let counter = 0
export const aSerial = (): Serial => (++counter).toString(16).padStart(32, 'a') as Serial

export const anIntent = (more: Partial<SigningIntent> = {}): SigningIntent => ({
  authority: AUTHORITY,
  serial: aSerial(),
  ...PLACE,
  tbs: Uint8Array.of(1, 2, 3),
  notBefore: NOW,
  notAfter: NOW + 1000,
  issuedAt: NOW,
  key: undefined,
  profile: 'tls-server',
  warnings: [],
  spkiSha256: new Uint8Array(randomBytes(32)),
  ...more,
})

export const anEvent = (record = '{}'): AuditEvent => ({
  ...PLACE,
  name: 'IssueCertificate',
  time: NOW,
  record,
})

export const anAuthority = (more: Partial<Authority> = {}): Authority => ({
  id: AUTHORITY,
  ...PLACE,
  name: 'issuing',
  kind: 'root',
  parent: undefined,
  status: 'CREATING',
  key: 'key-1' as KeyId,
  keyAlgorithm: 'EC_prime256v1',
  signatureAlgorithm: 'SHA256WITHECDSA',
  subject: 'CN=issuing',
  pathLength: undefined,
  nameConstraints: { permitted: { dns: ['a.test'] } },
  usageMode: 'GENERAL_PURPOSE',
  revocation: usualRevocation('GENERAL_PURPOSE'),
  completeCrlUntil: undefined,
  failureReason: undefined,
  deletion: undefined,
  csrDer: undefined,
  externalChain: undefined,
  successor: undefined,
  tags: {},
  renewal: 'AUTOMATIC',
  caa: 'OFF',
  isDefault: false,
  createdAt: NOW,
  certificate: undefined,
  ...more,
})

/** Issues a certificate in the store's eyes. */
export async function publishOne(
  store: OpenStore,
  intent: SigningIntent,
  names: readonly string[] = [],
): Promise<void> {
  await store.transact((writes) => [writes.certificates.reserve(intent)])
  await store.transact((writes) => [
    writes.certificates.publish(intent.authority, intent.serial, Uint8Array.of(9, 9), names),
    writes.audit.append(anEvent(`{"serial":"${intent.serial}"}`)),
  ])
}
