import { ChanceryError, refuse, type Violation } from '../domain/errors.ts'
import type { GeneralName } from '../domain/names.ts'
import { DerError } from './der/errors.ts'
import { oidOctets } from './der/oid.ts'
import { DerReader } from './der/reader.ts'
import { decodeKeyUsage } from './extension-decoders.ts'
import { parseGeneralNames } from './general-names-der.ts'
import { decodedFrom, extensionName } from './lint-rules/decoded.ts'
import { OID } from './oids.ts'
import type { Extension } from './types.ts'

/** An extension that the caller encoded. */
export type CustomExtension = {
  readonly oid: string
  /** DER of the extension's value in base64. */
  readonly value: string
  readonly critical?: boolean
}

const MAX_EXTENSIONS = 150
/** Most characters of base64, as AWS has it. */
const MAX_VALUE = 4096
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

type CustomExtensions = {
  /** All but subjectAltName, by OID. */
  readonly extensions: ReadonlyMap<string, Extension>
  /** Those of subjectAltName, if that is among them: they pass the same policy as any other names. */
  readonly names: readonly GeneralName[] | undefined
  readonly violations: readonly Violation[]
}

/** Reads custom extensions, and what is wrong with each of them under its own path. */
export function customExtensionsFrom(given: readonly CustomExtension[], field: string): CustomExtensions {
  const violations: Violation[] = []
  const extensions = new Map<string, Extension>()
  let names: readonly GeneralName[] | undefined
  if (given.length > MAX_EXTENSIONS)
    violations.push({ code: 'count', field, message: `must be at most ${MAX_EXTENSIONS}` })
  for (const [place, custom] of given.slice(0, MAX_EXTENSIONS).entries()) {
    const path = `${field}[${place}]`
    const { oid, critical = false } = custom
    if (oidOctets(oid) === undefined) {
      const message = 'is no object identifier such as 1.3.6.1.4.1.311.21.7'
      violations.push({ code: 'extension_oid', field: `${path}.oid`, message })
      continue
    }
    if (extensions.has(oid) || (oid === OID.subjectAltName && names !== undefined))
      violations.push({
        code: 'extension_twice',
        field: `${path}.oid`,
        message: `${extensionName(oid)} stands there twice`,
      })
    const value = octetsOf(custom.value, `${path}.value`, violations)
    if (value === undefined) continue
    if (oid === OID.subjectAltName) names = namesIn(value, `${path}.value`, violations)
    else {
      const problem = valueProblem({ oid, critical, value })
      if (problem !== undefined)
        violations.push({ code: 'extension_der', field: `${path}.value`, message: problem })
      extensions.set(oid, { oid, critical, value })
    }
  }
  return { extensions, names, violations }
}

function octetsOf(text: string, field: string, violations: Violation[]): Uint8Array | undefined {
  if (text.length > MAX_VALUE || text === '' || !BASE64.test(text)) {
    const message = `must be base64 of DER, of 1 to ${MAX_VALUE} characters`
    violations.push({ code: 'extension_base64', field, message })
    return undefined
  }
  return Uint8Array.from(Buffer.from(text, 'base64'))
}

function namesIn(value: Uint8Array, field: string, violations: Violation[]): readonly GeneralName[] {
  try {
    return parseGeneralNames(value, field)
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    violations.push(...error.violations)
    return []
  }
}

/** Why an extension's value can't be what its OID says, or undefined. Values of unknown OIDs must at least be DER. */
function valueProblem(extension: Extension): string | undefined {
  const { oid, value } = extension
  const unreadable = decodedFrom([extension]).unreadable[0]
  if (unreadable !== undefined) return `is no ${extensionName(oid)}: ${unreadable.message}`
  if (oid === OID.keyUsage && decodeKeyUsage(value).length === 0) return 'is a keyUsage without any bit set'
  try {
    const reader = new DerReader(value)
    reader.checkedElement('the value')
    reader.finish('the value')
    return undefined
  } catch (error) {
    if (error instanceof DerError) return error.message
    throw error
  }
}

/**
 * The extensions of a CSR by OID, subjectAltName apart; they are read, so that nothing unreadable is passed through.
 * @throws csr_invalid naming each that can't be read
 */
export function requestedExtensions(
  extensions: readonly Extension[],
  field = 'csr',
): ReadonlyMap<string, Extension> {
  const violations: Violation[] = []
  const requested = new Map<string, Extension>()
  for (const extension of extensions) {
    if (extension.oid === OID.subjectAltName) continue
    const problem = valueProblem(extension)
    if (problem !== undefined)
      violations.push({
        code: 'extension_der',
        field: `${field}.${extensionName(extension.oid)}`,
        message: problem,
      })
    requested.set(extension.oid, extension)
  }
  refuse('csr_invalid', violations)
  return requested
}
