import { StoreConflict } from '../../domain/errors.ts'
import { INSTALLATION_SECRET_SETTING } from '../../domain/installation.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'

/** As long as what HMAC-SHA-256 gives (RFC 2104 §3). */
const OCTETS = 32

/** The write that gives the installation a secret; conflict `exists` when it has one: it keeps it for life. */
export const secretMade =
  ({ random }: Pick<Ports, 'random'>) =>
  (writes: Writes): Write =>
    writes.settings.put(INSTALLATION_SECRET_SETTING, Buffer.from(random.bytes(OCTETS)).toString('base64url'))

/**
 * The installation's secret, 32 octets: nothing else reads it, and it must be in no log, answer or audit event. A
 * database from before there was one gets it now; of several servers that are about to, the first decides.
 * @throws unavailable
 */
export async function installationSecret(ports: Pick<Ports, 'store' | 'random'>): Promise<Uint8Array> {
  const known = await stored(ports)
  if (known !== undefined) return known
  try {
    await ports.store.transact((writes) => [secretMade(ports)(writes)])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
  }
  const made = await stored(ports)
  if (made === undefined) throw new Error('the installation’s secret was made, but is not there')
  return made
}

async function stored({ store }: Pick<Ports, 'store'>): Promise<Uint8Array | undefined> {
  const text = await store.reads.settings.get(INSTALLATION_SECRET_SETTING)
  return text === undefined ? undefined : Buffer.from(text, 'base64url')
}
