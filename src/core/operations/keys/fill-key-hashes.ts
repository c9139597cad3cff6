import type { Certificate } from '../../domain/certificates.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { parseCertificate, parseTbs } from '../../x509/certificate.ts'
import { sha256 } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'

/** Rows in one transaction. */
const PAGE = 200

/** Gives certificates that are older than the index of keys, or imported, their place in it, a page at a time. */
export async function fillKeyHashes(ports: Pick<Ports, 'store'>): Promise<{ filled: number }> {
  let filled = 0
  for (;;) {
    const rows = await ports.store.reads.certificates.withoutKeyHash(PAGE)
    if (rows.length === 0) return { filled }
    await ports.store.transact((writes) =>
      rows.map((row) => writes.certificates.setKeyHash(row, spkiDigestOf(row))),
    )
    filled += rows.length
  }
}

/** What can't be read has no key to be found by; its hash of nothing keeps it from being tried again. */
function spkiDigestOf({ state, der }: Certificate): Uint8Array {
  try {
    return sha256((state === 'issued' ? parseCertificate(der) : parseTbs(der)).publicKey.spki)
  } catch (error) {
    if (error instanceof ChanceryError) return sha256('')
    throw error
  }
}
