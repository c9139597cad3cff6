import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalKeyFile } from '../adapters/kms/local-key-file-writing.ts'
import { SettableCalendar, systemClock } from '../adapters/system/clock.ts'
import { createSystemRandom } from '../adapters/system/random.ts'
import { DEFAULT_GLOBAL_REGION } from '../core/domain/ids.ts'
import { createFirstAuthorities } from '../core/operations/installation/initialize.ts'
import { compose, filesIn, type Composition } from '../main/compose.ts'
import { authorityFixture } from './authority-fixture.ts'
import type { Chancery, ListeningChancery, StartOptions } from './chancery.ts'
import { openApi, openRepository, type Api, type Repository } from './listeners.ts'
import { writeTemplateDatabase } from './template-database.ts'
import { startOptionsFrom } from './wishes.ts'

/** Nobody keeps what is exported here; six hundred thousand rounds would cost more than all the rest. */
const PBKDF2_ROUNDS = 1000
const SILENT = { info: () => {}, warn: () => {}, error: () => {} }

/**
 * Starts a certificate authority in this process: a real one, in simulation mode, on a database of its own in a
 * temporary directory. Dispose of it (`await using`, or `close()`), and its files are gone.
 *
 * ```ts
 * await using ca = await startChancery()
 * const { cert, key } = await ca.issue({ dns: 'localhost' })
 * const server = https.createServer({ cert, key }, handler)
 * const agent = new https.Agent({ ca: ca.root })
 * ```
 * @throws ChanceryError `request_invalid` naming the option that is wrong
 */
export function startChancery(
  options: StartOptions & { readonly listen: true | 'http' | 'https' },
): Promise<ListeningChancery>
export function startChancery(options?: StartOptions & { readonly listen?: false }): Promise<Chancery>
export async function startChancery(options: StartOptions = {}): Promise<Chancery | ListeningChancery> {
  const { now, listen = false, publicUrl } = startOptionsFrom(options)
  const calendar = new SettableCalendar(now ?? systemClock.now(), systemClock)
  const opened: Opened = { directory: await mkdtemp(join(tmpdir(), 'chancery-')) }
  // A process that ends without disposing leaves no keys behind.
  const leftover = (): void => rmSync(opened.directory, { recursive: true, force: true })
  process.once('exit', leftover)
  const close = async (): Promise<void> => {
    await Promise.all([opened.api?.close(), opened.repository?.close()])
    await opened.composition?.close()
    await rm(opened.directory, { recursive: true, force: true })
    process.off('exit', leftover)
  }
  try {
    const dataDir = join(opened.directory, 'data')
    if (listen !== false) opened.repository = await openRepository()
    await prepared(dataDir)
    opened.composition = await compose({
      dataDir,
      mode: 'simulation',
      logger: SILENT,
      publicUrl: opened.repository?.url ?? publicUrl?.replace(/\/+$/, ''),
      globalRegion: DEFAULT_GLOBAL_REGION,
      calendar,
      pbkdf2Rounds: PBKDF2_ROUNDS,
      throwaway: true,
      secondOpinion: false,
    })
    const { ports, installation } = opened.composition
    await createFirstAuthorities(ports, installation.account)
    const fixture = await authorityFixture(opened.composition, calendar, onlyOnce(close))
    if (opened.repository === undefined) return fixture
    await opened.repository.serve(opened.composition)
    opened.api = await openApi(opened.composition, listen === 'https')
    const { url, token, listenerCa } = opened.api
    return Object.assign(fixture, { url, token, listenerCa, repositoryUrl: opened.repository.url })
  } catch (error) {
    await close()
    throw error
  }
}

type Opened = {
  readonly directory: string
  repository?: Repository
  composition?: Composition
  api?: Api
}

/** The data directory as a first start would leave it, at a fraction of the time. */
async function prepared(dataDir: string): Promise<void> {
  await mkdir(dataDir, { mode: 0o700 })
  const { database, keyFile } = filesIn(dataDir)
  await Promise.all([createLocalKeyFile(keyFile, createSystemRandom()), writeTemplateDatabase(database)])
}

/** `close` and `await using` may both end it. */
function onlyOnce(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined
  return () => (closing ??= close())
}
