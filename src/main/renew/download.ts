import type { KeyStoreForm, Managed, RenewalServer } from '../../faces/cli/renewal.ts'
import { hasKey, isKeyStore } from './contents.ts'
import type { Entry, FileWish } from './config-schema.ts'
import { materialIn, pemOf, type Material } from './material.ts'
import { fingerprintOf, keyStoreProblem, materialProblems } from './verify.ts'

/** Times that a version may change under the hands of a download. */
const TRIES = 3

export type Downloaded = {
  readonly managed: Managed
  /** Octets of each file of the entry, in its order. */
  readonly contents: readonly Uint8Array[]
}

/**
 * Everything that an entry wants, all of one version, verified before anything is written.
 * @param now milliseconds since the epoch
 * @throws Error saying what is wrong with it
 */
export async function download(
  server: RenewalServer,
  entry: Entry,
  given: Managed,
  passphrases: ReadonlyMap<string, string>,
  now: number,
): Promise<Downloaded> {
  const withKey = entry.files.some(({ content }) => hasKey(content) && !isKeyStore(content))
  let managed = given
  for (let tries = 0; tries < TRIES; tries++) {
    const material = materialIn(await server.pem(managed.id, withKey))
    const problems = materialProblems(material, managed, entry.names ?? managed.names, now)
    const contents: Uint8Array[] = []
    for (const wish of entry.files)
      contents.push(await contentOf(server, managed, wish, material, passphrases))
    const after = await server.find(managed.id)
    const [leaf] = material.certificates
    // Between two answers the server may have renewed it.
    if (after.version === managed.version && leaf !== undefined && isCurrent(leaf, after)) {
      if (problems.length > 0) throw new Error(`not deployed: ${problems.join('; ')}`)
      return { managed: after, contents }
    }
    managed = after
  }
  throw new Error('its version changed again and again while it was downloaded')
}

const isCurrent = (leaf: string, { certificate }: Managed): boolean =>
  certificate !== undefined && fingerprintOf(leaf) === fingerprintOf(certificate)

async function contentOf(
  server: RenewalServer,
  { id, domainName }: Managed,
  { content, passphraseFile = '', alias = domainName }: FileWish,
  material: Material,
  passphrases: ReadonlyMap<string, string>,
): Promise<Uint8Array> {
  if (!isKeyStore(content)) return Buffer.from(pemOf(content, material))
  const passphrase = passphrases.get(passphraseFile) ?? ''
  const form: KeyStoreForm = { format: content, passphrase, friendlyName: alias }
  const bytes = await server.keyStore(id, form)
  const problem = keyStoreProblem(bytes, form)
  if (problem !== undefined) throw new Error(`not deployed: ${problem}`)
  return bytes
}
