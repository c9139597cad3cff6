import type { CertificateArchiveWrites } from '../../core/ports/certificate-archive-store.ts'
import { archiveValues } from './audit-writes.ts'
import { serialBlob, write } from './wire-values.ts'

/** Writes about archives of certificates, as data. */
export const certificateArchiveWrites: CertificateArchiveWrites = {
  certificateArchives: {
    add: (archive) => write('certificateArchives.add', ...archiveValues(archive), archive.first - 1),
    takeOut: (number, { authority, serial, region, certificate }, names) =>
      write(
        'certificateArchives.takeOut',
        number,
        serialBlob(serial),
        authority,
        region,
        new Uint8Array(Buffer.from(certificate, 'base64')),
        names,
      ),
    advance: (first, through) => write('certificateArchives.advance', through, first),
  },
}
