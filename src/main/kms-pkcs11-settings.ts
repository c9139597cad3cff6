import { z } from 'zod'
import type { Pkcs11Options } from '../adapters/kms/pkcs11/pkcs11.ts'
import type { KmsName } from '../core/domain/kms.ts'
import { whole } from './whole-number.ts'

/** Of the KMS pkcs11: one library, one token, one PIN. */
export const PKCS11_SETTINGS = {
  kmsPkcs11Module: z.string().min(1, 'must be a path').optional(),
  kmsPkcs11Token: z.string().min(1, "must be a token's label or serial number").optional(),
  kmsPkcs11PinFile: z.string().min(1, 'must be a path').optional(),
  kmsPkcs11Sessions: whole(1, 64).default(2),
} as const

type Name = keyof typeof PKCS11_SETTINGS
type Given = { readonly [Member in Name]: z.output<(typeof PKCS11_SETTINGS)[Member]> }

const NEEDED = ['kmsPkcs11Module', 'kmsPkcs11Token', 'kmsPkcs11PinFile'] as const satisfies readonly Name[]

/**
 * The group where it is given; a half one is a problem that names what is missing, and so is none where it is preferred.
 * @param environment from which the library gets what isn't the product's: vendors' variables are there
 */
export function pkcs11From(
  preferred: KmsName,
  given: Given,
  source: (name: Name) => string,
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Pkcs11Options | undefined {
  const { kmsPkcs11Module: module, kmsPkcs11Token: token, kmsPkcs11PinFile: pinFile } = given
  const first = NEEDED.find((name) => given[name] !== undefined)
  if (first === undefined) {
    if (preferred === 'pkcs11') problems.push(`CHANCERY_KMS: pkcs11 needs ${NEEDED.map(source).join(', ')}`)
    return undefined
  }
  for (const name of NEEDED) {
    if (given[name] === undefined) problems.push(`${source(name)}: is missing; ${source(first)} needs it`)
  }
  if (module === undefined || token === undefined || pinFile === undefined) return undefined
  const others = Object.entries(environment).filter(([name]) => !name.startsWith('CHANCERY_'))
  // A function, so that nothing which shows a configuration shows these.
  return {
    module,
    token,
    pinFile,
    sessions: given.kmsPkcs11Sessions,
    environment: () => Object.fromEntries(others),
  }
}
