import { DerError } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG, contextConstructed } from './der/tags.ts'
import { NULL, explicit, integer, oid, sequence } from './der/writer.ts'

/** The hashes that PSS signatures of the product use, as `node:crypto` names them. */
export type PssHash = 'sha256' | 'sha384' | 'sha512'

/** RFC 4055 §2.1. */
const HASH_OIDS: Readonly<Record<PssHash, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
}
const HASHES: ReadonlyMap<string, PssHash> = new Map(
  (Object.keys(HASH_OIDS) as PssHash[]).map((hash) => [HASH_OIDS[hash], hash]),
)
const MGF1 = '1.2.840.113549.1.1.8'
const PARAMETERS = 'the RSASSA-PSS parameters'

/**
 * DER of RSASSA-PSS-params (RFC 4055 §3.1): MGF1 with the same hash; the hashes with NULL, as RFC 4055 §2.1 writes them;
 * trailerField left out, since it has its default.
 */
export function pssParameters(hash: PssHash, saltLength: number): Uint8Array {
  const identifier = sequence(oid(HASH_OIDS[hash]), NULL)
  return sequence(
    explicit(0, identifier),
    explicit(1, sequence(oid(MGF1), identifier)),
    explicit(2, integer(saltLength)),
  )
}

/**
 * Reads RSASSA-PSS-params. The hash's parameters may be NULL or absent, which RFC 4055 §2.1 says are the same; all else
 * is to be as `pssParameters` writes it.
 * @throws DerError saying what isn't: a weak or unknown hash, another one in MGF1, another trailer
 */
export function readPssParameters(parameters: Uint8Array): { hash: PssHash; saltLength: number } {
  const reader = new DerReader(parameters)
  const list = reader.enter(TAG.sequence, PARAMETERS)
  reader.finish(PARAMETERS)
  const hash = HASHES.get(readHash(tagged(list, 0, "they hash with SHA-1, the field's default")))
  if (hash === undefined) throw refused('their hash is none of SHA-256, SHA-384, SHA-512')
  const generator = tagged(list, 1, "they use MGF1 with SHA-1, the field's default")
  const mask = generator.enter(TAG.sequence, PARAMETERS)
  generator.finish(PARAMETERS)
  if (mask.oid(PARAMETERS) !== MGF1) throw refused('their mask generation function is not MGF1')
  if (readHash(mask) !== HASH_OIDS[hash]) throw refused('MGF1 uses another hash than the signature')
  const salt = tagged(list, 2, "their salt has 20 octets, the field's default")
  const saltLength = salt.smallInteger(PARAMETERS)
  salt.finish(PARAMETERS)
  // X.690 §11.5: DER leaves a default out, and 1 is the only trailer that RFC 4055 §3.1 allows.
  if (!list.done) throw refused('they have a trailerField, which is to be left out')
  return { hash, saltLength }
}

/** A reader inside `[number] EXPLICIT`, which has to be there. */
function tagged(list: DerReader, number: number, absent: string): DerReader {
  if (!list.has(contextConstructed(number))) throw refused(absent)
  return list.enter(contextConstructed(number), PARAMETERS)
}

/** OID of the AlgorithmIdentifier that is all that is left in `outer`. */
function readHash(outer: DerReader): string {
  const identifier = outer.enter(TAG.sequence, PARAMETERS)
  outer.finish(PARAMETERS)
  const hash = identifier.oid(PARAMETERS)
  if (!identifier.done) identifier.null(PARAMETERS)
  identifier.finish(PARAMETERS)
  return hash
}

const refused = (why: string): DerError =>
  new DerError(
    'signature_parameters',
    `${PARAMETERS} are refused: ${why}; wanted are SHA-256, SHA-384 or SHA-512, MGF1 with the same, and as many octets of salt as the hash has (RFC 4055 §3.1)`,
  )
