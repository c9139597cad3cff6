import { ChanceryError } from '../../domain/errors.ts'
import type { ManagedCertificate, VersionFacts } from '../../domain/managed-certificates.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import type { Ports } from '../../ports/ports.ts'
import { versionFile } from './read-managed.ts'
import { versionFacts } from './version-facts.ts'

/** Rows in one transaction. */
const PAGE = 200
const UNREADABLE: VersionFacts = { commonName: undefined, keyUsages: [], extendedKeyUsages: [] }

/** Reads of versions that are older than search by usages what they are found by, a page at a time. */
export async function fillVersionFacts(ports: Pick<Ports, 'store'>): Promise<{ filled: number }> {
  let filled = 0
  for (;;) {
    const page = await ports.store.reads.managed.withoutFacts(PAGE)
    if (page.length === 0) return { filled }
    const read = await Promise.all(page.map((managed) => factsOf(ports, managed)))
    await ports.store.transact((writes) =>
      page.map(({ id, current }, at) =>
        writes.managed.setFacts(id, current?.number ?? 0, read[at] ?? UNREADABLE),
      ),
    )
    filled += page.length
  }
}

/** What can't be read is found by nothing; that it is noted keeps it from being tried again. */
async function factsOf(ports: Pick<Ports, 'store'>, managed: ManagedCertificate): Promise<VersionFacts> {
  if (managed.current === undefined) return UNREADABLE
  try {
    return versionFacts(parseCertificate((await versionFile(ports, managed, managed.current)).der))
  } catch (error) {
    if (error instanceof ChanceryError) return UNREADABLE
    throw error
  }
}
