import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { z } from 'zod'
import { isRegion, type Region } from '../core/domain/ids.ts'
import type { Mode } from '../core/domain/installation.ts'
import { endpointText, type Endpoint } from '../adapters/dns/endpoints.ts'
import { authoritiesFrom } from './outbound-settings.ts'
import { whole } from './whole-number.ts'

/** Where else validation looks from, and where it connects to. */
export const PERSPECTIVE_SETTINGS = {
  perspectives: z.union([z.string(), z.array(z.string())]).optional(),
  perspectiveQuorum: whole(1, 100).optional(),
  perspectiveTokensFile: z.string().min(1, 'must be a path').optional(),
  perspectiveCaFile: z.string().min(1, 'must be a path').optional(),
  http01Port: whole(1, 65_535).default(80),
  tlsAlpn01Port: whole(1, 65_535).default(443),
} as const

type Name = keyof typeof PERSPECTIVE_SETTINGS
type Given = { readonly [Member in Name]: z.output<(typeof PERSPECTIVE_SETTINGS)[Member]> }
type Source = (name: Name) => string

/** One place besides this host, by its region's name. */
export type RemotePerspective = { readonly name: Region } & (
  | { readonly by: 'resolver'; readonly address: string; readonly port: number }
  /** `token` is a function, so that nothing which shows a configuration shows it; `ca` is PEM, the runtime's when absent. */
  | {
      readonly by: 'agent'
      readonly url: URL
      readonly token: () => string
      readonly ca: readonly string[] | undefined
    }
  /** The simulated zones, as this perspective sees them. */
  | { readonly by: 'simulation' }
)

export type PerspectiveOptions = {
  readonly remote: readonly RemotePerspective[]
  readonly quorum: number
  /** Where a URL without a port connects to, and which other ports one may name. */
  readonly ports: { readonly http: number; readonly https: number }
}

/**
 * How many of so many remote perspectives must agree when nobody says: as public authorities have it (CA/Browser Forum
 * Baseline Requirements §3.2.2.9), one of two to five may differ, and two of more.
 */
export const defaultQuorum = (remote: number): number =>
  remote < 2 ? remote : remote < 6 ? remote - 1 : remote - 2

/**
 * The perspectives; each problem names the entry. Two on one resolver or one agent would be one that counts twice.
 *
 * @param resolvers what this host, which stands for the global region, asks
 */
export function perspectivesFrom(
  given: Given & { readonly globalRegion: Region },
  resolvers: readonly Endpoint[],
  mode: Mode,
  source: Source,
  problems: string[],
): PerspectiveOptions {
  const entries = entriesOf(given.perspectives)
  const problem = (text: string): void => void problems.push(`${source('perspectives')}: ${text}`)
  const places = new Map<string, string>(
    [given.globalRegion, ...resolvers.map(endpointText)].map((place) => [place, 'this host']),
  )
  const tokens = tokensFrom(given.perspectiveTokensFile, source, problems)
  const ca = authoritiesFrom(given.perspectiveCaFile, source('perspectiveCaFile'), problems)
  const remote: RemotePerspective[] = []
  for (const entry of entries) {
    const parsed = perspectiveIn(entry, mode)
    if (typeof parsed === 'string') {
      problem(`${JSON.stringify(entry)} ${parsed}`)
      continue
    }
    const { place, perspective } = parsed
    for (const taken of [perspective.name, ...(place === undefined ? [] : [place])]) {
      const by = places.get(taken)
      if (by !== undefined) problem(`${JSON.stringify(entry)}: ${taken} is taken by ${by}`)
      places.set(taken, entry)
    }
    if (perspective.by !== 'agent') remote.push(perspective)
    else {
      const token = tokens?.get(perspective.name)
      if (token === undefined && tokens !== undefined)
        problems.push(
          `${source('perspectiveTokensFile')}: must have a line with ${perspective.name} and its agent's token`,
        )
      remote.push({ ...perspective, token: () => token ?? '', ca })
    }
  }
  const quorum = given.perspectiveQuorum ?? defaultQuorum(remote.length)
  if (given.perspectiveQuorum !== undefined && quorum > entries.length)
    problems.push(
      `${source('perspectiveQuorum')}: must be at most ${entries.length}, for so many are in ${source('perspectives')}`,
    )
  return { remote, quorum, ports: { http: given.http01Port, https: given.tlsAlpn01Port } }
}

const entriesOf = (given: Given['perspectives']): readonly string[] =>
  (typeof given === 'string' ? given.split(',') : (given ?? [])).map((entry) => entry.trim()).filter(Boolean)

type Parsed = {
  readonly perspective: Exclude<RemotePerspective, { by: 'agent' }> | { name: Region; by: 'agent'; url: URL }
  /** What no other perspective may be at; the simulator answers each by its name. */
  readonly place: string | undefined
}

const FORMS =
  'must be <region>=dns://<address>[:<port>] for a resolver or <region>=https://<host>[:<port>] for an agent'

function perspectiveIn(entry: string, mode: Mode): Parsed | string {
  const [, name = '', target = ''] = /^([^=]*)=(.*)$/.exec(entry) ?? []
  if (!isRegion(name)) return `${FORMS}; the region is a name such as eu-central-1`
  if (target === 'simulated')
    return mode === 'simulation'
      ? { perspective: { name, by: 'simulation' }, place: undefined }
      : 'is possible in simulation only'
  const url = URL.canParse(target) ? new URL(target) : undefined
  if (url === undefined || !['', '/'].includes(url.pathname) || url.search + url.hash + url.username !== '')
    return FORMS
  return url.protocol === 'dns:' ? resolverIn(name, url) : agentIn(name, url)
}

function resolverIn(name: Region, { hostname, port }: URL): Parsed | string {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) === 0) return `${FORMS}; a resolver is named by its IP address`
  const perspective = { name, by: 'resolver', address, port: port === '' ? 53 : Number(port) } as const
  return { perspective, place: `${hostname}:${perspective.port}` }
}

function agentIn(name: Region, url: URL): Parsed | string {
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  // The token would travel in the clear.
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback))
    return `${FORMS}; an agent over http:// is possible on this machine only`
  return { perspective: { name, by: 'agent', url }, place: url.origin }
}

/** A line for each agent: its region, blanks, its token. Undefined when the file can't be used, which is said once. */
function tokensFrom(
  file: string | undefined,
  source: Source,
  problems: string[],
): ReadonlyMap<string, string> | undefined {
  if (file === undefined) return new Map()
  const problem = (text: string): void => void problems.push(`${source('perspectiveTokensFile')}: ${text}`)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    problem(`can't be read: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
  const tokens = new Map<string, string>()
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, region, token] = /^(\S+)\s+([\x21-\x7e]{32,})\s*$/.exec(line) ?? []
    if (region === undefined || token === undefined)
      problem(`line ${at + 1} must be a region and its agent's token of at least 32 visible ASCII characters`)
    else tokens.set(region, token)
  }
  return tokens
}
