import { kmsUnavailable } from '../failures.ts'

/** A random CKA_ID, so that two keys of one label never mix. */
export const KEY_ID_OCTETS = 16
const BEFORE = 'pkcs11:type=private;id='
const HANDLE = /^pkcs11:type=private;id=((?:%[0-9a-f]{2}){16})$/

/**
 * What is stored of a key in a token: its PKCS #11 URI (RFC 7512), without the token, whose place a copy of it may take.
 */
export function handleOf(id: Uint8Array): Uint8Array {
  const octets = Buffer.from(id).toString('hex').replace(/../g, '%$&')
  return Buffer.from(`${BEFORE}${octets}`)
}

/** The CKA_ID in a handle. @throws kms_unavailable, not retryable, for any other octets */
export function keyIdIn(handle: Uint8Array): Uint8Array {
  const octets = HANDLE.exec(Buffer.from(handle).toString('latin1'))?.[1]
  if (octets === undefined) throw kmsUnavailable('this is no handle of a key in a PKCS #11 token', false)
  return Buffer.from(octets.replaceAll('%', ''), 'hex')
}
