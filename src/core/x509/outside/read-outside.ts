import { ChanceryError, refuse, type Violation } from '../../domain/errors.ts'
import { parseCertificate } from '../certificate.ts'
import { pemDecode } from '../pem.ts'
import type { ParsedCertificate } from '../types.ts'

/** Largest texts read, in characters, as AWS Private CA has them. */
export const MAX_CERTIFICATE_TEXT = 32_768
export const MAX_CHAIN_TEXT = 2_097_152
/** More issuers than any hierarchy has. */
const MAX_CHAIN = 10

/** A certificate that somebody outside signed, with its issuers: the nearest first, the root last. */
export type OutsideCertificate = {
  readonly certificate: ParsedCertificate
  readonly chain: readonly ParsedCertificate[]
}

/**
 * Reads a certificate and its chain as PEM, certificates and nothing else; an absent or blank chain is an empty one.
 * @throws certificate_invalid naming `certificate`, `chain` or `chain[i]`, each cause with its own violation code
 */
export function readOutside(certificate: string, chain: string | undefined): OutsideCertificate {
  refuse('certificate_invalid', [
    ...tooLong(certificate, 'certificate', MAX_CERTIFICATE_TEXT),
    ...tooLong(chain ?? '', 'chain', MAX_CHAIN_TEXT),
  ])
  const own = blocksOf(certificate, 'certificate')
  const above = chain === undefined || chain.trim() === '' ? [] : blocksOf(chain, 'chain')
  if (own.length > 1)
    throw violation('certificate_several', 'certificate', `one certificate expected, ${own.length} found`)
  if (above.length > MAX_CHAIN)
    throw violation('chain_length', 'chain', `at most ${MAX_CHAIN} certificates, ${above.length} found`)
  return {
    certificate: parse(own[0] as Uint8Array, 'certificate'),
    chain: above.map((der, place) => parse(der, `chain[${place}]`)),
  }
}

const blocksOf = (text: string, field: string): Uint8Array[] =>
  pemDecode(text, ['CERTIFICATE'], field, 'certificate_invalid').map(({ der }) => der)

const parse = (der: Uint8Array, field: string): ParsedCertificate =>
  parseCertificate(der, field, 'certificate_invalid')

function tooLong(text: string, field: string, most: number): Violation[] {
  return text.length <= most
    ? []
    : [{ code: `${field}_size`, field, message: `is longer than ${most} characters` }]
}

function violation(code: string, field: string, message: string): ChanceryError {
  return new ChanceryError('certificate_invalid', `${field}: ${message}`, {
    violations: [{ code, field, message }],
  })
}
