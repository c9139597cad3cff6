import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { z } from 'zod'
import type { Region } from '../core/domain/ids.ts'
import type { Mode } from '../core/domain/installation.ts'
import type { KmsOptions } from '../adapters/kms/providers.ts'
import { adminTokenFrom } from './admin-token-settings.ts'
import { auditFrom, type AuditOptions } from './audit-settings.ts'
import { credentialsFrom, type CredentialOptions } from './credential-settings.ts'
import { dnsOptionsFrom, type DnsOptions } from './dns-settings.ts'
import { frontDoorFrom, type FrontDoorConfig } from './front-door-settings.ts'
import { kmsServicesFrom } from './kms-service-settings.ts'
import { mailFrom, submissionFrom, type MailConfig } from './mail-settings.ts'
import { managedOptionsFrom, type ManagedOptions } from './managed-settings.ts'
import { localPassphraseFrom } from './kms-settings.ts'
import { pkcs11From } from './kms-pkcs11-settings.ts'
import { objectStorageFrom, type ObjectStorageConfig } from './object-storage-settings.ts'
import { outboundFrom, type OutboundOptions } from './outbound-settings.ts'
import { perspectivesFrom, type PerspectiveOptions } from './perspective-settings.ts'
import { repositoryFrom, type RepositoryOptions } from './repository-settings.ts'
import { Secrets } from './secrets.ts'
import { listenerNameFrom, SETTINGS } from './settings.ts'

/** Everything configurable, read once and frozen. Secrets are kept apart. */
export type Config = {
  readonly mode: Mode
  readonly dataDir: string
  readonly bind: string
  /** 0 lets the system choose. */
  readonly apiPort: number
  readonly publicPort: number
  readonly publicUrl: string | undefined
  readonly globalRegion: Region
  readonly regions: readonly Region[] | undefined
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug' | 'silent'
  readonly accessLog: boolean
  /** Host names and addresses in the listener's certificate, besides localhost. */
  readonly listenerNames: readonly string[]
  /** The listener's own certificate; by default the installation issues one. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | 'off' | undefined
  readonly kms: Omit<KmsOptions, 'local'>
  /** Where validation looks from besides this host. */
  readonly perspectives: PerspectiveOptions
  /** Public keys for which no certificate is issued: a SHA-256 a line. */
  readonly compromisedKeysFile: string | undefined
  /** Accounts, and who is in them, that a new installation begins with: JSON. */
  readonly bootstrapFile: string | undefined
  /** Whether AWS's templates write keyEncipherment for keys that can't encipher, too. */
  readonly awsKeyEncipherment: boolean
  readonly outbound: OutboundOptions
  readonly dns: DnsOptions
  readonly mail: MailConfig
  readonly managed: ManagedOptions
  readonly repository: RepositoryOptions
  /** Where buckets lie, too; undefined: nowhere else. */
  readonly objectStorage: ObjectStorageConfig | undefined
  readonly frontDoor: FrontDoorConfig
  readonly audit: AuditOptions
  readonly credentials: CredentialOptions
  readonly metricsOpen: boolean
  /** Largest request body in octets. */
  readonly bodyLimit: number
}

export type Loaded = { readonly config: Config; readonly secrets: Secrets }

/** Settings that are wrong, all of them, each by the name it was given under. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

type SettingName = keyof typeof SETTINGS
type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]> }

const variableOf = (name: string): string =>
  `CHANCERY_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
const BY_VARIABLE = new Map((Object.keys(SETTINGS) as SettingName[]).map((name) => [variableOf(name), name]))

/** The command line's own variables, and what Kubernetes injects for a Service named chancery. */
const FOREIGN =
  /^CHANCERY_(URL|TOKEN|CA|CONFIG|CI|(.+_)?SERVICE_(HOST|PORT(_.+)?)|(.+_)?PORT_[0-9]+_(TCP|UDP|SCTP)(_.+)?)$/
/**
 * Kubernetes also sets `<SERVICE>_PORT`, always to a URL: for a Service named chancery-api that is the very variable
 * that a port is configured with, so the value tells them apart.
 */
const SERVICE_URL = /^(tcp|udp|sctp):\/\//
const isForeign = (variable: string, value: string): boolean =>
  FOREIGN.test(variable) || (variable.endsWith('_PORT') && SERVICE_URL.test(value))

/**
 * Reads the file that CHANCERY_CONFIG names (JSON), then the environment, which wins.
 * @throws ConfigError naming every wrong setting
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>, mode: Mode): Loaded {
  const problems: string[] = []
  const given = new Map<SettingName, { value: unknown; source: string }>()
  readFile(environment['CHANCERY_CONFIG'], given, problems)
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('CHANCERY_') || value === undefined || isForeign(variable, value)) continue
    const name = BY_VARIABLE.get(variable)
    if (name !== undefined) given.set(name, { value, source: variable })
    else problems.push(unknownSetting(variable, [...BY_VARIABLE.keys()]))
  }
  const settings = Object.fromEntries(
    (Object.keys(SETTINGS) as SettingName[]).map((name) => {
      const { value, source } = given.get(name) ?? { value: undefined, source: variableOf(name) }
      const parsed = SETTINGS[name].safeParse(value)
      if (!parsed.success)
        problems.push(`${source}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}`)
      return [name, parsed.data]
    }),
  ) as unknown as Settings
  const source = (name: SettingName): string => given.get(name)?.source ?? variableOf(name)
  const publicUrl = publicUrlFrom(settings.publicUrl, source('publicUrl'), problems)
  const tls = tlsFrom(settings, source, problems)
  const adminToken = adminTokenFrom(settings, source, problems)
  const kmsPassphrase = localPassphraseFrom(settings, source, problems)
  const pkcs11 = pkcs11From(settings.kms, settings, source, environment, problems)
  const kms = kmsServicesFrom(settings.kms, settings, source, problems)
  const outbound = outboundFrom(settings, source, problems)
  const dns = dnsOptionsFrom(settings, mode, source, problems)
  const perspectives = perspectivesFrom(settings, dns.resolvers, mode, source, problems)
  const submission = submissionFrom(settings, source, problems)
  const mail = mailFrom(mode, settings, submission !== undefined, source, problems)
  const { repository, secret: repositoryWebhook } = repositoryFrom(settings, source, problems)
  const frontDoor = frontDoorFrom(settings, source, problems)
  const { audit, secret: auditWebhook } = auditFrom(settings, source, problems)
  const { objectStorage, secret: objectStorageKey } = objectStorageFrom(settings, source, problems)
  const { credentials, secret: authorizer } = credentialsFrom(settings, source, problems)
  if (problems.length === 0) problems.push(...contradictions(settings, source))
  if (problems.length > 0) throw new ConfigError(problems)
  const config: Config = Object.freeze({
    mode,
    dataDir: resolve(settings.dataDir),
    bind: settings.bind,
    apiPort: settings.apiPort,
    publicPort: settings.publicPort,
    publicUrl,
    globalRegion: settings.globalRegion,
    regions: settings.regions,
    logLevel: settings.logLevel,
    accessLog: settings.accessLog,
    listenerNames: listenerNamesFrom(settings),
    tls,
    kms: { ...kms, pkcs11 },
    perspectives,
    dns,
    compromisedKeysFile: settings.compromisedKeysFile,
    bootstrapFile: settings.bootstrapFile,
    awsKeyEncipherment: settings.awsKeyEncipherment,
    outbound,
    mail,
    managed: managedOptionsFrom(settings, mode, publicUrl),
    repository,
    objectStorage,
    frontDoor,
    audit,
    credentials,
    metricsOpen: settings.metricsOpen,
    bodyLimit: settings.bodyLimit,
  })
  return {
    config,
    secrets: new Secrets({
      ...{ adminToken, kmsPassphrase, submission, repositoryWebhook, auditWebhook, authorizer },
      objectStorage: objectStorageKey,
    }),
  }
}

function readFile(
  path: string | undefined,
  given: Map<SettingName, { value: unknown; source: string }>,
  problems: string[],
): void {
  if (path === undefined) return
  const problem = (what: string): void => void problems.push(`CHANCERY_CONFIG: ${path} ${what}`)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return problem(`can't be read: ${messageOf(error)}`)
  }
  const parsed = objectIn(text)
  if (parsed === undefined) return problem('must hold one JSON object')
  for (const [name, value] of Object.entries(parsed)) {
    if (Object.hasOwn(SETTINGS, name)) given.set(name as SettingName, { value, source: `${path}: ${name}` })
    else problems.push(`${path}: ${unknownSetting(name, Object.keys(SETTINGS))}`)
  }
}

/** JSON.parse quotes what it stumbles over, which may be the admin token: its message is dropped. */
function objectIn(text: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Settings that are right by themselves but not together. */
function contradictions(settings: Settings, source: (name: SettingName) => string): string[] {
  const { apiPort, publicPort, globalRegion, regions } = settings
  const found: string[] = []
  if (apiPort === publicPort && apiPort !== 0)
    found.push(`${source('publicPort')}: must be another port than ${source('apiPort')}, which is ${apiPort}`)
  if (regions !== undefined && !regions.includes(globalRegion))
    found.push(`${source('regions')}: must contain the global region, ${globalRegion}`)
  return found
}

function unknownSetting(name: string, known: readonly string[]): string {
  return `${name}: there is no such setting; there are ${known.join(', ')}`
}

function publicUrlFrom(text: string | undefined, source: string, problems: string[]): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  // RFC 5280 §8: to fetch a CRL over https, a verifier would have to verify another certificate first, perhaps with
  // this very CRL.
  const right =
    url?.protocol === 'http:' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  if (right) return url.href.replace(/\/+$/, '')
  problems.push(`${source}: must be an http:// URL without query, such as http://pki.example.com`)
  return undefined
}

function tlsFrom(
  settings: Settings,
  source: (name: SettingName) => string,
  problems: string[],
): Config['tls'] {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = settings
  if (settings.tls === 'off') {
    if (certFile !== undefined || keyFile !== undefined)
      problems.push(`${source('tls')}: off goes without a certificate and a key file`)
    // Bearer tokens in the clear: only where nobody else listens.
    if (!settings.bind.startsWith('127.') && settings.bind !== '::1')
      problems.push(
        `${source('tls')}: off is possible only with a loopback bind address, not ${settings.bind}`,
      )
    return 'off'
  }
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile }
  problems.push(
    `${source(certFile === undefined ? 'tlsCertFile' : 'tlsKeyFile')}: certificate and key file go together`,
  )
  return undefined
}

/** Where nobody says by which names it is called: its own, and the addresses of further listeners. */
const listenerNamesFrom = ({ listenerNames, bind, listeners }: Settings): readonly string[] =>
  listenerNames.length > 0
    ? listenerNames
    : [
        ...new Set(
          [bind, ...listeners.flatMap((each) => ('host' in each ? each.host : []))].flatMap(ownNames),
        ),
      ]

/**
 * In a container, which listens on every address, its host name is how others call it; one that no certificate can
 * carry (with an underscore, say) is left out.
 */
function ownNames(bind: string): readonly string[] {
  const own = listenerNameFrom(bind === '0.0.0.0' || bind === '::' ? hostname() : bind)
  return own === undefined ? [] : [own]
}
