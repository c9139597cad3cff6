import { ChanceryError } from '../../core/domain/errors.ts'

/** What `load` and `verify` say about a key that isn't one of the product's kinds. */
export function keyRefused(field: string): ChanceryError {
  const message = 'its public key is not a valid key of a supported kind'
  return new ChanceryError('csr_invalid', `${field}: ${message}`, {
    violations: [{ code: 'public_key', field, message }],
  })
}
