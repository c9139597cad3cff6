import type { X509Certificate } from 'node:crypto'
import { usage } from '../failure.ts'
import { certificateFrom } from '../commands/certificate-text.ts'

/** A certificate that is to be trusted, or no longer. */
export type Anchor = {
  /** One certificate, ending in a line end. */
  readonly pem: string
  readonly subject: string
  /** SHA-256 of the certificate, 64 lower-case hex digits: what identifies it in every store. */
  readonly fingerprint: string
  /** Milliseconds since the epoch. */
  readonly expires: number
  readonly isAuthority: boolean
  readonly isRoot: boolean
  /** What we call it in stores and files. */
  readonly nickname: string
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The fingerprints of all certificates in a text; blocks that are none are passed over. */
export function fingerprintsIn(pems: string): Set<string> {
  const found = new Set<string>()
  for (const [block] of pems.matchAll(BLOCK)) {
    try {
      found.add(fingerprintOf(certificateFrom(block, 'bundle')))
    } catch {
      // Other people's stores may hold anything; what can't be read isn't the certificate sought.
    }
  }
  return found
}

const fingerprintOf = (it: X509Certificate): string => it.fingerprint256.replaceAll(':', '').toLowerCase()

/**
 * The certificate in a PEM or DER file.
 * @throws CliFailure with exit code 2 when there is none, several, or a private key beside it
 */
export function anchorFrom(bytes: Uint8Array, source: string): Anchor {
  const text = Buffer.from(bytes).toString('latin1')
  if (text.includes('PRIVATE KEY-----'))
    throw usage(`${source}: there is a private key in it; give a file with the certificate alone`)
  const blocks = text.match(BLOCK) ?? []
  if (blocks.length > 1)
    throw usage(`${source}: there are ${blocks.length} certificates in it; give a file with one`)
  return anchorOf(certificateFrom(blocks[0] ?? bytes, source))
}

/** The last certificate of a chain: its root. @throws CliFailure with exit code 2 when there is none */
export function rootOf(chain: Uint8Array, source: string): Anchor {
  const last = (Buffer.from(chain).toString('latin1').match(BLOCK) ?? []).at(-1)
  return anchorOf(certificateFrom(last ?? '', source))
}

function anchorOf(it: X509Certificate): Anchor {
  const fingerprint = fingerprintOf(it)
  return {
    pem: it.toString().replace(/\n?$/, '\n'),
    subject: it.subject.split('\n').filter(Boolean).reverse().join(', '),
    fingerprint,
    expires: it.validToDate.getTime(),
    isAuthority: it.ca,
    isRoot: it.checkIssued(it) && it.verify(it.publicKey),
    nickname: `chancery-${fingerprint.slice(0, 16)}`,
  }
}
