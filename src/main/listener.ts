import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import { isIP } from 'node:net'
import { systemClock } from '../adapters/system/clock.ts'
import { listenerCertificate } from '../core/operations/installation/listener-certificate.ts'
import { ownRenewalAt, type OwnCertificate } from '../core/operations/installation/own-certificate.ts'
import type { NamesInput } from '../core/x509/general-names.ts'
import type { ListenerTls } from '../faces/http/server.ts'
import { filesIn, type Composition } from './compose.ts'
import type { Config } from './config.ts'
import { replaceFile } from './files.ts'

type Listener = {
  readonly tls: ListenerTls | undefined
  readonly caFile: string | undefined
  /** Of all servers that have the certificate. */
  renew(servers: readonly Server[]): Promise<Record<string, number>>
}

/** The API's certificate: the operator's, or one of the installation's own, which is renewed. */
export async function listenerFor({ ports }: Composition, config: Config): Promise<Listener> {
  if (config.tls === 'off') return { tls: undefined, caFile: undefined, renew: async () => ({}) }
  if (config.tls !== undefined) {
    const { certFile, keyFile } = config.tls
    const read = (): ListenerTls => ({
      cert: fileOf('CHANCERY_TLS_CERT_FILE', certFile),
      key: fileOf('CHANCERY_TLS_KEY_FILE', keyFile),
    })
    return { tls: read(), caFile: undefined, renew: (servers) => exchanged(servers, read()) }
  }
  // The listener lives on the system clock: a calendar set elsewhere must not lock everybody out.
  const onSystemTime = { ...ports, calendar: systemClock }
  const names = listenerNames(config)
  const caFile = filesIn(config.dataDir).listenerCa
  const load = async (): Promise<OwnCertificate> => {
    const made = await listenerCertificate(onSystemTime, names)
    replaceFile(caFile, made.authorityPem, 0o644)
    return made
  }
  const tlsOf = ({ pem }: OwnCertificate): ListenerTls => ({ cert: pem, key: pem })
  let current = await load()
  const renew = async (servers: readonly Server[]): Promise<Record<string, number>> => {
    // Each look at the key is on the record, and a new context ends all TLS sessions: only when there is a reason.
    if (systemClock.now() < ownRenewalAt(current)) return {}
    current = await load()
    await exchanged(servers, tlsOf(current))
    return { renewed: 1 }
  }
  return { tls: tlsOf(current), caFile, renew }
}

function fileOf(setting: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new Error(
      `${setting}: can't read ${path}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    )
  }
}

/** New connections get the new certificate; those that stand go on with the old one. */
async function exchanged(servers: readonly Server[], tls: ListenerTls): Promise<Record<string, number>> {
  for (const server of servers)
    if (server instanceof TlsServer) server.setSecureContext({ ...tls, minVersion: 'TLSv1.2' })
  return {}
}

function listenerNames(config: Config): NamesInput {
  const dns = new Set(['localhost'])
  const ip = new Set(['127.0.0.1', '::1'])
  for (const name of config.listenerNames) (isIP(name) === 0 ? dns : ip).add(name)
  return { dns: [...dns], ip: [...ip] }
}
