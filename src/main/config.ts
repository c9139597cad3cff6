import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import { DEFAULT_GLOBAL_REGION, isRegion, type Region } from '../core/domain/ids.ts'
import type { Mode } from '../core/domain/installation.ts'

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
  readonly metricsOpen: boolean
  /** Largest request body in octets. */
  readonly bodyLimit: number
}

/** Secret settings: never logged, never serialised. */
export class Secrets {
  readonly #adminToken: string | undefined
  constructor(adminToken: string | undefined) {
    this.#adminToken = adminToken
  }
  /** The bootstrap administrator's token; acts only while no administrator exists. */
  adminToken(): string | undefined {
    return this.#adminToken
  }
  toJSON(): never {
    throw new TypeError('secrets are not serialised')
  }
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

const MIN_TOKEN = 32
const port = z.coerce.number('must be a port number from 0 to 65535').int().min(0).max(65535)
const flag = z.stringbool('must be true or false')
const list = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)
      : value,
  z.array(z.string()),
)
const region = z.string().refine(isRegion, 'must be a region name such as eu-central-1')

/** The settings by the name they have in the file; in the environment `CHANCERY_` and upper case with underscores. */
const SETTINGS = {
  dataDir: z.string().min(1).default('./data'),
  bind: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IP address, such as 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1'),
  apiPort: port.default(8443),
  publicPort: port.default(8080),
  publicUrl: z.string().optional(),
  adminToken: z.string().optional(),
  adminTokenFile: z.string().optional(),
  globalRegion: region.default(DEFAULT_GLOBAL_REGION),
  regions: list.pipe(z.array(region)).optional(),
  logLevel: z.enum(['error', 'warn', 'info', 'debug', 'silent']).default('info'),
  accessLog: flag.default(true),
  listenerNames: list.default([]),
  tls: z.enum(['on', 'off'], 'must be on or off').default('on'),
  tlsCertFile: z.string().optional(),
  tlsKeyFile: z.string().optional(),
  metricsOpen: flag.default(false),
  bodyLimit: z.coerce.number().int().min(1024).max(16_777_216).default(65_536),
} as const
type SettingName = keyof typeof SETTINGS
type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]> }

const variableOf = (name: string): string =>
  `CHANCERY_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
const BY_VARIABLE = new Map((Object.keys(SETTINGS) as SettingName[]).map((name) => [variableOf(name), name]))

/** The command line's own variables, and what Kubernetes injects for a Service named chancery. */
const FOREIGN =
  /^CHANCERY_(URL|TOKEN|CA|CONFIG|CI|(.+_)?SERVICE_(HOST|PORT(_.+)?)|(.+_)?PORT(_[0-9]+_(TCP|UDP)(_.+)?)?)$/

/**
 * Reads the file that CHANCERY_CONFIG names (JSON), then the environment, which wins.
 * @throws ConfigError naming every wrong setting
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>, mode: Mode): Loaded {
  const problems: string[] = []
  const given = new Map<SettingName, { value: unknown; source: string }>()
  readFile(environment['CHANCERY_CONFIG'], given, problems)
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('CHANCERY_') || value === undefined) continue
    const name = BY_VARIABLE.get(variable)
    if (name !== undefined) given.set(name, { value, source: variable })
    else if (!FOREIGN.test(variable)) problems.push(unknownSetting(variable, [...BY_VARIABLE.keys()]))
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
    listenerNames: settings.listenerNames.length > 0 ? settings.listenerNames : ownNames(settings.bind),
    tls,
    metricsOpen: settings.metricsOpen,
    bodyLimit: settings.bodyLimit,
  })
  return { config, secrets: new Secrets(adminToken) }
}

function readFile(
  path: string | undefined,
  given: Map<SettingName, { value: unknown; source: string }>,
  problems: string[],
): void {
  if (path === undefined) return
  try {
    const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      throw new Error('must hold one object')
    for (const [name, value] of Object.entries(parsed)) {
      if (Object.hasOwn(SETTINGS, name)) given.set(name as SettingName, { value, source: `${path}: ${name}` })
      else problems.push(`${path}: ${unknownSetting(name, Object.keys(SETTINGS))}`)
    }
  } catch (error) {
    problems.push(
      `CHANCERY_CONFIG: can't read ${path}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function unknownSetting(name: string, known: readonly string[]): string {
  return `${name}: there is no such setting; there are ${known.join(', ')}`
}

function publicUrlFrom(text: string | undefined, source: string, problems: string[]): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  // RFC 5280 §8: CRLs over https would need a certificate whose CRL … ; http is right here.
  if (url?.protocol !== 'http:' || url.search !== '' || url.hash !== '' || url.username !== '')
    problems.push(`${source}: must be an http:// URL without query, such as http://pki.example.com`)
  return text.replace(/\/+$/, '')
}

function tlsFrom(
  settings: Settings,
  source: (name: SettingName) => string,
  problems: string[],
): Config['tls'] {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = settings
  if (settings.tls === 'off') {
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

function adminTokenFrom(
  settings: Settings,
  source: (name: SettingName) => string,
  problems: string[],
): string | undefined {
  const { adminToken, adminTokenFile } = settings
  if (adminToken !== undefined && adminTokenFile !== undefined)
    problems.push(`${source('adminToken')}: give either the token or its file, not both`)
  let token = adminToken
  if (adminTokenFile !== undefined)
    try {
      token = readFileSync(adminTokenFile, 'utf8').trim()
    } catch (error) {
      problems.push(
        `${source('adminTokenFile')}: can't read it: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  if (token !== undefined && (token.length < MIN_TOKEN || !/^[\x21-\x7e]+$/.test(token)))
    problems.push(
      `${source(adminTokenFile === undefined ? 'adminToken' : 'adminTokenFile')}: must have at least ${MIN_TOKEN} visible ASCII characters`,
    )
  return token
}

/** In a container, which listens on every address, its host name is how others call it. */
const ownNames = (bind: string): readonly string[] =>
  bind === '0.0.0.0' || bind === '::' ? [hostname().toLowerCase()] : isIP(bind) !== 0 ? [bind] : []
