import { pemEncode } from '../../../core/x509/pem.ts'

// Chains are the same octets for every certificate of an authority: encoded once for as long as the core keeps them.
const texts = new WeakMap<Uint8Array, string>()

/** A certificate of a chain as PEM text. */
export function chainPem(der: Uint8Array): string {
  const known = texts.get(der)
  if (known !== undefined) return known
  const text = pemEncode('CERTIFICATE', der)
  texts.set(der, text)
  return text
}

/** A leaf's PEM; not remembered. */
export const certificatePem = (der: Uint8Array): string => pemEncode('CERTIFICATE', der)
