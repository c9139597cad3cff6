import type { Writes } from '../../core/ports/store.ts'
import { orNull, serialBlob, write } from './wire-values.ts'

/** As data: rotations, what they replace, and certificates for an authority's key by another. */
export const rotationWrites: Pick<Writes, 'crossCertificates' | 'rotations' | 'replacements'> = {
  crossCertificates: {
    add: (c) => write('crossCertificates.add', c.issuer, serialBlob(c.serial), c.subject, c.createdAt),
  },
  rotations: {
    add: (r) =>
      write(
        'rotations.add',
        r.id,
        r.account,
        r.region,
        r.authority,
        r.successor,
        JSON.stringify(r.request),
        r.createdAt,
        r.updatedAt,
      ),
    advance: (id, from, to, at) => write('rotations.advance', to, at, id, orNull(from)),
    end: (id, step, outcome, at) => write('rotations.end', at, at, outcome, id, orNull(step)),
  },
  replacements: {
    add: (r) =>
      write(
        'replacements.add',
        r.issuer,
        serialBlob(r.serial),
        r.newIssuer,
        serialBlob(r.newSerial),
        r.rotation,
        orNull(r.authority),
      ),
    dropOf: (rotation) => write('replacements.dropOf', rotation),
  },
}
