import type { AccountId, OrganizationId } from '../domain/ids.ts'
import type { Random } from '../ports/random.ts'
import type { Millis } from '../domain/time.ts'

/**
 * A UUID of version 7 (RFC 9562 §5.7): in order of time, so that new rows lie together in the database.
 * @param now milliseconds since the epoch
 */
export function newUuid(random: Random, now: Millis): string {
  const octets = random.bytes(16)
  for (let index = 5, rest = now; index >= 0; index--, rest = Math.floor(rest / 256))
    octets[index] = rest % 256
  octets[6] = ((octets[6] as number) & 0x0f) | 0x70
  octets[8] = ((octets[8] as number) & 0x3f) | 0x80
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

/** 16 octets from the CSPRNG; zero would be refused (RFC 5280 §4.1.2.2). */
export function newSerial(random: Random): Uint8Array {
  for (;;) {
    const octets = random.bytes(16)
    if (octets.some((octet) => octet !== 0)) return octets
  }
}

/** A random account id: 12 digits, the first not 0. 48 bits modulo 9·10^11: ids needn't be unguessable, only free. */
export const newAccountId = (random: Random): AccountId =>
  String(100_000_000_000 + (Buffer.from(random.bytes(6)).readUIntBE(0, 6) % 900_000_000_000)) as AccountId

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const LOWER36 = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** An id as AWS writes those of users, roles, policies and keys: a prefix that says which, and 80 random bits in base 32. */
export const newAwsId = (
  random: Random,
  prefix: 'AIDA' | 'AGPA' | 'AROA' | 'ANPA' | 'AKIA' | 'ASIA',
): string => prefix + Array.from(random.bytes(16), (octet) => BASE32[octet % 32]).join('')

/** `o-` and ten letters and digits; it needn't be unguessable, only free. */
export const newOrganizationId = (random: Random): OrganizationId =>
  `o-${Array.from(random.bytes(10), (octet) => LOWER36[octet % 36]).join('')}` as OrganizationId
