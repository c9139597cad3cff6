import { certificatePem } from '../../../core/operations/certificates/certificate-facts.ts'

// Chains are the same octets for every certificate of an authority: encoded once for as long as the core keeps them.
const texts = new WeakMap<Uint8Array, string>()

/** A certificate of a chain as PEM text. */
export function chainPem(der: Uint8Array): string {
  const known = texts.get(der)
  if (known !== undefined) return known
  const text = certificatePem(der)
  texts.set(der, text)
  return text
}
