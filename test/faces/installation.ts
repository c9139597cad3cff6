import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Express } from 'express'
import { createKeyVault } from '../../src/adapters/kms/key-vault.ts'
import { createLocalKeyFile, openLocalKeyFile } from '../../src/adapters/kms/local.ts'
import { openStore } from '../../src/adapters/prisma/store.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { createSystemRandom } from '../../src/adapters/system/random.ts'
import { createSignatureVerifier } from '../../src/adapters/system/signature-verifier.ts'
import { createClient, type Client } from '../../src/contract/client.ts'
import { DEFAULT_GLOBAL_REGION, type AccountId } from '../../src/core/domain/ids.ts'
import { createToken } from '../../src/core/operations/access/tokens.ts'
import {
  createFirstAuthorities,
  initializeInstallation,
} from '../../src/core/operations/installation/initialize.ts'
import type { Principal } from '../../src/core/domain/access.ts'
import type { Ports } from '../../src/core/ports/ports.ts'
import { createServer } from '../../src/faces/http/server.ts'

export type LogLine = { level: string; message: string; fields: Readonly<Record<string, unknown>> }

/** A whole installation on a fresh data directory, with the listener's tests in mind: ports, tokens, a log to read. */
export type Installation = {
  readonly ports: Ports
  readonly account: AccountId
  /** Of the installation's administrator. */
  readonly adminToken: string
  readonly issuerToken: string
  readonly log: LogLine[]
  close(): Promise<void>
}

export async function anInstallation(): Promise<Installation> {
  const directory = await mkdtemp(join(tmpdir(), 'chancery-faces-'))
  const random = createSystemRandom()
  const clock = systemClock
  const log: LogLine[] = []
  const at = (level: string) => (fields: LogLine['fields'], message: string) => {
    log.push({ level, message, fields })
  }
  const store = await openStore({ file: join(directory, 'chancery.db'), serverId: 'test', clock })
  const keyFile = join(directory, 'keys.json')
  await createLocalKeyFile(keyFile, random)
  const provider = await openLocalKeyFile(keyFile, random)
  const vault = createKeyVault({ provider, recordUnwrap: async () => {}, clock, random, pbkdf2Rounds: 1000 })
  const verifier = createSignatureVerifier(1)
  const ports: Ports = {
    store,
    vault,
    verifier,
    random,
    calendar: clock,
    clock,
    logger: { info: at('info'), warn: at('warn'), error: at('error') },
    settings: {
      publicUrl: 'http://pki.example.com',
      globalRegion: DEFAULT_GLOBAL_REGION,
      regions: undefined,
      serverId: 'test',
      simulation: false,
    },
  }
  const { account } = await initializeInstallation(ports, 'normal')
  await createFirstAuthorities(ports, account)
  const system: Principal = {
    id: 'system/test',
    kind: 'system',
    account,
    region: DEFAULT_GLOBAL_REGION,
    role: 'administrator',
    installation: true,
  }
  const admin = await createToken(ports, system, { name: 'admin', role: 'administrator', installation: true })
  const issuer = await createToken(ports, system, { name: 'issuer', role: 'issuer' })
  return {
    ports,
    account,
    adminToken: admin.secret,
    issuerToken: issuer.secret,
    log,
    close: async () => {
      await verifier.close()
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
}

export type Listening = { readonly url: string; readonly port: number; close(): Promise<void> }

/** An app on a port of its own. */
export async function listening(app: Express): Promise<Listening> {
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export const clientOf = ({ url }: Listening, token: string): Client => createClient({ url, token })
