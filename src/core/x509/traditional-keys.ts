import { createPrivateKey } from 'node:crypto'
import { violationError } from './der/errors.ts'
import { pemEncode } from './pem.ts'

const TRADITIONAL =
  /^\s*(?:-----BEGIN EC PARAMETERS-----[A-Za-z0-9+/=\s]*-----END EC PARAMETERS-----\s*)?(-----BEGIN ((?:RSA|EC) PRIVATE KEY)-----[A-Za-z0-9+/=\s]*-----END \2-----)\s*$/

/**
 * A private key in OpenSSL's older PEM form, in the clear, as PKCS#8 PEM (RFC 8017 §A.1.2, RFC 5915; the curve stands in
 * the key, parameters before it are left out); any other text as it is.
 * @throws request_invalid naming `key`
 */
export function withoutTraditionalForm(text: string): string {
  const block = TRADITIONAL.exec(text)?.[1]
  if (block === undefined) return text
  try {
    const der = createPrivateKey(block).export({ type: 'pkcs8', format: 'der' })
    const pem = pemEncode('PRIVATE KEY', der)
    der.fill(0)
    return pem
  } catch {
    // What OpenSSL says may hold parts of the key.
    throw violationError('request_invalid', 'key_form', 'key', 'can’t be read as a private key')
  }
}
