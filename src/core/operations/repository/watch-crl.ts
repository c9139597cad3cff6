import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { staleFrom, type Finding } from '../../domain/repository-alarms.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import { sameOctets, signatureAlgorithmOf } from '../../x509/algorithm-identifiers.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { CrlIntake } from '../../x509/crl-intake.ts'
import { crlNumberOf } from '../../x509/crl-number.ts'
import type { CrlOutline } from '../../x509/crl-outline.ts'
import { DerError } from '../../x509/der/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import type { RepositoryClient } from '../../ports/repository-client.ts'

/** What a look at one thing came to: what is amiss, and how much of its life is over, where that could be seen. */
export type Observation = { readonly finding: Finding | undefined; readonly lifeUsed: number | undefined }

export const amiss = (reason: Finding['reason'], detail: string): Observation => ({
  finding: { reason, detail },
  lifeUsed: undefined,
})

/** What is known of the CRL that was published last. */
export type Expected = { readonly number: bigint; readonly thisUpdate: Millis }

/** Ten million entries. */
const MOST_OCTETS = 512 * 1024 * 1024

/**
 * Fetches a current CRL and looks at it as a client does: whether its issuer signed it, whether it is the last one, and
 * whether it should have been replaced by now. However large it is, its ends are all that is kept of it.
 * @param grace how long the one before may still be in a cache
 */
export async function watchCrl(
  ports: Pick<Ports, 'verifier' | 'calendar'>,
  client: RepositoryClient,
  path: string,
  authority: Authority,
  expected: Expected,
  grace: Millis,
): Promise<Observation> {
  const answer = await client.get(path, MOST_OCTETS)
  if (answer.outcome === 'failed') return amiss('unreachable', answer.detail)
  if (answer.status !== 200) return amiss('unreachable', `${path} answered ${answer.status}`)
  let taken: { readonly outline: CrlOutline; readonly verified: boolean }
  try {
    taken = await takenIn(ports, authority, answer.body)
  } catch (error) {
    if (error instanceof DerError || error instanceof ChanceryError)
      return amiss('invalid', `${path}: ${error.message}`)
    return amiss('unreachable', `${path} broke off: ${error instanceof Error ? error.message : 'unknown'}`)
  }
  if (!taken.verified) return amiss('invalid', `${path} isn’t signed by its authority`)
  return judged(path, taken.outline, expected, ports.calendar.now(), grace)
}

async function takenIn(
  { verifier }: Pick<Ports, 'verifier'>,
  { certificate, signatureAlgorithm }: Authority,
  body: AsyncIterable<Uint8Array>,
): Promise<{ readonly outline: CrlOutline; readonly verified: boolean }> {
  const issuer = parseCertificate(certificate?.der ?? new Uint8Array(), 'authority')
  const running = verifier.begin(verifier.load(issuer.publicKey.spki, 'authority'), signatureAlgorithm)
  const intake = new CrlIntake((octets) => running.add(octets))
  for await (const chunk of body) intake.take(chunk)
  const outline = intake.outline()
  // RFC 5280 §5.1.1.2, §6.3.3: the algorithm is the same inside, and the issuer is the certificate's subject.
  const fits =
    signatureAlgorithmOf(outline.outerAlgorithm) === signatureAlgorithm &&
    sameOctets(outline.outerAlgorithm.der, outline.signatureAlgorithm.der) &&
    sameOctets(outline.issuer, issuer.subject)
  return { outline, verified: fits && (await running.verify(outline.signature)) }
}

function judged(
  path: string,
  outline: CrlOutline,
  expected: Expected,
  now: Millis,
  grace: Millis,
): Observation {
  const { thisUpdate, nextUpdate } = outline
  const number = crlNumberOf(outline, 'crl')
  if (number === undefined || nextUpdate === undefined)
    return amiss('invalid', `${path} has no number or no nextUpdate`)
  const lifeUsed = (now - thisUpdate) / (nextUpdate - thisUpdate)
  const stale = staleFrom(thisUpdate, nextUpdate, grace)
  if (now > stale)
    return {
      lifeUsed,
      finding: {
        reason: 'stale',
        detail: `CRL ${number} is good until ${isoOf(nextUpdate)}; another one should have been there by ${isoOf(stale)}`,
      },
    }
  if (number < expected.number && now > expected.thisUpdate + grace)
    return {
      lifeUsed,
      finding: {
        reason: 'superseded',
        detail: `CRL ${number} is served, although ${expected.number} was published at ${isoOf(expected.thisUpdate)}`,
      },
    }
  return { lifeUsed, finding: undefined }
}
