import { fits } from '../../domain/key-algorithms.ts'
import { DAY, SECOND } from '../../domain/time.ts'
import { refusedSignature, signatureAlgorithmOf } from '../algorithm-identifiers.ts'
import type { Complain, Facts, Rule } from './rule.ts'

/** Serials are 16 octets from a CSPRNG: a value that short is either no such draw or a one in 2^64 accident. */
const MIN_SERIAL_OCTETS = 8
const MAX_SERIAL_OCTETS = 20
/** First moment that a GeneralizedTime has to express. */
const YEAR_2050 = Date.UTC(2050, 0, 1)
const YEAR_1950 = Date.UTC(1950, 0, 1)
const MAX_LEAF_DAYS = 398

function version({ tbs }: Facts, complain: Complain): void {
  if (tbs.version !== 3) complain('version', `is ${tbs.version}, must be 3 since there are extensions`)
}

function serialForm({ tbs }: Facts, complain: Complain): void {
  const { serialOctets: octets } = tbs
  const [first = 0, second = 0] = octets
  if (octets.length === 0) return complain('serialNumber', 'is empty')
  if (first >= 0x80) return complain('serialNumber', 'is negative')
  if (octets.length > 1 && first === 0 && second < 0x80)
    complain('serialNumber', 'has a superfluous leading zero octet')
  if (octets.every((octet) => octet === 0)) return complain('serialNumber', 'is zero')
  if (octets.length > MAX_SERIAL_OCTETS)
    complain('serialNumber', `has ${octets.length} octets, at most ${MAX_SERIAL_OCTETS} are allowed`)
}

function serialLength({ tbs }: Facts, complain: Complain): void {
  const { serialOctets: octets } = tbs
  const significant = octets[0] === 0 ? octets.length - 1 : octets.length
  if (significant < MIN_SERIAL_OCTETS)
    complain(
      'serialNumber',
      `is shorter than ${MIN_SERIAL_OCTETS * 8} bits, so it isn't the random number it has to be`,
    )
}

function signatureKnown({ tbs }: Facts, complain: Complain): void {
  if (signatureAlgorithmOf(tbs.signatureAlgorithm) === undefined)
    complain('signature', refusedSignature(tbs.signatureAlgorithm).message)
}

function signatureFits({ tbs, context }: Facts, complain: Complain): void {
  const algorithm = signatureAlgorithmOf(tbs.signatureAlgorithm)
  const keyOid = context.issuer?.keyOid ?? tbs.publicKey.oid
  if (algorithm !== undefined && !fits(algorithm, keyOid))
    complain('signature', `is ${algorithm}, which the issuer's key (${keyOid}) can't make`)
}

function validityOrder({ tbs }: Facts, complain: Complain): void {
  if (tbs.notAfter.time < tbs.notBefore.time) complain('validity.notAfter', 'is before notBefore')
}

function validityForm({ tbs }: Facts, complain: Complain): void {
  for (const field of ['notBefore', 'notAfter'] as const) {
    const { time, tag } = tbs[field]
    const expected = time >= YEAR_2050 || time < YEAR_1950 ? 'generalized' : 'utc'
    if (time % SECOND !== 0) complain(`validity.${field}`, 'has a fraction of a second')
    if (tag !== expected)
      complain(
        `validity.${field}`,
        `must be a ${expected === 'utc' ? 'UTCTime (years 1950 to 2049)' : 'GeneralizedTime (2050 and later)'}`,
      )
  }
}

function longLeaf({ tbs, isAuthority }: Facts, complain: Complain): void {
  const days = (tbs.notAfter.time - tbs.notBefore.time) / DAY
  if (!isAuthority && days > MAX_LEAF_DAYS)
    complain(
      'validity.notAfter',
      `is ${Math.floor(days)} days after notBefore; browsers refuse more than ${MAX_LEAF_DAYS} from public roots, and long-lived keys are seldom wanted`,
    )
}

function notYetValid({ tbs, context }: Facts, complain: Complain): void {
  if (tbs.notBefore.time > context.now) complain('validity.notBefore', 'is in the future')
}

function alreadyOver({ tbs, context }: Facts, complain: Complain): void {
  if (tbs.notAfter.time <= context.now) complain('validity.notAfter', 'is in the past')
}

/** Rules on the fixed fields of a TBSCertificate. */
export const STRUCTURE_RULES: readonly Rule[] = [
  { id: 'version', severity: 'error', source: 'RFC 5280 §4.1.2.1', check: version },
  { id: 'serial_form', severity: 'error', source: 'RFC 5280 §4.1.2.2', check: serialForm },
  { id: 'serial_length', severity: 'error', source: 'CA/Browser Forum BR §7.1', check: serialLength },
  {
    id: 'signature_algorithm',
    severity: 'error',
    source: 'RFC 5280 §4.1.1.2; RFC 4055 §3.1, §5; RFC 5758 §3.2; RFC 8410 §3; RFC 9881 §2',
    check: signatureKnown,
  },
  { id: 'signature_issuer_key', severity: 'error', source: 'RFC 5280 §4.1.1.2', check: signatureFits },
  { id: 'validity_order', severity: 'error', source: 'RFC 5280 §4.1.2.5', check: validityOrder },
  { id: 'validity_form', severity: 'error', source: 'RFC 5280 §4.1.2.5', check: validityForm },
  { id: 'validity_long', severity: 'warning', source: 'CA/Browser Forum BR §6.3.2', check: longLeaf },
  { id: 'validity_future', severity: 'warning', source: 'RFC 5280 §4.1.2.5', check: notYetValid },
  { id: 'validity_past', severity: 'error', source: 'RFC 5280 §4.1.2.5', check: alreadyOver },
]
