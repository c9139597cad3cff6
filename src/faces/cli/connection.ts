import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import {
  createClient,
  createNodeFetch,
  routeOf,
  type Client,
  type Fetch,
  type OperationId,
  type RequestOf,
  type ResponseOf,
} from '../../contract/index.ts'
import { isRegion } from '../../core/domain/ids.ts'
import { isAnswerLost, persistently } from './commands/persistently.ts'
import { CliFailure, usage } from './failure.ts'
import { fileGiven, textIfReadable } from './files.ts'
import type { World } from './world.ts'

/** Options that every command takes. */
export type GlobalOptions = {
  readonly url?: string
  readonly tokenFile?: string
  readonly ca?: string
  readonly dataDir?: string
  readonly region?: string
  readonly json?: boolean
}

/** An answer as a value, and as the very text that the server sent. */
export type Answer<Id extends OperationId> = { readonly value: ResponseOf<Id>; readonly text: string }

export type Connection = {
  readonly url: string
  readonly client: Client
  /** Like the client's method of that name, keeping the text for `--json`. */
  ask<Id extends OperationId>(id: Id, request: RequestOf<Id>): Promise<Answer<Id>>
  close(): void
}

export const DEFAULT_URL = 'https://127.0.0.1:8443'
const MAX_TOKEN = 4096

/** Where the data directory of this machine's server is, if it is here. */
export const dataDirOf = (world: World, options: GlobalOptions): string =>
  resolve(world.directory, options.dataDir ?? world.environment['CHANCERY_DATA_DIR'] ?? 'data')

/**
 * Finds out which server, with which token, trusting whom.
 * @param anonymous whether it goes without a token
 * @throws CliFailure with exit code 2 for a wrong setting, 4 when there is no token
 */
export async function connect(world: World, options: GlobalOptions, anonymous = false): Promise<Connection> {
  const given = options.url ?? world.environment['CHANCERY_URL']
  const url = serverUrl(given ?? DEFAULT_URL, options.url === undefined ? 'CHANCERY_URL' : '--url')
  if (options.region !== undefined && !isRegion(options.region))
    throw usage('--region: a region is a name such as eu-central-1')
  // What lies in ./data belongs to this machine's server: it isn't shown to another one unless someone says so.
  const dataDirMeant =
    isLoopbackHost(url.hostname) || (options.dataDir ?? world.environment['CHANCERY_DATA_DIR']) !== undefined
  const dataDir = dataDirMeant ? dataDirOf(world, options) : undefined
  const token = anonymous ? undefined : await tokenFor(world, options, dataDir)
  const ca = await authoritiesFor(world, options, dataDir)
  const send = createNodeFetch({ ...(ca === undefined ? {} : { ca }), maxSockets: 32 })
  const settings = {
    url: url.href.replace(/\/+$/, ''),
    token,
    ...(options.region === undefined ? {} : { region: options.region }),
  }
  return {
    url: settings.url,
    client: createClient({ ...settings, fetch: send }),
    ask: async (id, request) => {
      const kept = { text: '' }
      const client = createClient({ ...settings, fetch: keeping(send, kept) })
      const { value } = await once(world, id, request, (keyed) => client.exchange(id, keyed))
      return { value, text: kept.text }
    },
    close: () => send.close(),
  }
}

/**
 * What makes something goes out with a key of its own, so that it can be asked for again when the answer is lost and is
 * made once all the same. A caller that has a key repeats by itself.
 */
async function once<Id extends OperationId, T>(
  world: World,
  id: Id,
  request: RequestOf<Id>,
  send: (request: RequestOf<Id>) => Promise<T>,
): Promise<T> {
  if (!routeOf(id).idempotent || 'idempotencyKey' in request) return send(request)
  const keyed = { ...request, idempotencyKey: randomUUID() }
  return persistently(world, () => send(keyed), isAnswerLost)
}

/** A `Fetch` that leaves the text of its answer behind. */
function keeping(send: Fetch, kept: { text: string }): Fetch {
  return async (url, init) => {
    const { status, headers, arrayBuffer } = await send(url, init)
    const bytes = await arrayBuffer()
    if (headers.get('content-type')?.includes('json') === true) kept.text = new TextDecoder().decode(bytes)
    return { status, headers, arrayBuffer: () => Promise.resolve(bytes) }
  }
}

/** @throws CliFailure with exit code 2 */
function serverUrl(text: string, source: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['https:', 'http:'].includes(url.protocol))
    throw usage(`${source}: an https:// URL such as ${DEFAULT_URL} is needed, not ${text}`)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw usage(
      `${source}: just scheme, host, port and path; a token goes into CHANCERY_TOKEN or --token-file`,
    )
  // The bearer token would cross the network for everybody to read.
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    throw usage(`${source}: http:// is possible only with this machine; use https://${url.host}`)
  return url
}

/** Whether a host of a URL is this machine whoever resolves it (RFC 6761 §6.3). */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  if (isIP(bare) === 4) return bare.startsWith('127.')
  return bare === '::1' || bare === 'localhost' || bare.endsWith('.localhost')
}

async function tokenFor(world: World, options: GlobalOptions, dataDir: string | undefined): Promise<string> {
  if (options.tokenFile !== undefined) {
    const bytes = await fileGiven(world.directory, options.tokenFile, '--token-file')
    return tokenFrom(bytes.toString('utf8'), `--token-file ${options.tokenFile}`)
  }
  const inEnvironment = world.environment['CHANCERY_TOKEN']
  if (inEnvironment !== undefined && inEnvironment !== '') return tokenFrom(inEnvironment, 'CHANCERY_TOKEN')
  const path = dataDir === undefined ? undefined : join(dataDir, 'admin-token')
  const text = path === undefined ? undefined : await textIfReadable(path)
  if (path !== undefined && text !== undefined) return tokenFrom(text, path)
  throw new CliFailure(4, 'there is no token to act with', [
    path === undefined
      ? 'Set CHANCERY_TOKEN, or name a file that holds it: --token-file FILE.'
      : `Set CHANCERY_TOKEN, name a file that holds it (--token-file FILE), or say where the server’s data is ` +
        `(--data-dir DIR): ${path} can’t be read.`,
  ])
}

/** @throws CliFailure with exit code 2: such a text can't be sent in a header */
function tokenFrom(text: string, source: string): string {
  const token = text.trim()
  if (/^[\x21-\x7e]+$/.test(token) && token.length <= MAX_TOKEN) return token
  throw usage(`${source}: holds no token: one line of visible ASCII is expected`)
}

/** What to trust instead of the system's authorities; undefined: those. */
async function authoritiesFor(
  world: World,
  options: GlobalOptions,
  dataDir: string | undefined,
): Promise<string | undefined> {
  const given = options.ca ?? world.environment['CHANCERY_CA']
  if (given === undefined) {
    return dataDir === undefined ? undefined : textIfReadable(join(dataDir, 'listener-ca.pem'))
  }
  const source = options.ca === undefined ? 'CHANCERY_CA' : '--ca'
  const text = (await fileGiven(world.directory, given, source)).toString('latin1')
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw usage(`${source}: ${given} holds no certificate in PEM`)
}
