import type { ArchivedCertificate } from '../domain/certificate-archive.ts'
import type { ChainPlace } from '../domain/audit-trail.ts'
import type { Certificate } from '../domain/certificates.ts'
import type { Millis } from '../domain/time.ts'
import type { StoredArchive } from './audit-store.ts'
import type { Page, PageRequest } from './page.ts'
import type { Write } from './write.ts'

/** An archive whose certificates haven't all been taken out of the database. */
export type OpenArchive = StoredArchive & {
  /** The last one that has; the number before the first one at the beginning. */
  readonly through: number
}

/** Writes about archives of expired certificates. */
export type CertificateArchiveWrites = {
  readonly certificateArchives: {
    /** Nothing of it is taken out yet. Conflict `exists` when there is one that begins so. */
    add(archive: StoredArchive): Write
    /**
     * Leaves a stub of a certificate, where it is still the one that was archived: nothing changes otherwise.
     * @param number among archived certificates
     * @param names as they stand in the index
     */
    takeOut(number: number, certificate: ArchivedCertificate, names: readonly string[]): Write
    /** Up to which number that is done. */
    advance(first: number, through: number): Write
  }
}

/** Reads about archives of expired certificates. */
export type CertificateArchiveReads = {
  readonly certificateArchives: {
    /** What the next archived certificate follows. */
    end(): Promise<ChainPlace>
    /** Undefined when everything that is in archives has been taken out. */
    open(installation: string): Promise<OpenArchive | undefined>
    /**
     * Issued certificates that ended before then, and that nothing gives out any more: no managed certificate, no responder,
     * no cross-certification. In an order of its own.
     */
    expired(before: Millis, page: PageRequest): Promise<Page<Certificate>>
    /** Oldest first; the installation's. */
    list(installation: string, page: PageRequest): Promise<Page<StoredArchive>>
    get(installation: string, first: number): Promise<StoredArchive | undefined>
    /** Name of the file that an archived certificate is in. */
    fileOf(number: number): Promise<string | undefined>
  }
}
