import { ChanceryError } from '../../domain/errors.ts'
import type { PublishedCrl } from '../../domain/published-crls.ts'
import { sameOctets, signatureAlgorithmOf } from '../../x509/algorithm-identifiers.ts'
import { crlNumberOf } from '../../x509/crl-number.ts'
import { outlineCrl, type CrlOutline } from '../../x509/crl-outline.ts'
import { concat } from '../../x509/der/writer.ts'
import type { Ports } from '../../ports/ports.ts'
import { crlEvent, type CrlMaking, type CrlPorts } from './crl-making.ts'

/** Octets at either end of the file in which everything but entries stands; a name or a signature has some hundreds. */
const AROUND = 64 * 1024

/** A published CRL in one place: for small ones, and for callers who need it so. */
export async function crlDer({ store }: Pick<Ports, 'store'>, crl: PublishedCrl): Promise<Uint8Array> {
  return gathered(store.reads.crls.octets(crl))
}

/**
 * Reads a CRL back as relying parties do, octet by octet, now that it is published: what the database kept must be of this
 * issuer and number, and verify. If not, it is withdrawn, so that the one before stands again.
 * @throws unavailable
 */
export async function readBack(
  ports: CrlPorts,
  making: Pick<CrlMaking, 'issuer' | 'shard'>,
  crl: PublishedCrl,
): Promise<void> {
  const wrong = await whatIsWrong(ports, making, crl)
  if (wrong === undefined) return
  const event = crlEvent(ports, 'WithdrawCertificateRevocationList', making, crl)
  await ports.store.transact((writes) => [writes.crls.withdraw(crl), writes.audit.append(event)])
  const { scope, number } = crl
  ports.logger.error(
    { err: wrong, ...scope, number: String(number) },
    'a CRL was withdrawn: it could not be read back as it was published',
  )
  const message =
    'The CRL could not be read back as it was published, and was withdrawn; the one before it stands'
  throw new ChanceryError('unavailable', message, { cause: wrong })
}

async function whatIsWrong(
  ports: Pick<Ports, 'store' | 'verifier'>,
  { issuer }: Pick<CrlMaking, 'issuer'>,
  crl: PublishedCrl,
): Promise<Error | undefined> {
  try {
    const { numbered, octets } = ports.store.reads.crls
    const kept = await numbered(crl.scope, crl.kind, crl.number)
    if (kept === undefined || !isSame(kept, crl)) return new Error('another one is on record')
    const head = await gathered(octets(crl, 0, Math.min(AROUND, crl.length)))
    const tail = await gathered(octets(crl, Math.max(0, crl.length - AROUND)))
    const outline = outlineCrl(head, tail, crl.length)
    const { signatureAlgorithm } = issuer.authority
    const right =
      crlNumberOf(outline, 'crl') === crl.number &&
      outline.thisUpdate === crl.thisUpdate &&
      outline.nextUpdate === crl.nextUpdate &&
      sameOctets(outline.issuer, issuer.facts.subject) &&
      algorithmsOf(outline).every((algorithm) => algorithm === signatureAlgorithm)
    if (!right) return new Error('it says something else than it was to say')
    const verification = ports.verifier.begin(issuer.verificationKey, signatureAlgorithm)
    for await (const piece of octets(crl, outline.tbsAt.from, outline.tbsAt.to)) verification.add(piece)
    return (await verification.verify(outline.signature))
      ? undefined
      : new Error('its signature doesn’t verify')
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const isSame = ({ scope: _, ...one }: PublishedCrl, other: PublishedCrl): boolean =>
  Object.entries(one).every(([name, value]) => value === other[name as keyof PublishedCrl])

const algorithmsOf = ({ signatureAlgorithm, outerAlgorithm }: CrlOutline) =>
  [signatureAlgorithm, outerAlgorithm].map(signatureAlgorithmOf)

async function gathered(octets: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of octets) pieces.push(piece)
  return concat(...pieces)
}
