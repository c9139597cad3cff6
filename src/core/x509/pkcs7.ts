import { contextConstructed } from './der/tags.ts'
import { element, explicit, integer, oid, sequence, setOf } from './der/writer.ts'

const DATA = oid('1.2.840.113549.1.7.1')
const SIGNED_DATA = oid('1.2.840.113549.1.7.2')

/**
 * A certs-only message (RFC 5652 §5, RFC 8551 §3.8): certificates and nothing signed, what Windows calls a .p7b file.
 * They stay in the order given, leaf first, since many programs go by it; DER would have them sorted, and RFC 5652
 * asks for DER nowhere here.
 */
export function certsOnly(certificates: readonly Uint8Array[]): Uint8Array {
  const set = element(contextConstructed(0), ...certificates)
  const signedData = sequence(integer(1), setOf([]), sequence(DATA), set, setOf([]))
  return sequence(SIGNED_DATA, explicit(0, signedData))
}
