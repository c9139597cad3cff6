import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RequestListener } from 'node:http'
import { createClient, type Client } from '../../src/contract/client.ts'
import { DEFAULT_GLOBAL_REGION, type AccountId } from '../../src/core/domain/ids.ts'
import { createToken } from '../../src/core/operations/access/tokens.ts'
import { createFirstAuthorities } from '../../src/core/operations/installation/initialize.ts'
import type { Mode } from '../../src/core/domain/installation.ts'
import { systemActor } from '../../src/core/domain/access.ts'
import type { Ports } from '../../src/core/ports/ports.ts'
import { createServer } from '../../src/faces/http/server.ts'
import { compose } from '../../src/main/compose.ts'

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

export async function anInstallation(mode: Mode = 'normal', dataDir?: string): Promise<Installation> {
  const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'chancery-faces-')))
  const log: LogLine[] = []
  const at = (level: string) => (fields: LogLine['fields'], message: string) => {
    log.push({ level, message, fields })
  }
  const composition = await compose({
    dataDir: directory,
    mode,
    logger: { info: at('info'), warn: at('warn'), error: at('error') },
    publicUrl: 'http://pki.example.com',
    globalRegion: DEFAULT_GLOBAL_REGION,
    secondOpinion: false,
    pbkdf2Rounds: 1000,
  })
  const { ports } = composition
  const { account } = composition.installation
  await createFirstAuthorities(ports, account)
  const system = systemActor('test', { account, region: DEFAULT_GLOBAL_REGION }, true)
  const admin = await createToken(ports, system, { name: 'admin', role: 'administrator', installation: true })
  const issuer = await createToken(ports, system, { name: 'issuer', role: 'issuer' })
  return {
    ports,
    account,
    adminToken: admin.secret,
    issuerToken: issuer.secret,
    log,
    close: async () => {
      await composition.close()
      if (dataDir === undefined) await rm(directory, { recursive: true })
    },
  }
}

export type Listening = { readonly url: string; readonly port: number; close(): Promise<void> }

/** An app on a port of its own. */
export async function listening(app: RequestListener): Promise<Listening> {
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
